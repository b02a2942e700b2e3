internal import Coordination
internal import Planning
internal import Quantization
internal import Tensors
internal import Wire

/// The factors of the wide layer that a worker has solved rows of last.
struct SampledFactorsCache {
  private var entry: (blob: Digest, ridgeShare: Double, factors: SampledFactors)?

  /// The factors of a problem whose samples came from `blob`.
  /// - Throws: `SolverError` where there are none.
  mutating func factors(
    of problem: SampledProblem, from blob: Digest, ridgeShare: Double
  ) throws(SolverError) -> SampledFactors {
    if let entry, entry.blob == blob, entry.ridgeShare == ridgeShare { return entry.factors }
    entry = nil
    let factors = try SampledFactors(problem, ridgeShare: ridgeShare)
    entry = (blob, ridgeShare, factors)
    return factors
  }
}

extension LayerWork {
  /// Frees what only serves further rows of a layer: other tasks need the memory.
  func forgetFactors() {
    solver = SolverWorkspace()
    sampledFactors = SampledFactorsCache()
  }

  /// Rows of a layer, from its statistics or from columns that stand for them.
  func solve(
    _ parameters: SolveParameters, _ inputs: [Blob], _ step: @escaping Step
  ) throws -> [[UInt8]] {
    try require(inputs, atLeast: 1)
    let bundle = try TensorBundle(decoding: inputs[0].bytes)
    let observer = SolveObserver { () throws(SolverError) in
      do throws(TaskFailure) { try step() } catch { throw .cancelled }
    }
    let solution: Solution
    if bundle.holdsColumns {
      try require(inputs, atLeast: 2)
      let problem = try bundle.sampledProblem(
        rows: try TensorBundle(decoding: inputs[1].bytes), parameters)
      let factors = try sampledFactors.factors(
        of: problem, from: inputs[0].digest, ridgeShare: parameters.settings.ridge)
      solution = try Quantization.solve(
        problem, factors: factors, settings: parameters.settings, observer: observer)
    } else {
      var samples: NonlinearSamples?
      if let output = parameters.output {
        try require(inputs, atLeast: 2)
        samples = try TensorBundle(decoding: inputs[1].bytes)
          .nonlinearSamples(output: output, inputStep: parameters.inputStep)
      }
      let problem = try bundle.problem(parameters, samples: samples)
      solution = try Quantization.solve(
        problem, settings: parameters.settings, workspace: &solver, observer: observer)
    }
    var output = TensorBundle()
    output.append(solution)
    return [output.encoded()]
  }
}
