internal import Execution
package import Network
internal import Planning
package import Tensors

/// Computes the gradients of shards, for one thread.
///
/// A pure function of parameters and images: the evaluators in it keep no more than memory.
package final class ShardLearner {
  let trained: TrainedNetwork
  private let reference: Executor
  private let evaluator: TrainingEvaluator
  private let loss: LogitLoss
  /// Of the values behind the network's own outputs; nil to leave these out.
  private let featureLoss: FeatureLoss?
  /// The network's own outputs; those of blocks come after them.
  private let outputCount: Int
  /// Whether the only output is a row of logits per image.
  private let givesLogits: Bool
  private var parameters: ParameterArrays?
  private var acting: [Tensor] = []
  /// For `deployedMoments`, from one shard to the next.
  var deployed: Deployed?

  /// - Parameters:
  ///   - reference: the full-precision network, whose outputs are the target.
  ///   - shardSize: images of a shard; they are computed in smaller batches that fit the cache.
  ///   - features: the weight of block outputs in the loss; 0 to leave them out.
  /// - Throws: `.execution` naming an operation without gradient, `.outputsDiffer`, `.noLogits`,
  ///   `.noFeatures`.
  package init(
    _ trained: TrainedNetwork, reference: Network, shardSize: Int, loss: LogitLoss,
    features: Double = 0
  ) throws(FineTuningError) {
    self.trained = trained
    self.loss = loss
    featureLoss = features > 0 ? FeatureLoss(weight: features) : nil
    let batch = Self.batchSize(shardSize: shardSize, network: reference)
    var (graph, target) = (trained.graph, reference)
    if features > 0 {
      let pairs = try trained.features(in: reference, batch: batch)
      guard !pairs.isEmpty else { throw .noFeatures(network: reference.name) }
      graph.outputs += pairs.map(\.learning)
      target.outputs += pairs.map(\.reference)
    }
    do throws(ExecutionError) {
      evaluator = try TrainingEvaluator(
        network: graph, batchSize: batch, parameters: trained.sources,
        learnedSteps: trained.sites, measured: trained.measured)
      self.reference = try Executor(network: target, batchSize: batch)
    } catch {
      throw .execution(error)
    }
    let (found, wanted) = (evaluator.outputShapes, self.reference.outputShapes)
    guard found == wanted, !found.isEmpty, found.allSatisfy({ $0.first == batch }) else {
      throw .outputsDiffer(network: found.first ?? [], reference: wanted.first ?? [])
    }
    outputCount = reference.outputs.count
    givesLogits = outputCount == 1 && found[0].count == 2
    guard givesLogits || loss.labelWeight == 0 else { throw .noLogits(outputs: outputCount) }
  }

  /// Bytes of memory that gradients take: activations of both networks, their outputs and the
  /// gradients by these, parameters and their gradients.
  package var bytes: Int {
    evaluator.activationBytes + reference.activationBytes
      + 12 * evaluator.outputShapes.reduce(0) { $0 + $1.product }
      + 16 * trained.layers.reduce(0) { $0 + $1.layer.weightCount }
  }

  /// Images of a pass: a divisor of the shard, or what the network has it be.
  ///
  /// A shard that no middling number divides, as a prime one, takes a pass of more images rather
  /// than many of a few, on which a normalization would measure next to nothing.
  static func batchSize(shardSize: Int, network: Network) -> Int {
    if let fixed = network.fixedBatchSize, shardSize % fixed == 0 { return fixed }
    let divisors = (1...shardSize).filter { shardSize % $0 == 0 }
    return divisors.last { usualBatches.contains($0) }
      ?? divisors.first { $0 > usualBatches.upperBound } ?? shardSize
  }

  /// Larger ones leave the second-level cache and gain nothing.
  private static let usualBatches = 8...16

  /// The gradient of one shard: sums over its images, of what was measured too.
  ///
  /// - Parameters:
  ///   - images: `[shardSize, …]`, preprocessed.
  ///   - labels: one per image where the loss has them.
  ///   - observer: called before each batch of a few images; what it throws ends the computation.
  package func gradient(
    _ parameters: ParameterArrays, images: Tensor, labels: [Int]?,
    observer: () throws(FineTuningError) -> Void = {}
  ) throws(FineTuningError) -> ShardGradient {
    try use(parameters)
    var total = 0.0
    var bySource = ParameterArrays(arrays: acting.map { $0.values }).zeros
    var bySteps = [Float](repeating: 0, count: trained.sites.count)
    var moments: ParameterArrays?
    try forEachBatch(images, labels, observer) { (rows, labels) throws(ExecutionError) in
      let (sum, seeds) = try losses(of: rows, labels)
      total += sum
      let found = try evaluator.pullBack(seeds)
      bySource.add(ParameterArrays(arrays: found.parameters.map(\.values)))
      for (place, value) in found.steps.enumerated() { bySteps[place] += value }
      let measured = Self.sums(of: found.moments, images: rows.shape[0])
      if moments?.add(measured) == nil { moments = measured }
    }
    let sources = zip(acting, bySource.arrays).map { Tensor(shape: $0.shape, values: $1) }
    var gradients = trained.gradients(sources, steps: bySteps, at: parameters, acting: acting)
    let normalized = trained.layers.indices.filter { trained.layers[$0].gain != nil }
    for (place, layer) in normalized.enumerated() {
      gradients[.mean, layer] = moments!.arrays[2 * place]
      gradients[.variance, layer] = moments!.arrays[2 * place + 1]
    }
    return ShardGradient(loss: total, images: images.shape[0], gradients: gradients)
  }

  /// The moments of the normalized layers on one shard, each part of it normalized by itself.
  ///
  /// - Parameters:
  ///   - images: `[shardSize, …]`, preprocessed.
  ///   - observer: as of `gradient`.
  package func moments(
    _ parameters: ParameterArrays, images: Tensor,
    observer: () throws(FineTuningError) -> Void = {}
  ) throws(FineTuningError) -> ShardMoments {
    try use(parameters)
    var sums: ParameterArrays?
    try forEachBatch(images, nil, observer) { (rows, _) throws(ExecutionError) in
      _ = try evaluator.forward([rows])
      let found = Self.sums(of: try evaluator.moments(), images: rows.shape[0])
      if sums?.add(found) == nil { sums = found }
    }
    return ShardMoments(images: images.shape[0], sums: sums ?? ParameterArrays(arrays: []))
  }

  /// The loss of one shard, summed over its images, without going back.
  ///
  /// - Parameters:
  ///   - images: `[shardSize, …]`, preprocessed.
  ///   - labels: one per image where the loss has them.
  package func loss(
    _ parameters: ParameterArrays, images: Tensor, labels: [Int]?
  ) throws(FineTuningError) -> Double {
    try use(parameters)
    var total = 0.0
    try forEachBatch(images, labels, {}) { (rows, labels) throws(ExecutionError) in
      total += try losses(of: rows, labels).sum
    }
    return total
  }

  /// The loss of a batch, and its gradient by each output.
  private func losses(
    of rows: Tensor, _ labels: [Int]?
  ) throws(ExecutionError) -> (sum: Double, seeds: [Tensor]) {
    let wanted = try reference.run([rows])
    let found = try evaluator.forward([rows])
    var total = 0.0
    var seeds: [Tensor] = []
    if givesLogits {
      let (sum, seed) = loss(found[0], reference: wanted[0], labels: labels)
      (total, seeds) = (sum, [seed])
    } else {
      let own = 0..<outputCount
      (total, seeds) = RawLoss()(Array(found[own]), reference: Array(wanted[own]))
    }
    for place in outputCount..<found.count {
      let (sum, seed) = featureLoss!(found[place], reference: wanted[place])
      total += sum
      seeds.append(seed)
    }
    return (total, seeds)
  }

  /// Goes through a shard in batches of a few images.
  private func forEachBatch(
    _ images: Tensor, _ labels: [Int]?, _ observer: () throws(FineTuningError) -> Void,
    _ body: (Tensor, [Int]?) throws(ExecutionError) -> Void
  ) throws(FineTuningError) {
    let (count, size) = (images.shape[0], evaluator.batchSize)
    precondition(count % size == 0, "a shard of another size than was planned")
    for start in stride(from: 0, to: count, by: size) {
      try observer()
      let place = start..<start + size
      do throws(ExecutionError) {
        try body(images.rows(place), labels.map { Array($0[place]) })
      } catch {
        throw .execution(error)
      }
    }
  }

  /// Makes the next passes use parameters.
  private func use(_ parameters: ParameterArrays) throws(FineTuningError) {
    if parameters != self.parameters {
      self.parameters = parameters
      acting = trained.acting(parameters)
    }
    do throws(ExecutionError) {
      try evaluator.set(parameters: acting, steps: trained.steps(parameters))
    } catch {
      throw .execution(error)
    }
  }

  /// Means and second moments of a batch, so that those of batches add up.
  private static func sums(of moments: [Tensor], images: Int) -> ParameterArrays {
    var arrays: [[Float]] = []
    for place in stride(from: 0, to: moments.count, by: 2) {
      let (means, variances) = (moments[place].values, moments[place + 1].values)
      arrays.append(means.map { $0 * Float(images) })
      arrays.append(zip(means, variances).map { ($0 * $0 + $1) * Float(images) })
    }
    return ParameterArrays(arrays: arrays)
  }
}
