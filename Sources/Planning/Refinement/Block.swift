package import Network

/// A stretch of a network between two cuts at which a single value is alive, with the layers in
/// it: a residual block, or a layer of a plain chain.
package struct Block: Sendable, Equatable {
  /// The layers' names in topological order; at least one.
  package let layers: [String]
  /// Indices of its nodes.
  package let nodes: Range<Int>
  /// The only value that later nodes read.
  package let output: ValueID
}

extension Network {
  /// The blocks in order; every layer is in exactly one of them.
  ///
  /// A block ends as late as it can before the next layer or code site, so that an activation
  /// belongs to the block in front of it and codes to the one that reads them.
  package var blocks: [Block] {
    let varying = valuesOfInputs
    let layers = layers
    let cuts = singleCuts(varying)
    var blocks: [Block] = []
    var start = 0
    var found: [String] = []
    var next = 0
    for (index, cut) in cuts.enumerated() {
      while next < layers.count, layers[next].node < cut.position {
        found.append(layers[next].name)
        next += 1
      }
      guard !found.isEmpty else { continue }
      // The activation behind may still join.
      if index + 1 < cuts.count,
        nodes[cut.position..<cuts[index + 1].position].allSatisfy(\.operation.joinsBlock)
      {
        continue
      }
      blocks.append(
        Block(layers: found, nodes: start..<cut.position, output: cut.value))
      start = cut.position
      found = []
    }
    return blocks
  }

  /// The positions before which a single value is computed that is still needed, in order, the
  /// network's end among them if it has one output.
  private func singleCuts(_ varying: Set<ValueID>) -> [(position: Int, value: ValueID)] {
    var lastUse: [ValueID: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for case let input? in node.inputs where varying.contains(input) { lastUse[input] = index }
    }
    for output in outputs { lastUse[output] = nodes.count }
    var live = Set(inputs.filter { lastUse[$0] != nil })
    var cuts: [(position: Int, value: ValueID)] = []
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where varying.contains(output) && lastUse[output] != nil {
        live.insert(output)
      }
      live = live.filter { (lastUse[$0] ?? -1) > index }
      if live.count == 1, let value = live.first { cuts.append((index + 1, value)) }
    }
    return cuts
  }
}

extension Operation {
  /// Whether it is an activation, which belongs to the block in front of it.
  fileprivate var joinsBlock: Bool {
    switch self {
    case .relu, .leakyRelu, .clip: true
    default: false
    }
  }
}
