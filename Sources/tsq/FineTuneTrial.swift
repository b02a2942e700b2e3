import Datasets
import Execution
import FineTuning
import Network
import Planning
import Tensors

/// A fine-tune in this process, on one thread.
struct FineTuneTrial {
  let trained: TrainedNetwork
  let order: ImageOrder
  let settings: FineTuningSettings
  let dataset: Dataset
  private let learner: ShardLearner
  /// Of what is deployed, where that is another network.
  private let deployedLearner: ShardLearner
  private(set) var state: FineTune

  /// - Parameters:
  ///   - images: that are learned from, the first of the data.
  ///   - steps: nil for as many as the epochs have; otherwise no more.
  init(
    _ trained: TrainedNetwork, reference: Network, dataset: Dataset, images: Int, steps: Int?,
    settings: FineTuningSettings
  ) throws {
    self.trained = trained
    self.settings = settings
    self.dataset = dataset
    order = try ImageOrder(count: min(images, dataset.count), settings: settings)
    let totalSteps = min(steps ?? order.totalSteps, order.totalSteps)
    let start = try trained.start(
      reference: reference, images: dataset.samples(0..<min(512, dataset.count)))
    state = FineTune(
      start,
      splitting: trained.splitting(start, settings: settings.splitting, totalSteps: totalSteps),
      totalSteps: totalSteps, settings: settings)
    let loss = LogitLoss(temperature: settings.temperature, labelWeight: settings.labelWeight)
    learner = try ShardLearner(
      trained, reference: reference, shardSize: settings.shardSize, loss: loss,
      features: settings.features)
    deployedLearner =
      trained.relaxes
      ? try ShardLearner(
        trained.deployedForm, reference: reference, shardSize: settings.shardSize, loss: loss)
      : learner
  }

  /// Takes the next step.
  ///
  /// - Parameter images: the epoch's order.
  /// - Returns: the mean loss of its batch.
  mutating func takeStep(epoch: Int, images: [Int]) throws -> Double {
    let layers = trained.layers.map(\.layer.name)
    let batch = order.shards(step: state.step, order: images)
    var shards = try gradients(state.parameters, batch, epoch: epoch)
    if state.looksAhead {
      let predicted = try state.prediction(shards, layers: layers)
      shards = try gradients(predicted, batch, epoch: epoch)
    }
    return try state.take(shards, layers: layers)
  }

  private func gradients(
    _ parameters: ParameterArrays, _ batch: [[Int]], epoch: Int
  ) throws -> [ShardGradient] {
    try batch.map { numbers in
      let part = dataset.subset(numbers)
      let moved = order.augmented(
        try part.samples(0..<part.count), numbers: numbers, epoch: epoch)
      return try learner.gradient(
        parameters, images: moved, labels: settings.labelWeight > 0 ? part.labels : nil)
    }
  }

  /// Whether all steps are taken.
  var isDone: Bool { state.step == state.totalSteps }

  /// The mean loss of the low-bit network on some images that do not change.
  func lowBitLoss() throws -> Double {
    let shards = order.statisticsShards.prefix(16)
    let sum = try shards.reduce(0.0) { sum, numbers in
      let part = dataset.subset(numbers)
      return sum
        + (try deployedLearner.loss(
          state.deployable, images: part.samples(0..<part.count),
          labels: settings.labelWeight > 0 ? part.labels : nil))
    }
    return sum / Double(shards.reduce(0) { $0 + $1.count })
  }

  /// The network as it is deployed now.
  func deployed() throws -> Network {
    var parameters = state.deployable
    func measure(
      _ moments: (ParameterArrays, Tensor) throws -> ShardMoments
    ) throws {
      let shards = try order.statisticsShards.map { numbers in
        try moments(parameters, dataset.subset(numbers).samples(0..<numbers.count))
      }
      parameters = trained.measured(parameters, by: shards)
    }
    try measure { try deployedLearner.moments($0, images: $1) }
    try measure { try deployedLearner.deployedMoments($0, images: $1) }
    return try trained.deployedForm.applying(parameters)
  }
}
