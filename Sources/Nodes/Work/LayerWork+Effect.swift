internal import Coordination
internal import Execution
internal import Network
internal import Planning
internal import Tensors
internal import Wire

extension LayerWork {
  /// How far solutions, each alone in the network, move its outputs on a shard.
  func effect(_ inputs: [Blob], _ step: Step) throws -> [[UInt8]] {
    try require(inputs, atLeast: 3)
    let network = try networks.network(inputs[0])
    try requireOneInput(network)
    let images = try TensorBundle(decoding: inputs[1].bytes).shardImages()
    let own = try outputs(of: network, images, step)
    var bundle = TensorBundle()
    for (index, blob) in inputs.dropFirst(2).enumerated() {
      let solution = try TensorBundle(decoding: blob.bytes).layerSolution()
      let changed = try outputs(of: network.applying(solution), images, step)
      let errors = zip(own, changed).map { own, changed in
        var error = OutputError()
        error.add(own, changed)
        return error
      }
      bundle.append(errors, solution: index)
    }
    return [bundle.encoded()]
  }

  /// One tensor per output, a row per image.
  private func outputs(
    of network: Network, _ images: Tensor, _ step: Step
  ) throws -> [Tensor] {
    let evaluator = try BatchedEvaluator(network: network, batchSize: Frontier.batchSize)
    var parts = [[Tensor]](repeating: [], count: network.outputs.count)
    for start in stride(from: 0, to: images.shape[0], by: evaluator.batchSize) {
      try step()
      let rows = start..<min(start + evaluator.batchSize, images.shape[0])
      for (index, found) in try evaluator.run([images.rows(rows)]).enumerated() {
        parts[index].append(found)
      }
    }
    guard parts.allSatisfy({ !$0.isEmpty }) else {
      throw TaskFailure(.corruptInput, "the shard has no images, or the network no output")
    }
    return parts.map { Tensor.concatenating($0) }
  }
}

extension TensorBundle {
  /// Appends what a solution does to every output.
  mutating func append(_ errors: [OutputError], solution index: Int) {
    append(
      "solution \(index)",
      .float64(errors.flatMap { [$0.squaredError, $0.sum, $0.squares, $0.count] }))
  }

  /// - Throws: `WireError` when it is none; numbers that are not finite are for the caller to name.
  func outputErrors(solution index: Int, outputs: Int) throws(WireError) -> [OutputError] {
    let numbers = try float64("solution \(index)", shape: [4 * outputs])
    return (0..<outputs).map {
      OutputError(
        squaredError: numbers[4 * $0], sum: numbers[4 * $0 + 1], squares: numbers[4 * $0 + 2],
        count: numbers[4 * $0 + 3])
    }
  }
}
