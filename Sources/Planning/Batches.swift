internal import Execution
package import Network
package import Tensors

/// Evaluates `network` on any number of rows, batch after batch.
///
/// - Parameters:
///   - inputs: `[N, …]` with equal N.
///   - fixedBatch: as for `forEachBatch`.
/// - Returns: one tensor `[N, …]` per network output.
/// - Throws: `PlanningError` when a node cannot be evaluated or an output has no row per image.
package func evaluateInBatches(
  _ network: Network, inputs: [Tensor], fixedBatch: Int? = nil
) throws(PlanningError) -> [Tensor] {
  let count = inputs.first?.shape.first ?? 0
  var values = [[Float]](repeating: [], count: network.outputs.count)
  var rowShapes = [[Int]](repeating: [], count: network.outputs.count)
  try forEachBatch(of: network, inputs: inputs, fixedBatch: fixedBatch) { rows, found in
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
///   - fixedBatch: the one number of rows that the network can take, where it fixes one; a last
///     batch with fewer is filled up with zeros. By default there are up to
///     `Frontier.batchSize` rows in a batch.
///   - body: receives the rows of a batch and, for them, one tensor per network output.
/// - Throws: `PlanningError` when there are no rows, a node cannot be evaluated or an output has no
///   row per image.
package func forEachBatch(
  of network: Network, inputs: [Tensor], fixedBatch: Int? = nil,
  _ body: (Range<Int>, [Tensor]) throws(PlanningError) -> Void
) throws(PlanningError) {
  guard let count = inputs.first?.shape.first, count > 0 else {
    throw .notBatched(value: network.outputs.first.map { network[$0].name } ?? "", shape: [])
  }
  for (value, tensor) in zip(network.inputs, inputs) where tensor.shape.first != count {
    throw .notBatched(value: network[value].name, shape: tensor.shape)
  }
  var kept: Executor?
  let batchSize = fixedBatch ?? Frontier.batchSize
  for start in stride(from: 0, to: count, by: batchSize) {
    let rows = start..<min(start + batchSize, count)
    var slices = rows.count == count ? inputs : inputs.map { $0.rows(rows) }
    if let fixedBatch { slices = slices.map { $0.filled(to: fixedBatch) } }
    var found: [Tensor]
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
    let evaluated = fixedBatch ?? rows.count
    for (value, tensor) in zip(network.outputs, found) where tensor.shape.first != evaluated {
      throw .notBatched(value: network[value].name, shape: tensor.shape)
    }
    if evaluated != rows.count { found = found.map { $0.rows(0..<rows.count) } }
    try body(rows, found)
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

extension Tensor {
  /// The tensor with rows of zeros up to so many.
  fileprivate func filled(to count: Int) -> Tensor {
    guard shape[0] < count else { return self }
    let missing = [count - shape[0]] + shape.dropFirst()
    return .concatenating([self, Tensor(shape: missing)])
  }
}
