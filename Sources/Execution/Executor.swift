package import Network
package import Tensors

/// Evaluates a network in fp32 for one batch size, on oneDNN.
///
/// Everything is decided once: primitives are generated, constants are brought to the layouts
/// that these want, element-wise nodes are fused into what comes before them unless their input
/// is observed, and memory is planned. A run allocates only the tensors it returns.
///
/// Same network, batch size, thread count and `executionKernelID()` give the same bits, run after
/// run, whatever the other rows of the batch hold. Another batch size or thread count may round
/// differently, because the library may then choose another blocking; so may another place in
/// the batch (seen with AVX2's matrix product), and observing a value, since it is then not fused.
///
/// An executor is used by one thread at a time; data-parallel callers make one per thread.
package final class Executor {
  package let batchSize: Int
  /// The shapes that `run` takes, in the order of the network's inputs.
  package let inputShapes: [[Int]]
  /// The shapes that `run` returns: the network's outputs, then the observed values.
  package let outputShapes: [[Int]]
  private let inputNames: [String]
  private let plan: BoundPlan
  private let threads: Int

  /// Plans a network.
  /// - Parameters:
  ///   - inputShapes: shapes that replace declared ones, for inputs whose extents are open.
  ///   - observing: further values to return.
  ///   - threads: OpenMP threads that a run uses.
  /// - Throws: `ExecutionError` naming the node or value at fault.
  package init(
    network: Network, batchSize: Int, inputShapes: [ValueID: [Int]]? = nil,
    observing: [ValueID] = [], threads: Int = 1
  ) throws(ExecutionError) {
    let shapes: [ValueID: [Int]]
    let needed = network.extractingForExecution(observing: observing)
    do throws(NetworkError) {
      shapes = try needed.inferShapes(batch: batchSize, inputShapes: inputShapes)
    } catch {
      throw ExecutionError.network(error)
    }
    try needed.requireRanks(atMost: Layout.rankLimit, shapes)
    let results = network.outputs + observing
    for value in results where shapes[value] == nil {
      throw ExecutionError.network(
        .undefinedValue(node: "output", value: network[value].name))
    }
    self.batchSize = batchSize
    self.threads = threads
    self.inputShapes = needed.inputs.map { shapes[$0]! }
    self.inputNames = needed.inputs.map { network[$0].name }
    self.outputShapes = results.map { shapes[$0]! }
    plan = try withComputeThreads(threads) { () throws(ExecutionError) in
      let engine: Engine
      do throws(PrimitiveFailure) {
        engine = try Engine()
      } catch {
        throw error.error(node: network.name)
      }
      let builder = PlanBuilder(
        network: needed, shapes: shapes, results: results, engine: engine)
      try builder.build()
      return try BoundPlan(builder)
    }
  }

  /// Bytes of memory for activations, the inputs included.
  package var activationBytes: Int { plan.arenaBytes }

  /// Evaluates one batch.
  /// - Parameter inputs: one tensor per network input, row-major, of `inputShapes`.
  /// - Returns: the network's outputs, then the observed values, row-major.
  /// - Throws: `ExecutionError` naming the input or the node.
  package func run(_ inputs: [Tensor]) throws(ExecutionError) -> [Tensor] {
    guard inputs.count == inputShapes.count else {
      throw ExecutionError.wrongInputCount(expected: inputShapes.count, found: inputs.count)
    }
    for (index, tensor) in inputs.enumerated() where tensor.shape != inputShapes[index] {
      throw ExecutionError.wrongInputShape(
        input: inputNames[index], expected: inputShapes[index], found: tensor.shape)
    }
    return try withComputeThreads(threads) { () throws(ExecutionError) in
      try plan.run(inputs, shapes: outputShapes)
    }
  }
}

extension Network {
  /// Checks that no value has more axes than oneDNN can describe.
  /// - Throws: `ExecutionError.unsupported` naming the node or input.
  fileprivate func requireRanks(
    atMost limit: Int, _ shapes: [ValueID: [Int]]
  ) throws(ExecutionError) {
    func check(_ value: ValueID, _ node: String, _ operation: String) throws(ExecutionError) {
      guard let shape = shapes[value], shape.count > limit else { return }
      throw ExecutionError.unsupported(
        node: node, operation: operation,
        reason: "'\(self[value].name)' of shape \(shape) has more than \(limit) axes; "
          + "join some of them")
    }
    for input in inputs { try check(input, self[input].name, "input") }
    for node in nodes {
      for case let value? in node.inputs + node.outputs {
        try check(value, node.name, node.operation.operatorName)
      }
    }
  }

  /// The nodes that the outputs and observed values need, with all inputs.
  fileprivate func extractingForExecution(observing: [ValueID]) -> Network {
    var needed = extracting(from: [], to: outputs + observing)
    // An initializer may be listed as an input too (a default); it is then a constant here.
    needed.inputs = inputs.filter { constants[$0] == nil }
    return needed
  }
}
