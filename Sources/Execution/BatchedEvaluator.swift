package import Network
package import Tensors

/// Evaluates any number of rows with executors of one batch size.
///
/// Rows are cut into batches in order, and the last batch is filled up with zeros, so that every
/// row is computed by the same code: its bits depend on the batch size, the kernel id and its
/// place modulo the batch size, but not on how many rows there are. So shares of rows that begin
/// at multiples of the batch size may be evaluated anywhere.
package struct BatchedEvaluator {
  package let batchSize: Int
  private let executor: Executor
  /// The shapes of one row of each result.
  private let rowShapes: [[Int]]

  /// - Parameter batchSize: rows per run; a batch that the network fixes takes its place.
  /// - Throws: `ExecutionError`, also where an input or result has no row per image.
  package init(
    network: Network, batchSize: Int, observing: [ValueID] = [], threads: Int = 1
  ) throws(ExecutionError) {
    let batch = network.fixedBatchSize ?? batchSize
    executor = try Executor(
      network: network, batchSize: batch, observing: observing, threads: threads)
    self.batchSize = batch
    for (value, shape) in zip(network.inputs, executor.inputShapes) where shape.first != batch {
      throw ExecutionError.notBatched(value: network[value].name, shape: shape, batch: batch)
    }
    let results = network.outputs + observing
    for (value, shape) in zip(results, executor.outputShapes) where shape.first != batch {
      throw ExecutionError.notBatched(value: network[value].name, shape: shape, batch: batch)
    }
    rowShapes = executor.outputShapes.map { Array($0.dropFirst()) }
  }

  /// Evaluates every row.
  /// - Parameter inputs: one tensor per network input, all with the same number of rows.
  /// - Returns: the network's outputs, then the observed values, one row per input row.
  package func run(_ inputs: [Tensor]) throws(ExecutionError) -> [Tensor] {
    let rowCount = inputs.first?.shape.first ?? 0
    var results = rowShapes.map { shape in
      var values: [Float] = []
      values.reserveCapacity(rowCount * shape.product)
      return values
    }
    try forEachBatch(inputs) { rows, batch in
      for index in results.indices {
        let count = rows.count * rowShapes[index].product
        results[index].append(contentsOf: batch[index].values.prefix(count))
      }
    }
    return results.indices.map {
      Tensor(shape: [rowCount] + rowShapes[$0], values: results[$0])
    }
  }

  /// Evaluates batch after batch, without keeping the results.
  /// - Parameter body: receives the rows of a batch and its results, which have `batchSize` rows;
  ///   those beyond the range belong to the filling.
  package func forEachBatch(
    _ inputs: [Tensor], _ body: (_ rows: Range<Int>, _ results: [Tensor]) -> Void
  ) throws(ExecutionError) {
    guard inputs.count == executor.inputShapes.count else {
      throw ExecutionError.wrongInputCount(
        expected: executor.inputShapes.count, found: inputs.count)
    }
    let rowCount = inputs.first?.shape.first ?? 0
    for (input, shape) in zip(inputs, executor.inputShapes) {
      guard input.shape.first == rowCount, input.shape.dropFirst() == shape.dropFirst() else {
        throw ExecutionError.wrongInputShape(
          input: "rows", expected: [rowCount] + shape.dropFirst(), found: input.shape)
      }
    }
    for start in stride(from: 0, to: rowCount, by: batchSize) {
      let rows = start..<min(start + batchSize, rowCount)
      let batch = inputs.map { filled($0.rows(rows)) }
      body(rows, try executor.run(batch))
    }
  }

  private func filled(_ tensor: Tensor) -> Tensor {
    let missing = batchSize - tensor.shape[0]
    guard missing > 0 else { return tensor }
    let shape = [missing] + tensor.shape.dropFirst()
    return .concatenating([tensor, Tensor(shape: shape)])
  }
}
