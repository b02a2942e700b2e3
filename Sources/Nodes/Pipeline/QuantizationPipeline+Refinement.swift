internal import Coordination
internal import Network
internal import Planning
internal import Quantization
internal import Tensors
internal import Wire

/// A block whose layers are solved, on its way through refinement.
struct BlockJob {
  let plan: BlockPlan
  /// With codes, the refined blocks before it, and its layers that are not learned.
  let network: Network
  /// The solutions that are in place in `network`.
  let known: [Digest]
  /// Of the learned layers.
  let solutions: [LayerSolution]
  /// Significant bits of each learned layer's scales.
  let scaleBits: [Int?]
  /// Which block of the network.
  let number: Int
}

extension QuantizationPipeline {
  /// Learns the layers of a block together, and takes the result where its error is lower on images
  /// that nothing was learned from.
  ///
  /// Shares of the shards learn on their own for a round, then go on from the mean of what they
  /// have learned. The shares follow from the sizes of the data alone.
  ///
  /// - Returns: the solutions to use, those given or better ones.
  func refine(
    _ job: BlockJob, codesBlob: Digest
  ) throws(PipelineError) -> (solutions: [LayerSolution], outcome: BlockOutcome) {
    let settings = recipe.refinementSettings
    let names = job.plan.learned
    let start = BlockRefinement(plan: job.plan, network: job.network, settings: settings).start(
      zip(job.solutions, job.scaleBits).map { solution, bits in
        .init(solution, weights: targetWeights(of: solution.layer), scaleBits: bits)
      })
    let shares = self.shares(of: job)
    var state = start
    var seconds = 0.0
    for round in 0..<settings.rounds {
      let blob = try keep(bytes(of: state))
      let tasks = try shares.enumerated().map { (index, shards) throws(PipelineError) in
        try TaskDefinition(
          .refine(
            RefineParameters(
              layers: names, shardCount: shards.count, round: round,
              seed: recipe.seed &+ UInt64(job.number) << 16 &+ UInt64(index),
              settings: settings)),
          inputs: [targetBlob, codesBlob, blob] + shards.map { calibration[$0] } + job.known,
          needs: needs(passes: Double(3 * settings.epochs), affinity: affinity(shards.lowerBound)),
          label: "\(names[0]) refine \(round + 1)/\(settings.rounds), share \(index + 1)",
          stage: "refine", layer: names.last)
      }
      let results = try perform(tasks)
      seconds += results.reduce(0) { $0 + $1.seconds }
      state = .mean(
        try results.map { (result) throws(PipelineError) in try learned(result, start) })
    }
    let errors = try compare([start, state], job, shares, codesBlob: codesBlob)
    let refined = state.solutions(plan: job.plan, network: job.network)
    let outcome = BlockOutcome(
      layers: names, errorBefore: errors.shares[0], errorAfter: errors.shares[1],
      isAccepted: errors.shares[1] < errors.shares[0],
      changedCodes: zip(job.solutions, refined).reduce(0) { sum, pair in
        sum + zip(pair.0.codes, pair.1.codes).count { $0 != $1 }
      }, seconds: seconds + errors.seconds)
    return (outcome.isAccepted ? refined : job.solutions, outcome)
  }

  private func targetWeights(of name: String) -> [Float] {
    guard let layer = target.layers.first(where: { $0.name == name }) else {
      preconditionFailure("a solved layer has a counterpart with float weights")
    }
    return target.weightRows(of: layer).values
  }

  /// Numbers of the shards that learn together: few enough that their values fit a worker's
  /// memory.
  private func shares(of job: BlockJob) -> [Range<Int>] {
    var perImage = 0
    do throws(NetworkError) {
      let shapes = try job.network.inferShapes(batch: 1)
      for value in job.plan.given + [job.plan.output] { perImage += shapes[value]?.product ?? 0 }
    } catch {
      preconditionFailure("a planned block has shapes: \(error)")
    }
    let perShard = max(1, perImage * 4 * recipe.shardSize)
    let size = max(1, min(Self.imagesPerShare / recipe.shardSize, Self.bytesPerShare / perShard))
    return stride(from: 0, to: calibration.count, by: size).map {
      $0..<min($0 + size, calibration.count)
    }
  }

  private static let imagesPerShare = 1024
  private static let bytesPerShare = 320 << 20

  private func bytes(of state: RefinementState) -> [UInt8] {
    var bundle = TensorBundle()
    bundle.append(state)
    return bundle.encoded()
  }

  private func learned(
    _ result: TaskResult, _ start: RefinementState
  ) throws(PipelineError) -> RefinementState {
    let state = try decode(result, at: 0) { (bytes) throws(WireError) in
      try TensorBundle(decoding: bytes).refinementState()
    }
    guard state.isOfSameBlock(as: start) else {
      throw .wrongResult(
        what: "block of '\(start.layers[0].name)': a state of another block",
        worker: result.worker)
    }
    return state
  }

  /// The unexplained shares of the output's variance that states leave.
  private func compare(
    _ states: [RefinementState], _ job: BlockJob, _ shares: [Range<Int>], codesBlob: Digest
  ) throws(PipelineError) -> (shares: [Double], seconds: Double) {
    let blobs = try states.map { (state) throws(PipelineError) in try keep(bytes(of: state)) }
    let tasks = try shares.enumerated().map { (index, shards) throws(PipelineError) in
      try TaskDefinition(
        .compare(
          CompareParameters(
            layers: job.plan.learned, shardCount: shards.count, stateCount: states.count,
            batchSize: recipe.refinementSettings.batchSize)),
        inputs: [targetBlob, codesBlob] + blobs + shards.map { calibration[$0] } + job.known,
        needs: needs(passes: 1, affinity: affinity(shards.lowerBound)),
        label: "\(job.plan.learned[0]) compare, share \(index + 1)", stage: "refine",
        layer: job.plan.learned.last)
    }
    var residuals = [Double](repeating: 0, count: states.count)
    var energy = 0.0
    var seconds = 0.0
    for result in try perform(tasks) {
      let found = try decode(result, at: 0) { (bytes) throws(WireError) in
        try TensorBundle(decoding: bytes).blockErrors(count: states.count)
      }
      for index in residuals.indices { residuals[index] += found.residuals[index] }
      energy += found.energy
      seconds += result.seconds
    }
    return (residuals.map { energy > 0 ? $0 / energy : $0 }, seconds)
  }
}

extension RefinementState {
  fileprivate func isOfSameBlock(as other: RefinementState) -> Bool {
    logSteps.count == other.logSteps.count
      && layers.count == other.layers.count
      && zip(layers, other.layers).allSatisfy {
        $0.name == $1.name && $0.weights == $1.weights && $0.latent.count == $1.latent.count
          && $0.logScales.count == $1.logScales.count && $0.offsets.count == $1.offsets.count
          && $0.scaleBits == $1.scaleBits
      }
  }
}
