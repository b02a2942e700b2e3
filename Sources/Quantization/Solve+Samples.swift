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
  _ problem: SampledProblem, settings: SolverSettings, memoryLimit: Int = SolverMemory.limit
) throws(SolverError) -> Solution {
  guard problem.memory <= memoryLimit else {
    throw .tooWide(inputs: problem.inputs, bytes: problem.memory, limit: memoryLimit)
  }
  let system = try SampledSystem(problem, ridgeShare: settings.ridge)
  let inputs = SampledInputs(
    system.centred.span, inputs: problem.inputs, samples: problem.columns,
    ridge: Float(system.ridge))
  var result = Solution(
    inputs: problem.inputs, codes: [], scales: [], offsets: [],
    report: SolveReport(
      rows: [], stages: [], sampleCount: problem.columns, ridge: system.ridge))
  for start in stride(from: 0, to: problem.outputs, by: SampledSystem.rowBlock) {
    let rows = start..<min(start + SampledSystem.rowBlock, problem.outputs)
    var block = SampledBlock(problem.rows(rows), system: system, inputs: inputs)
    if settings.method != .projection { block.descend(limit: settings.descentSweepLimit) }
    block.append(to: &result, largestExactCode: settings.largestExactCode)
  }
  result.report.stages.append(StageReport(stage: "final", residual: result.report.residual))
  return result
}

/// A block of rows on its way.
private struct SampledBlock {
  private let problem: SampledProblem
  private let system: SampledSystem
  private let inputs: SampledInputs
  private let targets: [Float]
  private let targetMeans: [Double]
  private var panels: SampledPanels
  private var sweeps: [Int]
  private var changed: [Int]

  init(_ problem: SampledProblem, system: SampledSystem, inputs: SampledInputs) {
    self.problem = problem
    self.system = system
    self.inputs = inputs
    var targets = problem.targets
    targetMeans = SampledSystem.centre(
      &targets, rows: problem.outputs, columns: problem.columns)
    self.targets = targets
    sweeps = [Int](repeating: 0, count: problem.outputs)
    changed = sweeps
    let (least, pulled) = system.rows(targets: targets, weights: problem.weights[...])
    let set = problem.weightSet
    panels = SampledPanels(
      rows: problem.outputs, inputs: inputs,
      levels: set.isUniform ? [] : set.levels.map { Float($0) })
    var workspace = ProjectionWorkspace()
    for row in 0..<problem.outputs {
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

  mutating func descend(limit: Int) {
    for _ in 0..<limit {
      panels.sweep(inputs)
      var total = 0
      for row in 0..<problem.outputs {
        changed[row] += panels.changes(row)
        if panels.changes(row) > 0 { sweeps[row] += 1 }
        total += panels.changes(row)
      }
      if total == 0 { break }
    }
    panels.multiply(inputs)
  }

  /// Scale, offset and account of every row: least squares on v = X̃ᵀ q without the ridge.
  func append(to result: inout Solution, largestExactCode: Int?) {
    let set = problem.weightSet
    let exact = largestExactCode.flatMap { code in
      problem.codeStep.map { ExactSums(step: $0, largestCode: code) }
    }
    for row in 0..<problem.outputs {
      var codes = (0..<problem.inputs).map { panels.code(row, $0) }
      var score = FitScore()
      var energy = 0.0
      for sample in 0..<problem.columns {
        let output = Double(panels.output(row, sample))
        let target = Double(targets[row * problem.columns + sample])
        score.product += output * target
        score.quadratic += output * output
        energy += target * target
      }
      var scale = Float(score.gain > 0 ? score.product / score.quadratic : 0)
      if !(scale.isNormal && scale > 0) {
        scale = set.includesZero ? 1 : 0x1p-60
        if set.includesZero { codes = [Int8](repeating: 0, count: problem.inputs) }
        score = FitScore()
      }
      var position = 0.0
      for input in 0..<problem.inputs { position += Double(codes[input]) * system.means[input] }
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
        + Double(problem.columns) * shift * shift
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
