package import Network
internal import Quantization

/// What is done with one layer.
package struct LayerPolicy: Sendable, Equatable {
  package var layer: Layer
  package var weights: WeightChoice
  package var activations: ActivationChoice
}

extension Recipe {
  /// The policy of every layer of `network`, in topological order.
  ///
  /// The first layer reads the network's input, which stays float; the last one gets 8-bit codes
  /// where its weights are int8. Overrides apply last, in the order given.
  ///
  /// - Throws: `PlanningError` when there is no layer to quantize or a pattern matches none.
  package func policies(for network: Network) throws(PlanningError) -> [LayerPolicy] {
    let layers = network.layers
    guard let first = layers.first, let last = layers.last else { throw .noLayers(network.name) }
    var policies = layers.map { layer in
      let policy = LayerPolicy(layer: layer, weights: weights, activations: activations)
      return layer == first || layer == last
        ? endPolicy(policy, isFirst: layer == first, in: network) : policy
    }
    for override in overrides {
      var matched = false
      for index in policies.indices
      where matches(policies[index].layer.name, pattern: override.pattern) {
        matched = true
        if let weights = override.weights { policies[index].weights = weights }
        if let activations = override.activations { policies[index].activations = activations }
      }
      if !matched { throw .unknownPattern(override.pattern, layers: layers.map(\.name)) }
    }
    return policies
  }

  private func endPolicy(
    _ policy: LayerPolicy, isFirst: Bool, in network: Network
  ) -> LayerPolicy {
    var policy = policy
    switch endLayers {
    case .float:
      policy.weights = .float
      policy.activations = .float
    case .int8:
      policy.weights = .set(.int8)
      policy.activations = activations == .float || isFirst ? .float : .bits(8)
    case .same:
      // The image itself is never cut to a few codes.
      if isFirst { policy.activations = .float }
    }
    return policy
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
