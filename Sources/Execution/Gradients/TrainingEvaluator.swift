package import Network
package import Tensors

/// Evaluates a network in fp32 and goes back through it, for one batch size, on oneDNN.
///
///     y = f(x; p, δ),     (∂p, ∂δ) from ∂y
///
/// Planned once, like an `Executor`: forward steps and pullbacks share one arena, in which a value
/// lives until the last pullback that reads it. Constants that are learned are given before each
/// pass, in row-major order, and so are learned steps of activation quantizers, whose gradients go
/// straight through the rounding. An operation without gradient is named before anything runs.
///
/// Same network, batch size, thread count and `executionKernelID()` give the same bits. Used by one
/// thread at a time; data-parallel callers make one per thread.
package final class TrainingEvaluator {
  package let batchSize: Int
  /// The shapes that `forward` takes, in the order of the network's inputs.
  package let inputShapes: [[Int]]
  /// The shapes that `forward` returns and `pullBack` takes.
  package let outputShapes: [[Int]]
  /// The shapes of the parameters and of their gradients.
  package let parameterShapes: [[Int]]
  private let inputNames: [String]
  private let plan: BoundPlan
  private let threads: Int
  private let stepCount: Int
  /// Channels of each normalization that measures its batch.
  private let measuredChannels: [Int]
  /// Where each parameter lies among the plan's inputs.
  private let parameterPlaces: [Int]
  private let inputPlaces: [Int]
  private let stepPlaces: Range<Int>
  private let seedPlaces: Range<Int>
  private let forwardSteps: Int
  /// The steps that tell what was measured.
  private let momentSteps: Range<Int>
  private var isForwardDone = false

  /// Plans a network with its pullbacks.
  ///
  /// - Parameters:
  ///   - parameters: constants or inputs to differentiate by.
  ///   - learnedSteps: outputs of quantizers whose step is learned.
  ///   - measured: outputs of batch normalizations that take mean and variance from the batch.
  ///   - threads: OpenMP threads that a run uses.
  /// - Throws: `ExecutionError`; `.noGradient` names a node that cannot be gone back through.
  package init(
    network: Network, batchSize: Int, parameters: [ValueID], learnedSteps: [ValueID] = [],
    measured: [ValueID] = [], threads: Int = 1
  ) throws(ExecutionError) {
    var needed = network.extracting(from: [], to: network.outputs)
    needed.inputs = network.inputs.filter { network.constants[$0] == nil }
    inputPlaces = Array(needed.inputs.indices)
    inputNames = needed.inputs.map { network[$0].name }
    var given: [ValueID: [Int]] = [:]
    for value in parameters {
      guard let constant = network.constants[value], given[value] == nil else { continue }
      given[value] = constant.shape
      needed.constants[value] = nil
      needed.inputs.append(value)
    }
    let shapes: [ValueID: [Int]]
    do throws(NetworkError) {
      shapes = try needed.inferShapes(batch: batchSize, inputShapes: given)
    } catch {
      throw .network(error)
    }
    let routes = try GradientRoutes(needed, shapes: shapes, from: parameters, steps: learnedSteps)
    self.batchSize = batchSize
    self.threads = threads
    inputShapes = inputPlaces.map { shapes[needed.inputs[$0]]! }
    outputShapes = network.outputs.map { shapes[$0]! }
    parameterShapes = parameters.map { shapes[$0]! }
    parameterPlaces = parameters.map { value in needed.inputs.firstIndex(of: value)! }
    stepCount = learnedSteps.count
    measuredChannels = measured.map { shapes[$0]![1] }
    stepPlaces = needed.inputs.count..<needed.inputs.count + learnedSteps.count
    seedPlaces = stepPlaces.upperBound..<stepPlaces.upperBound + network.outputs.count
    let state = TrainingState(
      wanted: routes.wanted, retained: routes.retained, learnedSteps: learnedSteps,
      measured: measured)
    let name = network.name
    (plan, forwardSteps, momentSteps) = try withComputeThreads(threads) {
      () throws(ExecutionError) in
      let engine: Engine
      do throws(PrimitiveFailure) {
        engine = try Engine()
      } catch {
        throw error.error(node: name)
      }
      let builder = PlanBuilder(
        network: needed, shapes: shapes, results: needed.outputs, engine: engine, training: state)
      try builder.build()
      let forwardSteps = builder.steps.count
      let moments = try builder.appendPullbacks(
        of: parameters, firstResult: needed.outputs.count)
      return (try BoundPlan(builder), forwardSteps, moments..<builder.steps.count)
    }
  }

  /// Bytes of memory for activations, gradients and parameters.
  package var activationBytes: Int { plan.arenaBytes }

  /// Sets the parameters that later passes use; those that are network inputs are left out by
  /// giving the same tensor to `forward`.
  ///
  /// - Parameter steps: of the learned quantizers, positive.
  package func set(parameters: [Tensor], steps: [Float] = []) throws(ExecutionError) {
    guard parameters.count == parameterShapes.count, steps.count == stepCount else {
      throw .wrongInputCount(
        expected: parameterShapes.count + stepCount, found: parameters.count + steps.count)
    }
    for (index, tensor) in parameters.enumerated() {
      guard tensor.shape == parameterShapes[index] else {
        throw .wrongInputShape(
          input: "parameter \(index)", expected: parameterShapes[index], found: tensor.shape)
      }
      plan.set(parameterPlaces[index], tensor)
    }
    for (place, step) in zip(stepPlaces, steps) {
      precondition(step > 0 && step.isFinite, "a code step is positive")
      plan.set(place, Tensor(shape: [1], values: [step]))
    }
    isForwardDone = false
  }

  /// Evaluates one batch with the parameters set before.
  /// - Returns: the network's outputs, row-major.
  package func forward(_ inputs: [Tensor]) throws(ExecutionError) -> [Tensor] {
    guard inputs.count == inputShapes.count else {
      throw .wrongInputCount(expected: inputShapes.count, found: inputs.count)
    }
    for (index, tensor) in inputs.enumerated() {
      guard tensor.shape == inputShapes[index] else {
        throw .wrongInputShape(
          input: inputNames[index], expected: inputShapes[index], found: tensor.shape)
      }
      plan.set(inputPlaces[index], tensor)
    }
    var results = outputShapes.map { Tensor(shape: $0) }
    try withComputeThreads(threads) { () throws(ExecutionError) in
      try plan.run(0..<forwardSteps, &results, shapes: outputShapes)
    }
    isForwardDone = true
    return results
  }

  /// Goes back through the last forward pass, once.
  /// - Parameter gradients: with respect to the outputs.
  /// - Returns: gradients with respect to parameters and learned steps, and what the forward pass
  ///   measured: mean and variance per channel (over the batch, not corrected) of each
  ///   normalization in turn.
  package func pullBack(
    _ gradients: [Tensor]
  ) throws(ExecutionError) -> (parameters: [Tensor], steps: [Float], moments: [Tensor]) {
    precondition(isForwardDone, "a pullback follows a forward pass")
    isForwardDone = false
    guard gradients.count == outputShapes.count else {
      throw .wrongInputCount(expected: outputShapes.count, found: gradients.count)
    }
    for (index, tensor) in gradients.enumerated() {
      guard tensor.shape == outputShapes[index] else {
        throw .wrongInputShape(
          input: "gradient \(index)", expected: outputShapes[index], found: tensor.shape)
      }
      plan.set(seedPlaces.lowerBound + index, tensor)
    }
    let results = try run(forwardSteps..<momentSteps.upperBound)
    let first = outputShapes.count
    let steps = first + parameterShapes.count
    let moments = steps + stepCount
    return (
      Array(results[first..<steps]), results[steps..<moments].map { $0.values[0] },
      Array(results[moments...])
    )
  }

  /// What the last forward pass measured, as `pullBack` tells it, without going back.
  package func moments() throws(ExecutionError) -> [Tensor] {
    precondition(isForwardDone, "moments follow a forward pass")
    return Array(try run(momentSteps).suffix(2 * measuredChannels.count))
  }

  /// Runs steps that come after the forward ones; results that they do not give are zero.
  private func run(_ steps: Range<Int>) throws(ExecutionError) -> [Tensor] {
    let shapes =
      outputShapes + parameterShapes + [[Int]](repeating: [1], count: stepCount)
      + measuredChannels.flatMap { [[$0], [$0]] }
    var results = shapes.map { Tensor(shape: $0) }
    try withComputeThreads(threads) { () throws(ExecutionError) in
      try plan.run(steps, &results, shapes: shapes)
    }
    return results
  }
}
