package import Network
package import Tensors

/// The values of one data shard at a cut of a network: everything that nodes from `position` on
/// still need of what the nodes before it computed.
///
/// Moving forward layer by layer costs one pass over the network in all, instead of one per layer.
package struct Frontier: Sendable {
  /// Nodes before this index have been computed.
  package private(set) var position: Int
  private var live: [ValueID: Tensor]
  /// The number of rows that the network can take, where it fixes one.
  private let fixedBatch: Int?

  /// Images evaluated at once; bounds the memory of intermediate values.
  package static let batchSize = 32

  /// The cut before the first node.
  /// - Parameter inputs: one tensor `[N, …]` per network input.
  package init(network: Network, inputs: [Tensor]) {
    precondition(inputs.count == network.inputs.count, "one tensor per network input")
    position = 0
    fixedBatch = network.fixedBatchSize
    live = Dictionary(uniqueKeysWithValues: zip(network.inputs, inputs))
  }

  /// Bytes held by the live values.
  package var byteCount: Int { live.values.reduce(0) { $0 + $1.values.count * 4 } }

  /// Computes the nodes up to `target`, which must not lie behind the cut.
  ///
  /// It goes from layer to layer, whatever the distance: nodes evaluated together may be fused and
  /// then round differently, so the values at the start of a layer would otherwise depend on where
  /// earlier cuts happened to lie.
  ///
  /// - Throws: `PlanningError` when a node cannot be evaluated or a value has no row per image.
  package mutating func advance(
    to target: Int, in network: Network
  ) throws(PlanningError) {
    precondition(target >= position, "a frontier only moves forward")
    for layer in network.layers where layer.node > position && layer.node < target {
      try step(to: layer.node, in: network)
    }
    if target > position { try step(to: target, in: network) }
  }

  private mutating func step(to target: Int, in network: Network) throws(PlanningError) {
    let needed = network.valuesRead(from: target)
    let produced = network.nodes[position..<target].flatMap(\.outputs).filter(needed.contains)
    let tensors = try values(produced, in: network)
    live = live.filter { needed.contains($0.key) }
    for (value, tensor) in zip(produced, tensors) { live[value] = tensor }
    position = target
  }

  /// The values `wanted` (each `[N, …]`), computed on the side; the cut stays where it is.
  ///
  /// - Throws: `PlanningError` when a node cannot be evaluated or a value has no row per image.
  package func values(
    _ wanted: [ValueID], in network: Network
  ) throws(PlanningError) -> [Tensor] {
    let missing = wanted.filter { live[$0] == nil }
    var computed: [ValueID: Tensor] = [:]
    if !missing.isEmpty {
      // Live values in a fixed order, so that the plan is the same everywhere.
      let part = network.computing(missing, from: live.keys.sorted())
      let inputs = part.inputs.map { value in
        guard let tensor = live[value] else { preconditionFailure("a live value is missing") }
        return tensor
      }
      let found = try evaluateInBatches(part, inputs: inputs, fixedBatch: fixedBatch)
      for (value, tensor) in zip(missing, found) { computed[value] = tensor }
    }
    return wanted.map { value in
      guard let tensor = live[value] ?? computed[value] else {
        preconditionFailure("value \(value.index) was not computed")
      }
      return tensor
    }
  }
}

extension Network {
  /// The part that computes `targets` from `sources`, of which only those that it reads are inputs.
  package func computing(_ targets: [ValueID], from sources: [ValueID]) -> Network {
    var part = extracting(from: sources, to: targets)
    let readers = part.consumers
    let targets = Set(targets)
    part.inputs = part.inputs.filter { readers[$0] != nil || targets.contains($0) }
    return part
  }

  /// Values that nodes from `position` on read or that the network gives out, and that differ from
  /// image to image.
  func valuesRead(from position: Int) -> Set<ValueID> {
    var result = Set(outputs)
    for node in nodes[position...] { result.formUnion(node.inputs.compactMap { $0 }) }
    return result.intersection(valuesOfInputs)
  }

  /// The network's inputs and all that is computed from them.
  var valuesOfInputs: Set<ValueID> {
    var result = Set(inputs)
    for node in nodes where node.inputs.contains(where: { $0.map(result.contains) ?? false }) {
      result.formUnion(node.outputs)
    }
    return result
  }
}
