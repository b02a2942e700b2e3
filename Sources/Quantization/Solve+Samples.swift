internal import Kernels

/// Solves one wide problem from its samples: least squares, exact projection and, except for the
/// method `projection`, coordinate descent to a fixed point.
///
/// A row's solution does not depend on the other rows.
///
/// - Throws: `SolverError` when there are no samples, a number is not finite, or the samples do not
///   fit the memory.
/// - Complexity: O(inputs · columns²) once, then O(inputs · columns) per row and sweep.
package func solve(
  _ problem: SampledProblem, settings: SolverSettings, memoryLimit: Int = SolverMemory.limit,
  observer: SolveObserver = SolveObserver()
) throws(SolverError) -> Solution {
  let factors = try SampledFactors(problem, ridgeShare: settings.ridge, memoryLimit: memoryLimit)
  return try solve(problem, factors: factors, settings: settings, observer: observer)
}

/// What the rows of a wide problem share, made once for all blocks of rows.
package struct SampledFactors: Sendable {
  fileprivate let system: SampledSystem
  fileprivate let inputs: SampledInputs

  /// - Throws: like `solve`.
  package init(
    _ problem: SampledProblem, ridgeShare: Double, memoryLimit: Int = SolverMemory.limit
  ) throws(SolverError) {
    guard problem.memory <= memoryLimit else {
      throw .tooWide(inputs: problem.inputs, bytes: problem.memory, limit: memoryLimit)
    }
    let system = try SampledSystem(problem, ridgeShare: ridgeShare)
    self.system = system
    inputs = SampledInputs(
      system.centred.span, inputs: problem.inputs, samples: problem.columns,
      ridge: Float(system.ridge))
  }
}

/// Solves rows of a wide problem whose samples are those that `factors` were made of.
///
/// - Throws: `SolverError` when a number is not finite or the observer ends the solution.
package func solve(
  _ problem: SampledProblem, factors: SampledFactors, settings: SolverSettings,
  observer: SolveObserver = SolveObserver()
) throws(SolverError) -> Solution {
  try SampledSystem.requireFiniteRows(problem)
  let system = factors.system
  precondition(system.inputs == problem.inputs && system.columns == problem.columns)
  var result = Solution(
    inputs: problem.inputs, codes: [], scales: [], offsets: [],
    report: SolveReport(
      rows: [], stages: [], sampleCount: problem.columns, ridge: system.ridge))
  var projected = 0.0
  for start in stride(from: 0, to: problem.outputs, by: SampledSystem.rowBlock) {
    try observer.step()
    let rows = start..<min(start + SampledSystem.rowBlock, problem.outputs)
    var block = SampledBlock(problem, rows: rows, system: system, inputs: factors.inputs)
    projected += block.unexplained
    if settings.method != .projection {
      try block.descend(limit: settings.descentSweepLimit, observer: observer)
    }
    block.append(to: &result, largestExactCode: settings.largestExactCode)
  }
  result.report.stages.append(StageReport(stage: "projection", residual: projected))
  result.report.stages.append(StageReport(stage: "final", residual: result.report.residual))
  return result
}

/// A block of rows on its way.
private struct SampledBlock {
  private let rows: Int
  private let weightSet: WeightSet
  private let codeStep: Float?
  private let system: SampledSystem
  private let inputs: SampledInputs
  private let targets: [Float]
  private let targetMeans: [Double]
  private var panels: SampledPanels
  private var sweeps: [Int]
  private var changed: [Int]

  init(
    _ problem: SampledProblem, rows range: Range<Int>, system: SampledSystem,
    inputs: SampledInputs
  ) {
    rows = range.count
    weightSet = problem.weightSet
    codeStep = problem.codeStep
    self.system = system
    self.inputs = inputs
    let columns = problem.columns
    var targets = Array(problem.targets[range.lowerBound * columns..<range.upperBound * columns])
    targetMeans = SampledSystem.centre(&targets, rows: range.count, columns: columns)
    self.targets = targets
    sweeps = [Int](repeating: 0, count: range.count)
    changed = sweeps
    let entries = range.lowerBound * problem.inputs..<range.upperBound * problem.inputs
    let (least, pulled) = system.rows(targets: targets, weights: problem.weights[entries])
    let set = problem.weightSet
    panels = SampledPanels(
      rows: range.count, inputs: inputs,
      levels: set.isUniform ? [] : set.levels.map { Float($0) })
    var workspace = ProjectionWorkspace()
    for row in 0..<range.count {
      let entries = row * problem.inputs..<(row + 1) * problem.inputs
      var codes = [Int8](repeating: 0, count: problem.inputs)
      var span = codes.mutableSpan
      _ = project(
        least.span.extracting(entries), onto: set, codes: &span, workspace: &workspace)
      panels.setTarget(row, pulled.span.extracting(entries))
      panels.setCodes(row, codes.span)
    }
    panels.multiply(inputs)
  }

  /// Σ over rows of the squared error of the codes with their best scales.
  var unexplained: Double {
    (0..<rows).reduce(0) { sum, row in
      let (score, energy) = fit(row, outputs: outputs(of: row))
      return sum + max(0, energy - score.gain)
    }
  }

  mutating func descend(limit: Int, observer: SolveObserver) throws(SolverError) {
    for _ in 0..<limit {
      try observer.step()
      panels.sweep(inputs)
      var total = 0
      for row in 0..<rows {
        changed[row] += panels.changes(row)
        if panels.changes(row) > 0 { sweeps[row] += 1 }
        total += panels.changes(row)
      }
      if total == 0 { break }
    }
  }

  /// v = X̃ᵀ q of a row in double precision: what is reported is measured again.
  private func outputs(of row: Int) -> [Double] {
    var result = [Double](repeating: 0, count: system.columns)
    let centred = system.centred.span
    for input in 0..<system.inputs {
      let code = panels.code(row, input)
      guard code != 0 else { continue }
      add(centred, input, times: Double(code), to: &result)
    }
    return result
  }

  private func add(
    _ values: Span<Float>, _ input: Int, times code: Double, to sums: inout [Double]
  ) {
    let line = values.extracting(input * sums.count..<(input + 1) * sums.count)
    var sums = sums.mutableSpan
    for sample in line.indices { sums[sample] += code * Double(line[sample]) }
  }

  /// What the outputs v of a row's codes explain, and the energy of its target.
  private func fit(_ row: Int, outputs: [Double]) -> (score: FitScore, energy: Double) {
    var score = FitScore()
    var energy = 0.0
    for sample in outputs.indices {
      let target = Double(targets[row * system.columns + sample])
      score.product += outputs[sample] * target
      score.quadratic += outputs[sample] * outputs[sample]
      energy += target * target
    }
    return (score, energy)
  }

  /// Scale, offset and account of every row: least squares on v = X̃ᵀ q without the ridge.
  func append(to result: inout Solution, largestExactCode: Int?) {
    let set = weightSet
    let inputCount = system.inputs
    let exact = largestExactCode.flatMap { code in
      codeStep.map { ExactSums(step: $0, largestCode: code) }
    }
    for row in 0..<rows {
      var codes = (0..<inputCount).map { panels.code(row, $0) }
      var (score, energy) = fit(row, outputs: outputs(of: row))
      var scale = Float(score.gain > 0 ? score.product / score.quadratic : 0)
      if !(scale.isNormal && scale > 0) {
        scale = set.includesZero ? 1 : 0x1p-60
        if set.includesZero { codes = [Int8](repeating: 0, count: inputCount) }
        score = FitScore()
      }
      var position = 0.0
      for input in 0..<inputCount { position += Double(codes[input]) * system.means[input] }
      let mean = targetMeans[row]
      let level = position
      func fitted(_ scale: Double) -> Double { mean - scale * level }
      let magnitude = codes.reduce(0) { $0 + abs(Int($1)) }
      let short = exact?.deployed(
        Double(scale), rows: [ExactSums.Row(magnitude: magnitude, offset: fitted)])
      if let short { scale = short.scale }
      let value = Double(scale)
      let chosen = fitted(value)
      let offset = Float(short.map { (chosen / $0.unit).rounded() * $0.unit } ?? chosen)
      let shift = Double(offset) - chosen
      let residual =
        energy - 2 * value * score.product + value * value * score.quadratic
        + Double(system.columns) * shift * shift
      result.codes += codes
      result.scales.append(scale)
      result.offsets.append(offset)
      result.report.rows.append(
        RowReport(
          residual: max(0, residual), energy: energy, sweeps: sweeps[row],
          changedEntries: changed[row], zeros: codes.count { $0 == 0 }, cameFromADMM: false,
          nonlinear: nil))
    }
  }
}
