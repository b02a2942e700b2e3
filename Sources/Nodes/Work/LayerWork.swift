internal import Coordination
internal import Execution
internal import FineTuning
internal import Network
internal import ONNX
internal import Planning
internal import Quantization
internal import Tensors
internal import Wire

/// What a worker computes: each kind of task as a pure function of its parameters and inputs.
///
/// What it keeps between tasks (parsed networks, the values of a shard at a cut, factorisations)
/// only saves time: a result is the same bytes without it. Confined to one thread.
package final class LayerWork: TaskRunner {
  var networks = NetworkCache()
  var frontiers: FrontierCache
  var solver = SolverWorkspace()
  var sampledFactors = SampledFactorsCache()
  var learners = LearnerCache()

  /// The kinds of task that this build can do.
  package static let kinds: Set<String> = [
    "calibrate", "statistics", "solve", "refine", "compare", "effect", "evaluate", "gradient",
    "moments", "deployed-moments",
  ]

  /// - Parameter memoryBytes: what the process may take; nil for no limit of its own.
  package init(memoryBytes: Int? = nil) {
    frontiers =
      memoryBytes.map { FrontierCache(byteBudget: RunMemory.frontierBytes(budget: $0)) }
      ?? FrontierCache()
    setComputeThreads(1)
    Machine.returnLargeBlocks()
  }

  /// The numeric libraries in use; results are equal bits only where these are equal.
  package static var kernelID: String {
    executionKernelID() + "; " + solverKernelID()
  }

  /// - Returns: the output blobs.
  /// - Throws: `TaskFailure` when inputs are damaged or the mathematics has no answer.
  package func run(
    kind: String, parameters: [UInt8], inputs: [Blob], progress: ProgressCounter
  ) throws(TaskFailure) -> [[UInt8]] {
    do {
      let step = { () throws(TaskFailure) in
        progress.advance()
        try progress.checkCancelled()
      }
      let parameters = try TaskParameters(kind: kind, bytes: parameters)
      if case .solve = parameters {} else { forgetFactors() }
      switch parameters {
      // Between the epochs of a fine-tune its network is evaluated.
      case .gradient, .moments, .deployedMoments:
        frontiers = FrontierCache(byteBudget: frontiers.byteBudget)
      case .evaluate: break
      default: learners.forget()
      }
      switch parameters {
      case .calibrate(let sites):
        return try calibrate(sites, inputs, step)
      case .statistics(let parameters):
        return try statistics(parameters, inputs, step)
      case .solve(let parameters):
        return try solve(parameters, inputs, step)
      case .refine(let parameters):
        return try refine(parameters, inputs, step)
      case .compare(let parameters):
        return try compare(parameters, inputs, step)
      case .effect:
        return try effect(inputs, step)
      case .evaluate(let ranks):
        return try evaluate(ranks: ranks, inputs, step)
      case .gradient(let parameters):
        return try gradient(parameters, inputs, step)
      case .moments(let parameters):
        return try moments(parameters, inputs, step) {
          try $0.moments($1, images: $2, observer: learningStep(step))
        }
      case .deployedMoments(let parameters):
        return try moments(parameters, inputs, step) { try $0.deployedMoments($1, images: $2) }
      }
    } catch let failure as TaskFailure {
      throw failure
    } catch let error as SolverError {
      try progress.checkCancelled()
      throw TaskFailure(.numeric, "\(error)")
    } catch let error as WireError {
      throw TaskFailure(.corruptInput, "\(error)")
    } catch {
      try progress.checkCancelled()
      throw TaskFailure(.bug, "\(error)")
    }
  }

  private func calibrate(
    _ sites: [String], _ inputs: [Blob], _ step: Step
  ) throws -> [[UInt8]] {
    try require(inputs, atLeast: 2)
    let network = try networks.network(inputs[0])
    let values = try sites.map { name in
      guard let value = network.value(named: name) else {
        throw TaskFailure(.corruptInput, "the network has no value '\(name)'")
      }
      return value
    }
    try requireOneInput(network)
    let images = try TensorBundle(decoding: inputs[1].bytes).shardImages()
    var histograms = values.map { _ in ValueHistogram() }
    // Batch by batch: the sites of a deep network hold far more than its input.
    let part = network.computing(values, from: network.inputs)
    try forEachBatch(
      of: part, inputs: part.inputs.map { _ in images }, fixedBatch: network.fixedBatchSize
    ) { _, found throws(PlanningError) in
      try planningStep(step)
      for (index, tensor) in found.enumerated() { histograms[index].add(tensor.values) }
    }
    var bundle = TensorBundle()
    for (index, histogram) in histograms.enumerated() {
      bundle.append(histogram: "site \(index)", counts: histogram.counts)
    }
    return [bundle.encoded()]
  }

  private func evaluate(
    ranks: Int, _ inputs: [Blob], _ step: Step
  ) throws -> [[UInt8]] {
    try require(inputs, atLeast: 2)
    let network = try networks.network(inputs[0])
    let shard = try TensorBundle(decoding: inputs[1].bytes)
    let evaluator = try BatchedEvaluator(network: network, batchSize: Frontier.batchSize)
    let images = try shard.shardImages()
    var parts: [Tensor] = []
    // Shares that begin at multiples of the batch size have the bits of the whole.
    for start in stride(from: 0, to: images.shape[0], by: evaluator.batchSize) {
      try step()
      let rows = start..<min(start + evaluator.batchSize, images.shape[0])
      guard let scores = try evaluator.run([images.rows(rows)]).first else {
        throw TaskFailure(.corruptInput, "the network has no output")
      }
      parts.append(scores)
    }
    guard !parts.isEmpty else { throw TaskFailure(.corruptInput, "the shard has no images") }
    let scores = Tensor.concatenating(parts)
    let labels = try shard.shardLabels()
    let classes = scores.values.count / labels.count
    guard labels.allSatisfy((0..<classes).contains) else {
      throw TaskFailure(.corruptInput, "a label is out of range of \(classes) classes")
    }
    let accuracy = Accuracy(scores: scores, labels: labels, ranks: ranks)
    var bundle = TensorBundle()
    bundle.append(
      "accuracy",
      .int64([accuracy.images, accuracy.correct, accuracy.correctInRanks].map { Int64($0) }))
    return [bundle.encoded()]
  }

  /// Notes a step of the work; throws when the task was taken away.
  typealias Step = () throws(TaskFailure) -> Void

  func planningStep(_ step: Step) throws(PlanningError) {
    do throws(TaskFailure) { try step() } catch { throw .cancelled }
  }

  func requireOneInput(_ network: Network) throws(TaskFailure) {
    guard network.inputs.count == 1 else {
      throw TaskFailure(.corruptInput, "the network has \(network.inputs.count) inputs, not one")
    }
  }

  func require(_ inputs: [Blob], atLeast count: Int) throws(TaskFailure) {
    guard inputs.count >= count else {
      throw TaskFailure(.corruptInput, "\(inputs.count) inputs, at least \(count) needed")
    }
  }
}
