package import Network

/// What a network's values take as one image goes through it, from shapes alone.
package struct PassMemory: Sendable {
  /// Bytes of one image just before each layer, by name: all that the nodes from it on still read.
  package private(set) var frontiers: [String: Int] = [:]
  /// Bytes of one image that come out of each layer.
  package private(set) var outputs: [String: Int] = [:]
  /// Bytes of one image in the largest value of all.
  package private(set) var largest = 0

  /// - Parameter sampleShape: of one image, without the axis of images.
  /// - Throws: `NetworkError` where shapes cannot be inferred.
  package init(_ network: Network, sampleShape: [Int]) throws(NetworkError) {
    let batch = network.fixedBatchSize ?? 1
    guard network.inputs.count == 1 else { return }
    let shapes = try network.inferShapes(
      batch: batch, inputShapes: [network.inputs[0]: [batch] + sampleShape])
    func bytes(_ value: ValueID) -> Int { (shapes[value]?.reduce(4, *) ?? 0) / batch }
    var computed = Set(network.inputs)
    var next = 0
    for layer in network.layers {
      for node in network.nodes[next..<layer.node] { computed.formUnion(node.outputs) }
      next = layer.node
      let live = network.valuesRead(from: layer.node).intersection(computed)
      frontiers[layer.name] = live.reduce(0) { $0 + bytes($1) }
      outputs[layer.name] = bytes(layer.output)
    }
    largest = network.valuesOfInputs.reduce(0) { max($0, bytes($1)) }
  }
}
