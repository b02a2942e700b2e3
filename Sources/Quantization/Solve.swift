// The layer solver (C.3): statistics → W* → exact projection → layer ADMM → coordinate descent →
// iterated local search → non-linear stage → scales and offsets.

/// Solves one problem; the same problem and settings give the same bits on one kind of machine.
///
/// Without a scale shared by the layer, a row's solution does not depend on the other rows of the
/// problem: any split into row blocks gives the same codes.
///
/// - Parameters:
///   - memoryLimit: bytes that the factorisations may take. Where those of ADMM do not fit, it is
///     left out.
///   - observer: told of every step.
/// - Throws: `SolverError` when the statistics are empty, damaged or not finite, the layer is too
///   wide for the memory, or the observer ends the solution.
/// - Complexity: O(inputs³) once per layer and workspace, then O(iterations · inputs²) per row.
package func solve(
  _ problem: LayerProblem, settings: SolverSettings, workspace: inout SolverWorkspace,
  memoryLimit: Int = SolverMemory.limit, observer: SolveObserver = SolveObserver()
) throws(SolverError) -> Solution {
  var settings = settings
  let inputs = problem.statistics.inputs
  let needed = SolverMemory.bytes(inputs: inputs, iterates: false)
  if needed > memoryLimit {
    throw .tooWide(inputs: inputs, bytes: needed, limit: memoryLimit)
  }
  if SolverMemory.bytes(inputs: inputs, iterates: true) > memoryLimit {
    settings.admm.isLeftOut = true
  }
  let factors = try workspace.factors(for: problem.statistics, ridgeShare: settings.ridge)
  let system = try RowSystem(problem, factors: factors)
  var draft = Draft(rows: system.rows, inputs: system.inputs)
  draft.observer = observer
  try observer.step()
  switch settings.method {
  case .round, .twn, .bwn:
    draft.projectWeights(problem, rule: settings.method)
  case .gptq:
    let least = system.leastSquares(factors)
    draft.noteLeastSquares(least, system: system, ridge: factors.ridge)
    try draft.roundInSequence(problem, least: least, system: system, factors: factors)
  case .projection, .descent, .admm, .tsq:
    let least = system.leastSquares(factors)
    draft.noteLeastSquares(least, system: system, ridge: factors.ridge)
    draft.project(least, set: problem.weightSet, granularity: problem.granularity)
    try draft.search(
      problem, least: least, system: system, factors: factors, settings: settings,
      workspace: &workspace)
    if settings.method == .tsq, problem.granularity == .row, let samples = problem.samples {
      try draft.refine(
        problem, samples: samples, system: system, factors: factors, settings: settings)
    }
  }
  return draft.finish(problem, system: system, factors: factors, settings: settings)
}

/// Codes under construction, and the account so far.
struct Draft {
  let rows: Int
  let inputs: Int
  var observer = SolveObserver()
  var codes: [Int8]
  /// Scales that belong to the weights rather than to the data (baselines).
  var weightScales: [Double]?
  var sweeps: [Int]
  var changedEntries: [Int]
  var cameFromADMM: [Bool]
  var nonlinear: [NonlinearRowReport?]
  /// Scales and offsets that the non-linear stage chose, where it was accepted.
  var nonlinearFits: [LinearFit?]
  var stages: [StageReport] = []

  init(rows: Int, inputs: Int) {
    self.rows = rows
    self.inputs = inputs
    codes = [Int8](repeating: 0, count: rows * inputs)
    sweeps = [Int](repeating: 0, count: rows)
    changedEntries = sweeps
    cameFromADMM = [Bool](repeating: false, count: rows)
    nonlinear = [NonlinearRowReport?](repeating: nil, count: rows)
    nonlinearFits = [LinearFit?](repeating: nil, count: rows)
  }

  func entries(_ row: Int) -> Range<Int> { row * inputs..<(row + 1) * inputs }

  /// Projects real weights exactly onto scaled levels, per row or for the layer.
  mutating func project(_ weights: [Double], set: WeightSet, granularity: ScaleGranularity) {
    let values = weights.map { Float($0) }
    _ = project(values, set: set, granularity: granularity)
  }

  /// The same; returns the scale of each row.
  mutating func project(
    _ values: [Float], set: WeightSet, granularity: ScaleGranularity
  ) -> [Double] {
    var workspace = ProjectionWorkspace()
    let group = granularity == .row ? inputs : rows * inputs
    var scales: [Double] = []
    for start in stride(from: 0, to: rows * inputs, by: max(group, 1)) {
      var whole = codes.mutableSpan
      var part = whole._mutatingExtracting(start..<start + group)
      let scale = Quantization.project(
        values.span.extracting(start..<start + group), onto: set, codes: &part,
        workspace: &workspace)
      scales.append(contentsOf: repeatElement(scale, count: group / max(inputs, 1)))
    }
    return scales
  }

  /// Records the residual of real weights, the bound no codes can pass (but for the ridge).
  mutating func noteLeastSquares(
    _ weights: [Double], system: RowSystem, ridge: Double
  ) {
    var residual = 0.0
    for row in 0..<rows {
      // W* H = b; H includes the ridge, which is taken off again.
      var explained = 0.0
      for index in entries(row) {
        let weight = weights[index]
        let quadratic = weight * (system.pulled[index] - ridge * weight)
        explained += 2 * weight * system.cross[index] - quadratic
      }
      residual += max(0, system.energies[row] - explained)
    }
    stages.append(StageReport(stage: "least squares", residual: residual))
  }

  /// Records the residual of codes, each group of rows with its best scale, without the ridge.
  mutating func note(
    _ stage: String, codes: [Int8], ridged: [FitScore], system: RowSystem, ridge: Double,
    granularity: ScaleGranularity
  ) {
    let scores = (0..<rows).map { row in
      system.plainScore(
        ridged[row], row: row, codes: codes.span.extracting(entries(row)), ridge: ridge)
    }
    let gain =
      granularity == .row
      ? scores.reduce(0) { $0 + $1.gain } : scores.reduce(FitScore(), +).gain
    stages.append(
      StageReport(stage: stage, residual: max(0, system.energies.reduce(0, +) - gain)))
  }
}
