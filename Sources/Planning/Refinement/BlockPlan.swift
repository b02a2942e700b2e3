package import Network
internal import Tensors

/// Which part of a block a refinement runs again and again, and what it starts from.
package struct BlockPlan: Sendable, Equatable {
  package let block: Block
  /// Names of the layers whose codes are learned, in order.
  package let learned: [String]
  /// Nodes that depend on what is learned: learned layers, what follows them, and the quantizers
  /// that they read.
  package let nodes: [Int]
  /// The nodes' quantizers.
  package let sites: [Int]
  /// Values that the nodes read and that stay as they are.
  package let given: [ValueID]
  package var output: ValueID { block.output }

  /// The quantizer node whose codes each learned layer reads, as a place in `sites`.
  package let siteOfLayer: [Int?]

  /// - Parameters:
  ///   - network: with codes; the shapes of its values are inferred.
  ///   - learned: layers of the block, at least one.
  /// - Returns: nil where a node has no pullback here: the block then stays as it was solved.
  package init?(block: Block, network: Network, learned: [String]) {
    guard !learned.isEmpty else { return nil }
    let shapes: [ValueID: [Int]]
    do throws(NetworkError) {
      shapes = try network.inferShapes(batch: 2)
    } catch {
      return nil
    }
    self.block = block
    self.learned = learned
    let layers = network.layers
    let producers = network.producers
    let learnedNodes = Set(layers.filter { learned.contains($0.name) }.map(\.node))
    var active: Set<Int> = learnedNodes
    var reached: Set<ValueID> = []
    for layer in layers where learnedNodes.contains(layer.node) {
      if let producer = producers[layer.input], block.nodes.contains(producer),
        case .quantize = network.nodes[producer].operation
      {
        active.insert(producer)
      }
    }
    for index in block.nodes {
      let node = network.nodes[index]
      if node.inputs.contains(where: { $0.map(reached.contains) ?? false }) {
        active.insert(index)
      }
      if active.contains(index) { reached.formUnion(node.outputs) }
    }
    nodes = active.sorted()
    var given: [ValueID] = []
    for index in nodes {
      let node = network.nodes[index]
      let isLayer = layers.contains { $0.node == index }
      guard node.hasPullback(isLayer: isLayer, shapes: shapes, network: network) else {
        return nil
      }
      for input in isLayer ? [node.inputs[0]] : node.inputs {
        guard let input, !reached.contains(input), !given.contains(input) else { continue }
        given.append(input)
      }
    }
    self.given = given
    let sites = nodes.filter {
      if case .quantize = network.nodes[$0].operation { true } else { false }
    }
    self.sites = sites
    siteOfLayer = learned.map { name in
      layers.first { $0.name == name }.flatMap { producers[$0.input] }.flatMap {
        sites.firstIndex(of: $0)
      }
    }
    guard reached.contains(block.output) else { return nil }
  }
}

extension Node {
  /// Whether a refinement can go back through the node.
  fileprivate func hasPullback(
    isLayer: Bool, shapes: [ValueID: [Int]], network: Network
  ) -> Bool {
    guard let input = inputs.first ?? nil, let shape = shapes[input],
      let output = shapes[outputs[0]]
    else { return false }
    switch operation {
    case .convolution: return isLayer
    case .gemm, .matMul: return isLayer && shape.count == 2
    case .relu, .leakyRelu, .clip: return true
    case .quantize(let quantizer): return quantizer.threshold == nil
    case .add:
      // Both operands vary from image to image, and neither is repeated.
      return inputs.count == 2
        && inputs.allSatisfy { operand in
          operand.map { shapes[$0] == output && network.constants[$0] == nil } ?? false
        }
    default: return false
    }
  }
}
