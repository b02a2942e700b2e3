internal import Execution
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

  /// Images evaluated at once; bounds the memory of intermediate values.
  package static let batchSize = 32

  /// The cut before the first node.
  /// - Parameter inputs: one tensor `[N, …]` per network input.
  package init(network: Network, inputs: [Tensor]) {
    precondition(inputs.count == network.inputs.count, "one tensor per network input")
    position = 0
    live = Dictionary(uniqueKeysWithValues: zip(network.inputs, inputs))
  }

  /// Bytes held by the live values.
  package var byteCount: Int { live.values.reduce(0) { $0 + $1.values.count * 4 } }

  /// Computes the nodes up to `target`, which must not lie behind the cut.
  package mutating func advance(
    to target: Int, in network: Network
  ) throws(PlanningError) {
    precondition(target >= position, "a frontier only moves forward")
    guard target > position else { return }
    let needed = network.valuesRead(from: target)
    let produced = network.nodes[position..<target].flatMap(\.outputs).filter(needed.contains)
    let tensors = try values(produced, in: network)
    live = live.filter { needed.contains($0.key) }
    for (value, tensor) in zip(produced, tensors) { live[value] = tensor }
    position = target
  }

  /// The values `wanted` (each `[N, …]`), computed on the side; the cut stays where it is.
  package func values(
    _ wanted: [ValueID], in network: Network
  ) throws(PlanningError) -> [Tensor] {
    let missing = wanted.filter { live[$0] == nil }
    var computed: [ValueID: Tensor] = [:]
    if !missing.isEmpty {
      // Live values in a fixed order, so that the plan is the same everywhere.
      var part = network.extracting(from: live.keys.sorted(), to: missing)
      let readers = part.consumers
      part.inputs = part.inputs.filter { readers[$0] != nil }
      let inputs = part.inputs.map { value in
        guard let tensor = live[value] else { preconditionFailure("a live value is missing") }
        return tensor
      }
      for (value, tensor) in zip(missing, try evaluateInBatches(part, inputs: inputs)) {
        computed[value] = tensor
      }
    }
    return wanted.map { value in
      guard let tensor = live[value] ?? computed[value] else {
        preconditionFailure("value \(value.index) was not computed")
      }
      return tensor
    }
  }
}

/// Evaluates `network` on any number of rows, `Frontier.batchSize` at a time.
/// - Parameter inputs: `[N, …]` with equal N.
/// - Returns: one tensor `[N, …]` per network output.
package func evaluateInBatches(
  _ network: Network, inputs: [Tensor]
) throws(PlanningError) -> [Tensor] {
  let count = inputs[0].shape[0]
  var parts = [[Tensor]](repeating: [], count: network.outputs.count)
  var executor: Executor?
  var executorBatch = 0
  for start in stride(from: 0, to: count, by: Frontier.batchSize) {
    let range = start..<min(start + Frontier.batchSize, count)
    let slices = inputs.map { $0.rows(range) }
    do throws(ExecutionError) {
      if executor == nil || executorBatch != range.count {
        let shapes = zip(network.inputs, slices).map { ($0, $1.shape) }
        executor = try Executor(
          network: network, batchSize: range.count,
          inputShapes: Dictionary(uniqueKeysWithValues: shapes))
        executorBatch = range.count
      }
      guard let executor else { preconditionFailure("no executor") }
      for (index, tensor) in try executor.run(slices).enumerated() {
        parts[index].append(tensor)
      }
    } catch {
      throw .execution(error)
    }
  }
  return parts.map { Tensor.concatenating($0) }
}

extension Network {
  /// Values that nodes from `position` on read or that the network gives out.
  fileprivate func valuesRead(from position: Int) -> Set<ValueID> {
    var result = Set(outputs)
    for node in nodes[position...] { result.formUnion(node.inputs.compactMap { $0 }) }
    return result.subtracting(constants.keys)
  }
}
