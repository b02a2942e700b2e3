package import Network
internal import Quantization

/// What is done with one layer.
package struct LayerPolicy: Sendable, Equatable {
  package var layer: Layer
  package var weights: WeightChoice
  package var activations: ActivationChoice
  /// Whether the recipe itself decides the weights, so that no budget does: those of first and last
  /// layers, and where an exception names them.
  package var isPinned = false
}

extension Recipe {
  /// The policy of every layer of `network`, in topological order.
  ///
  /// Where a first or last layer has int8 weights it reads 8-bit codes, unless activations are
  /// float. A network with several stems or heads has several of them. A stem or head that no
  /// regression covers stays float, and no other layer takes its place. Overrides apply last, in
  /// the order given.
  ///
  /// - Throws: `PlanningError` when there is no layer to quantize or a pattern matches none.
  package func policies(for network: Network) throws(PlanningError) -> [LayerPolicy] {
    let layers = network.layers
    guard !layers.isEmpty else { throw .noLayers(network.name) }
    let nodes = layers.map(\.node) + network.uncoveredLayers.map(\.node)
    let (first, last) = network.endNodes(among: Set(nodes))
    var policies = layers.map { layer in
      let policy = LayerPolicy(layer: layer, weights: weights, activations: activations)
      let isFirst = first.contains(layer.node)
      return isFirst || last.contains(layer.node)
        ? endPolicy(policy, isFirst: isFirst) : policy
    }
    for override in overrides {
      var matched = false
      for index in policies.indices
      where matches(policies[index].layer.name, pattern: override.pattern) {
        matched = true
        if let weights = override.weights {
          policies[index].weights = weights
          policies[index].isPinned = true
        }
        if let activations = override.activations { policies[index].activations = activations }
      }
      if !matched { throw .unknownPattern(override.pattern, layers: layers.map(\.name)) }
    }
    for policy in policies where policy.weights != .float && solvesFromSamples(policy.layer) {
      try requireSolvable(policy.layer)
    }
    try requireAffordable(policies)
    return policies
  }

  /// What the regression on samples can do.
  private func requireSolvable(_ layer: Layer) throws(PlanningError) {
    func refusal(_ reason: String) -> PlanningError {
      .tooWide(layer: layer.name, inputs: layer.inputs, reason: reason)
    }
    guard SampledMemory.columns(inputs: layer.inputs) != nil else {
      throw refusal("\(SampledMemory.fewestColumns) samples of it do not fit the memory either")
    }
    guard scale == .row else { throw refusal("it cannot have one scale for the whole layer") }
    switch method {
    case .tsq, .descent, .projection: break
    case .admm, .gptq, .round, .bwn, .twn:
      throw refusal("the method '\(method.rawValue)' cannot solve it from samples")
    }
  }

  private func endPolicy(_ policy: LayerPolicy, isFirst: Bool) -> LayerPolicy {
    var policy = policy
    policy.isPinned = endLayers != .same
    switch endLayers {
    case .float:
      policy.weights = .float
      policy.activations = .float
    case .int8:
      policy.weights = .set(.int8)
      policy.activations = activations == .float ? .float : .bits(8)
    case .same:
      // The image itself is never cut to a few codes.
      if isFirst { policy.activations = .float }
    }
    return policy
  }
}

extension Network {
  /// Those of some nodes that no other comes before, and those that none follows.
  fileprivate func endNodes(
    among layerNodes: Set<Int>
  ) -> (first: Set<Int>, last: Set<Int>) {
    var behind: Set<ValueID> = []
    var first = layerNodes
    for (index, node) in nodes.enumerated() {
      let follows = node.inputs.contains { $0.map(behind.contains) ?? false }
      if follows { first.remove(index) }
      if follows || layerNodes.contains(index) { behind.formUnion(node.outputs) }
    }
    var ahead: Set<ValueID> = []
    var last = layerNodes
    for (index, node) in nodes.enumerated().reversed() {
      let precedes = node.outputs.contains(where: ahead.contains)
      if precedes { last.remove(index) }
      if precedes || layerNodes.contains(index) {
        ahead.formUnion(node.inputs.compactMap { $0 })
      }
    }
    return (first, last)
  }
}

/// Whether `name` matches `pattern`, in which `*` stands for any run of characters.
func matches(_ name: String, pattern: String) -> Bool {
  let name = Array(name.utf8)
  let pattern = Array(pattern.utf8)
  var (position, star, restart) = (0, -1, 0)
  var index = 0
  while index < name.count {
    if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
      star = position
      restart = index
      position += 1
    } else if position < pattern.count, pattern[position] == name[index] {
      position += 1
      index += 1
    } else if star >= 0 {
      restart += 1
      index = restart
      position = star + 1
    } else {
      return false
    }
  }
  while position < pattern.count, pattern[position] == UInt8(ascii: "*") { position += 1 }
  return position == pattern.count
}
