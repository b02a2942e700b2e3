package import Quantization

/// Recomputes what a solution reports, from the statistics and the answer alone.
///
/// It shares no code with the solvers: it expands
///
///     Σ (t − α q x̃ − b)² = Σt² − 2α q·B − 2bΣt + α² qᵀHq + 2αb q·Σx̃ + N b²
///
/// term by term in double precision. A worker whose figures differ has computed something else
/// than it was asked to.
package struct Judge: Sendable {
  /// Relative to the energy Σt² of a row.
  package static let tolerance = 1e-6

  package init() {}

  /// The squared error of row `row`.
  /// - Complexity: O(inputs²).
  package func residual(
    row: Int, codes: ArraySlice<Int8>, scale: Float, offset: Float, in statistics: LayerStatistics
  ) -> Double {
    let inputs = statistics.inputs
    let q = codes.map { Double($0) }
    let unit = statistics.moments.unit
    let alpha = Double(scale) * unit
    let beta = Double(offset)
    var linear = 0.0
    for index in 0..<inputs { linear += q[index] * statistics.cross[row * inputs + index] }
    var quadratic = 0.0
    var level = 0.0
    switch statistics.moments {
    case .codes(let gram, let sums, _):
      for first in 0..<inputs where q[first] != 0 {
        var sum = 0.0
        for second in 0..<inputs { sum += q[second] * Double(gram[first * inputs + second]) }
        quadratic += q[first] * sum
        level += q[first] * Double(sums[first])
      }
    case .values(let gram, let sums):
      for first in 0..<inputs where q[first] != 0 {
        var sum = 0.0
        for second in 0..<inputs { sum += q[second] * gram[first * inputs + second] }
        quadratic += q[first] * sum
        level += q[first] * sums[first]
      }
    }
    let count = Double(statistics.sampleCount)
    let targets = statistics.targetSums[row]
    let squares = statistics.targetSquares[row]
    let crossTerms = -2 * alpha * linear - 2 * beta * targets
    let selfTerms = alpha * alpha * quadratic + 2 * alpha * beta * level + count * beta * beta
    return squares + crossTerms + selfTerms
  }

  /// What is wrong with a solution's report; nil when every row holds.
  package func objection(to solution: Solution, of statistics: LayerStatistics) -> String? {
    guard solution.inputs == statistics.inputs, solution.rows == statistics.outputs,
      solution.report.rows.count == solution.rows
    else { return "it has other sizes than the problem" }
    for row in 0..<solution.rows {
      let found = residual(
        row: row, codes: solution.codes[row * solution.inputs..<(row + 1) * solution.inputs],
        scale: solution.scales[row], offset: solution.offsets[row], in: statistics)
      let reported = solution.report.rows[row].residual
      let allowed = Self.tolerance * (statistics.targetSquares[row] + 1e-12)
      // Written so that NaN objects.
      guard abs(found - reported) <= allowed else {
        return "row \(row) reports a squared error of \(reported), recomputed \(found)"
      }
    }
    return nil
  }
}
