internal import Execution
package import Network
package import Tensors

/// Evaluates `network` on any number of rows, `Frontier.batchSize` at a time.
///
/// - Parameter inputs: `[N, …]` with equal N.
/// - Returns: one tensor `[N, …]` per network output.
/// - Throws: `PlanningError` when a node cannot be evaluated or an output has no row per image.
package func evaluateInBatches(
  _ network: Network, inputs: [Tensor]
) throws(PlanningError) -> [Tensor] {
  let count = inputs.first?.shape.first ?? 0
  var values = [[Float]](repeating: [], count: network.outputs.count)
  var rowShapes = [[Int]](repeating: [], count: network.outputs.count)
  try forEachBatch(of: network, inputs: inputs) { rows, found in
    for (index, tensor) in found.enumerated() {
      rowShapes[index] = Array(tensor.shape.dropFirst())
      if rows.count == count {
        values[index] = tensor.values
      } else {
        values[index].reserveCapacity(count * rowShapes[index].product)
        values[index].append(contentsOf: tensor.values)
      }
    }
  }
  return zip(rowShapes, values).map { Tensor(shape: [count] + $0, values: $1) }
}

/// Evaluates `network` batch after batch, without keeping the results.
///
/// - Parameters:
///   - inputs: `[N, …]` with equal N.
///   - body: receives the rows of a batch and, for them, one tensor per network output.
/// - Throws: `PlanningError` when there are no rows, a node cannot be evaluated or an output has no
///   row per image.
package func forEachBatch(
  of network: Network, inputs: [Tensor], _ body: (Range<Int>, [Tensor]) -> Void
) throws(PlanningError) {
  guard let count = inputs.first?.shape.first, count > 0 else {
    throw .notBatched(value: network.outputs.first.map { network[$0].name } ?? "", shape: [])
  }
  for (value, tensor) in zip(network.inputs, inputs) where tensor.shape.first != count {
    throw .notBatched(value: network[value].name, shape: tensor.shape)
  }
  var kept: Executor?
  for start in stride(from: 0, to: count, by: Frontier.batchSize) {
    let rows = start..<min(start + Frontier.batchSize, count)
    let slices = rows.count == count ? inputs : inputs.map { $0.rows(rows) }
    let found: [Tensor]
    do throws(ExecutionError) {
      let executor: Executor
      if let kept, kept.inputShapes == slices.map(\.shape) {
        executor = kept
      } else {
        executor = try Executor(network, inputs: slices)
        kept = executor
      }
      found = try executor.run(slices)
    } catch {
      throw .execution(error)
    }
    for (value, tensor) in zip(network.outputs, found) where tensor.shape.first != rows.count {
      throw .notBatched(value: network[value].name, shape: tensor.shape)
    }
    body(rows, found)
  }
}

extension Executor {
  /// An executor for inputs of exactly these shapes.
  fileprivate convenience init(
    _ network: Network, inputs: [Tensor]
  ) throws(ExecutionError) {
    let shapes = zip(network.inputs, inputs).map { ($0, $1.shape) }
    try self.init(
      network: network, batchSize: inputs[0].shape[0],
      inputShapes: Dictionary(shapes, uniquingKeysWith: { first, _ in first }))
  }
}
