internal import Coordination
internal import Network
internal import Planning
internal import Quantization
internal import Tensors
internal import Wire

extension LayerWork {
  /// One round of learning a block.
  func refine(
    _ parameters: RefineParameters, _ inputs: [Blob], _ step: Step
  ) throws -> [[UInt8]] {
    let share = try blockShare(
      parameters.layers, states: 1, shards: parameters.shardCount, inputs, step)
    let refinement = BlockRefinement(
      plan: share.plan, network: share.network, settings: parameters.settings)
    let state = try TensorBundle(decoding: inputs[2].bytes).refinementState()
    try requireFit(state, to: share)
    let learned = try refinement.learn(
      state, given: share.given, target: share.target, round: parameters.round,
      seed: parameters.seed
    ) { () throws(PlanningError) in try planningStep(step) }
    var bundle = TensorBundle()
    bundle.append(learned)
    return [bundle.encoded()]
  }

  /// The errors of some states of a block.
  func compare(
    _ parameters: CompareParameters, _ inputs: [Blob], _ step: Step
  ) throws -> [[UInt8]] {
    let share = try blockShare(
      parameters.layers, states: parameters.stateCount, shards: parameters.shardCount, inputs,
      step)
    let refinement = BlockRefinement(
      plan: share.plan, network: share.network,
      settings: RefinementSettings(batchSize: parameters.batchSize))
    var residuals: [Double] = []
    var energy = 0.0
    for index in 0..<parameters.stateCount {
      let state = try TensorBundle(decoding: inputs[2 + index].bytes).refinementState()
      try requireFit(state, to: share)
      let found = try refinement.error(state, given: share.given, target: share.target) {
        () throws(PlanningError) in try planningStep(step)
      }
      residuals.append(found.residual)
      energy = found.energy
    }
    var bundle = TensorBundle()
    bundle.append(blockErrors: residuals, energy: energy)
    return [bundle.encoded()]
  }

  /// What a block reads and should give on some shards.
  private struct BlockShare {
    let plan: BlockPlan
    let network: Network
    let given: [Tensor]
    let target: Tensor
  }

  private func blockShare(
    _ layers: [String], states: Int, shards count: Int, _ inputs: [Blob], _ step: Step
  ) throws -> BlockShare {
    try require(inputs, atLeast: 2 + states + count)
    let shards = inputs[(2 + states)..<(2 + states + count)]
    let chain = Array(inputs[(2 + states + count)...])
    let reference = try networks.network(inputs[0])
    let solved = try networks.network(inputs[1], solutions: chain)
    let network = solved.network
    try requireOneInput(network)
    try requireOneInput(reference)
    guard let block = network.blocks.first(where: { Set(layers).isSubset(of: $0.layers) }),
      let plan = BlockPlan(block: block, network: network, learned: layers),
      let counterpart = reference.value(named: network[block.output].name),
      let last = reference.layers.last(where: { block.layers.contains($0.name) })
    else {
      throw TaskFailure(.corruptInput, "the network has no block of the layers \(layers)")
    }
    let solutions = zip(chain, solved.firstNodes).map {
      (digest: $0.digest, node: $1.index(in: network))
    }
    // Frontiers stand before layers.
    let start = network.layers.last { $0.node < block.nodes.lowerBound }?.node ?? 0
    var given = [[Tensor]](repeating: [], count: plan.given.count)
    var targets: [Tensor] = []
    for shard in shards {
      let images = { try TensorBundle(decoding: shard.bytes).shardImages() }
      let before = try frontiers.frontier(
        .blocks, of: network, named: inputs[1].digest, solutions: solutions, shard: shard.digest,
        at: start, images: images, observer: step)
      for (index, value) in try before.values(plan.given, in: network).enumerated() {
        given[index].append(value)
      }
      let end = try frontiers.frontier(
        .targets, of: reference, named: inputs[0].digest, solutions: [], shard: shard.digest,
        at: last.node, images: images, observer: step)
      targets.append(try end.values([counterpart], in: reference)[0])
    }
    return BlockShare(
      plan: plan, network: network, given: given.map { .concatenating($0) },
      target: .concatenating(targets))
  }

  private func requireFit(
    _ state: RefinementState, to share: BlockShare
  ) throws(TaskFailure) {
    let layers = share.network.layers
    let fits = state.layers.allSatisfy { learned in
      layers.contains {
        $0.name == learned.name && $0.weightCount == learned.latent.count
          && $0.outputs == learned.offsets.count
      }
    }
    guard fits, state.layers.map(\.name) == share.plan.learned,
      state.logSteps.count == share.plan.sites.count
    else {
      throw TaskFailure(
        .corruptInput, "the state does not fit the layers \(share.plan.learned)")
    }
  }
}
