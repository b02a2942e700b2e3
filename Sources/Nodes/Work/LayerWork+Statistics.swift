internal import Coordination
internal import Network
internal import Planning
internal import Quantization
internal import Tensors
internal import Wire

extension LayerWork {
  /// What some shards say of a layer: their sums, unless columns stand for them, then the columns
  /// of each.
  func statistics(
    _ parameters: StatisticsParameters, _ inputs: [Blob], _ step: Step
  ) throws -> [[UInt8]] {
    let count = parameters.shardCount
    try require(inputs, atLeast: 2 + count)
    let reference = try networks.network(inputs[0])
    let chain = Array(inputs[(2 + count)...])
    let solved = try networks.network(inputs[1], solutions: chain)
    let network = solved.network
    guard let layer = network.layers.first(where: { $0.name == parameters.layer }),
      let counterpart = reference.layers.first(where: { $0.name == parameters.layer })
    else {
      throw TaskFailure(.corruptInput, "the network has no layer '\(parameters.layer)'")
    }
    try requireOneInput(network)
    try requireOneInput(reference)
    let solutions = zip(chain, solved.firstNodes).map {
      (digest: $0.digest, node: $1.index(in: network))
    }
    let measurement = LayerMeasurement(layer: layer, network: network, reference: reference)
    var sums: [LayerStatistics] = []
    var samples: [[UInt8]] = []
    for shard in inputs[2..<2 + count] {
      let images = { try TensorBundle(decoding: shard.bytes).shardImages() }
      let before = try frontiers.frontier(
        .inputs, of: network, named: inputs[1].digest, solutions: solutions,
        shard: shard.digest, at: layer.node, images: images, observer: step)
      let targets = try frontiers.frontier(
        .targets, of: reference, named: inputs[0].digest, solutions: [], shard: shard.digest,
        at: counterpart.node, images: images, observer: step)
      let found = try measurement(
        inputs: before, targets: targets,
        wanted: Measurand(
          sampleColumns: parameters.sampleColumns, samplesOnly: parameters.samplesOnly)
      ) { () throws(PlanningError) in try planningStep(step) }
      samples += sampleBlobs(of: found, layer)
      if sums.isEmpty {
        sums = found.groups
      } else {
        for group in sums.indices { sums[group] += found.groups[group] }
      }
    }
    guard !sums.isEmpty else { return samples }
    let statistics = GroupBlobs.ranges(groups: layer.groups).map { range in
      var bundle = TensorBundle()
      for group in range { bundle.append(sums[group], group: group) }
      return bundle.encoded()
    }
    return statistics + samples
  }

  /// The columns of some groups each, if there are any.
  private func sampleBlobs(of found: ShardStatistics, _ layer: Layer) -> [[UInt8]] {
    guard !found.samples.isEmpty else { return [] }
    return GroupBlobs.ranges(groups: layer.groups).map { range in
      var bundle = TensorBundle()
      for group in range { bundle.append(found.samples[group], group: group) }
      return bundle.encoded()
    }
  }
}
