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
    var lanes = [Lanes](repeating: .zero, count: statistics.inputs)
    for (index, code) in codes.enumerated() { lanes[index][0] = Double(code) }
    let forms = forms(of: lanes, in: statistics)
    return residual(
      row: row, codes: codes, fit: (Double(scale), Double(offset)), quadratic: forms.quadratic[0],
      level: forms.level[0], in: statistics)
  }

  private typealias Lanes = SIMD16<Double>

  /// qᵀHq and q·Σx̃ of up to 16 rows, one per lane: the matrix is read once for all of them.
  private func forms(
    of lanes: [Lanes], in statistics: LayerStatistics
  ) -> (quadratic: Lanes, level: Lanes) {
    switch statistics.moments {
    case .codes(let gram, let sums, _):
      forms(of: lanes, entry: { Double(gram[$0]) }, sum: { Double(sums[$0]) })
    case .values(let gram, let sums):
      forms(of: lanes, entry: { gram[$0] }, sum: { sums[$0] })
    }
  }

  @inline(__always)
  private func forms(
    of lanes: [Lanes], entry: (Int) -> Double, sum: (Int) -> Double
  ) -> (quadratic: Lanes, level: Lanes) {
    var (quadratic, level) = (Lanes.zero, Lanes.zero)
    let inputs = lanes.count
    for first in 0..<inputs {
      // Two sums that do not wait for each other.
      var (even, odd) = (Lanes.zero, Lanes.zero)
      for second in stride(from: 0, to: inputs - 1, by: 2) {
        even += lanes[second] * entry(first * inputs + second)
        odd += lanes[second + 1] * entry(first * inputs + second + 1)
      }
      if inputs % 2 == 1 { even += lanes[inputs - 1] * entry(first * inputs + inputs - 1) }
      quadratic += lanes[first] * (even + odd)
      level += lanes[first] * sum(first)
    }
    return (quadratic, level)
  }

  private func residual(
    row: Int, codes: ArraySlice<Int8>, fit: (scale: Double, offset: Double), quadratic: Double,
    level: Double, in statistics: LayerStatistics
  ) -> Double {
    let inputs = statistics.inputs
    let alpha = fit.scale * statistics.moments.unit
    let beta = fit.offset
    var linear = 0.0
    for (index, code) in codes.enumerated() {
      linear += Double(code) * statistics.cross[row * inputs + index]
    }
    let count = Double(statistics.sampleCount)
    let targets = statistics.targetSums[row]
    let squares = statistics.targetSquares[row]
    let crossTerms = -2 * alpha * linear - 2 * beta * targets
    let selfTerms = alpha * alpha * quadratic + 2 * alpha * beta * level + count * beta * beta
    return squares + crossTerms + selfTerms
  }

  /// What is wrong with a solution; nil when codes and scales are allowed and every row's report
  /// holds.
  ///
  /// - Complexity: O(rows · inputs²).
  package func objection(
    to solution: Solution, of statistics: LayerStatistics, set: WeightSet,
    granularity: ScaleGranularity
  ) -> String? {
    guard solution.inputs == statistics.inputs, solution.rows == statistics.outputs,
      solution.report.rows.count == solution.rows
    else { return "it has other sizes than the problem" }
    let levels = Set(set.levels)
    if let stray = solution.codes.first(where: { !levels.contains($0) }) {
      return "the code \(stray) is not in the set '\(set.rawValue)'"
    }
    guard solution.scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      return "a scale is not positive"
    }
    guard granularity == .row || Set(solution.scales).count == 1 else {
      return "it has several scales where the rows share one"
    }
    for first in stride(from: 0, to: solution.rows, by: Lanes.scalarCount) {
      let block = first..<min(first + Lanes.scalarCount, solution.rows)
      if let objection = objection(to: solution, rows: block, of: statistics) { return objection }
    }
    return nil
  }

  /// What is wrong with the reports of at most 16 rows.
  private func objection(
    to solution: Solution, rows: Range<Int>, of statistics: LayerStatistics
  ) -> String? {
    let inputs = solution.inputs
    var lanes = [Lanes](repeating: .zero, count: inputs)
    for row in rows {
      for input in 0..<inputs {
        lanes[input][row - rows.lowerBound] = Double(solution.codes[row * inputs + input])
      }
    }
    let forms = forms(of: lanes, in: statistics)
    for row in rows {
      let found = residual(
        row: row, codes: solution.codes[row * inputs..<(row + 1) * inputs],
        fit: (Double(solution.scales[row]), Double(solution.offsets[row])),
        quadratic: forms.quadratic[row - rows.lowerBound],
        level: forms.level[row - rows.lowerBound], in: statistics)
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
