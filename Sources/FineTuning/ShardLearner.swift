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
  private var parameters: ParameterArrays?
  private var acting: [Tensor] = []
  /// For `deployedMoments`, from one shard to the next.
  var deployed: Deployed?

  /// - Parameters:
  ///   - reference: the full-precision network, whose logits are the target.
  ///   - shardSize: images of a shard; they are computed in smaller batches that fit the cache.
  /// - Throws: `.execution` naming an operation without gradient, `.outputsDiffer`.
  package init(
    _ trained: TrainedNetwork, reference: Network, shardSize: Int, loss: LogitLoss
  ) throws(FineTuningError) {
    self.trained = trained
    self.loss = loss
    let batch = (1...Self.largestBatch).last { shardSize % $0 == 0 } ?? 1
    do throws(ExecutionError) {
      evaluator = try TrainingEvaluator(
        network: trained.graph, batchSize: batch, parameters: trained.sources,
        learnedSteps: trained.sites, measured: trained.measured)
      self.reference = try Executor(network: reference, batchSize: batch)
    } catch {
      throw .execution(error)
    }
    let (found, wanted) = (evaluator.outputShapes, self.reference.outputShapes)
    guard let own = found.first, own.count == 2, own[0] == batch, own == wanted.first else {
      throw .outputsDiffer(network: found.first ?? [], reference: wanted.first ?? [])
    }
  }

  /// Larger ones leave the second-level cache and gain nothing.
  private static let largestBatch = 16

  /// The gradient of one shard: sums over its images, of what was measured too.
  ///
  /// - Parameters:
  ///   - images: `[shardSize, …]`, preprocessed.
  ///   - labels: one per image where the loss has them.
  package func gradient(
    _ parameters: ParameterArrays, images: Tensor, labels: [Int]?
  ) throws(FineTuningError) -> ShardGradient {
    do throws(ExecutionError) {
      return try accumulated(parameters, images, labels)
    } catch {
      throw .execution(error)
    }
  }

  /// The moments of the normalized layers on one shard, each part of it normalized by itself.
  ///
  /// - Parameter images: `[shardSize, …]`, preprocessed.
  package func moments(
    _ parameters: ParameterArrays, images: Tensor
  ) throws(FineTuningError) -> ShardMoments {
    do throws(ExecutionError) {
      let size = try use(parameters, for: images)
      var sums: ParameterArrays?
      for start in stride(from: 0, to: images.shape[0], by: size) {
        _ = try evaluator.forward([images.rows(start..<start + size)])
        let found = Self.sums(of: try evaluator.moments(), images: size)
        if sums?.add(found) == nil { sums = found }
      }
      return ShardMoments(images: images.shape[0], sums: sums ?? ParameterArrays(arrays: []))
    } catch {
      throw .execution(error)
    }
  }

  /// The loss of one shard, summed over its images, without going back.
  ///
  /// - Parameters:
  ///   - images: `[shardSize, …]`, preprocessed.
  ///   - labels: one per image where the loss has them.
  package func loss(
    _ parameters: ParameterArrays, images: Tensor, labels: [Int]?
  ) throws(FineTuningError) -> Double {
    do throws(ExecutionError) {
      let size = try use(parameters, for: images)
      var total = 0.0
      for start in stride(from: 0, to: images.shape[0], by: size) {
        let rows = images.rows(start..<start + size)
        let wanted = try reference.run([rows])[0]
        total +=
          loss(
            try evaluator.forward([rows])[0], reference: wanted,
            labels: labels.map { Array($0[start..<start + size]) }
          ).sum
      }
      return total
    } catch {
      throw .execution(error)
    }
  }

  /// Makes the next passes use parameters.
  ///
  /// - Returns: images of a pass.
  private func use(
    _ parameters: ParameterArrays, for images: Tensor
  ) throws(ExecutionError) -> Int {
    precondition(
      images.shape[0] % evaluator.batchSize == 0, "a shard of another size than was planned")
    if parameters != self.parameters {
      self.parameters = parameters
      acting = trained.acting(parameters)
    }
    try evaluator.set(parameters: acting, steps: trained.steps(parameters))
    return evaluator.batchSize
  }

  private func accumulated(
    _ parameters: ParameterArrays, _ images: Tensor, _ labels: [Int]?
  ) throws(ExecutionError) -> ShardGradient {
    let size = try use(parameters, for: images)
    let count = images.shape[0]
    var total = 0.0
    var bySource = ParameterArrays(arrays: acting.map { $0.values }).zeros
    var bySteps = [Float](repeating: 0, count: trained.sites.count)
    var moments: ParameterArrays?
    for start in stride(from: 0, to: count, by: size) {
      let rows = images.rows(start..<start + size)
      let wanted = try reference.run([rows])[0]
      let logits = try evaluator.forward([rows])[0]
      let (sum, seed) = loss(
        logits, reference: wanted, labels: labels.map { Array($0[start..<start + size]) })
      total += sum
      let found = try evaluator.pullBack([seed])
      bySource.add(ParameterArrays(arrays: found.parameters.map(\.values)))
      for (place, value) in found.steps.enumerated() { bySteps[place] += value }
      let measured = Self.sums(of: found.moments, images: size)
      if moments?.add(measured) == nil { moments = measured }
    }
    let sources = zip(acting, bySource.arrays).map { Tensor(shape: $0.shape, values: $1) }
    var gradients = trained.gradients(sources, steps: bySteps, at: parameters, acting: acting)
    let normalized = trained.layers.indices.filter { trained.layers[$0].gain != nil }
    for (place, layer) in normalized.enumerated() {
      gradients[.mean, layer] = moments!.arrays[2 * place]
      gradients[.variance, layer] = moments!.arrays[2 * place + 1]
    }
    return ShardGradient(loss: total, images: count, gradients: gradients)
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
