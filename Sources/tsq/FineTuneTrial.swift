import Datasets
import Execution
import FineTuning
import Network
import Planning

/// A fine-tune in this process, on one thread.
struct FineTuneTrial {
  let trained: TrainedNetwork
  let order: ImageOrder
  let settings: FineTuningSettings
  let dataset: Dataset
  private let learner: ShardLearner
  private(set) var state: FineTune

  /// - Parameter images: that are learned from, the first of the data.
  init(
    _ trained: TrainedNetwork, reference: Network, dataset: Dataset, images: Int,
    settings: FineTuningSettings
  ) throws {
    self.trained = trained
    self.settings = settings
    self.dataset = dataset
    order = try ImageOrder(count: min(images, dataset.count), settings: settings)
    state = FineTune(
      try trained.start(
        reference: reference, images: dataset.samples(0..<min(512, dataset.count))),
      totalSteps: order.totalSteps, settings: settings)
    learner = try ShardLearner(
      trained, reference: reference, shardSize: settings.shardSize,
      loss: LogitLoss(temperature: settings.temperature, labelWeight: settings.labelWeight))
  }

  /// Takes the next step.
  ///
  /// - Parameter images: the epoch's order.
  /// - Returns: the mean loss of its batch.
  mutating func takeStep(epoch: Int, images: [Int]) throws -> Double {
    let shards = try order.shards(step: state.step, order: images).map { numbers in
      let part = dataset.subset(numbers)
      let moved = order.augmented(
        try part.samples(0..<part.count), numbers: numbers, epoch: epoch)
      return try learner.gradient(
        state.parameters, images: moved, labels: settings.labelWeight > 0 ? part.labels : nil)
    }
    return try state.take(shards, layers: trained.layers.map(\.layer.name))
  }

  /// The network as it is deployed now.
  func deployed() throws -> Network {
    let moments = try order.statisticsShards.map { numbers in
      try learner.moments(
        state.parameters, images: dataset.subset(numbers).samples(0..<numbers.count))
    }
    return try trained.applying(trained.measured(state.parameters, by: moments))
  }
}
