import Datasets
import Execution
import FineTuning
import Network
import Nodes

/// A fine-tune that was asked for, found to be possible.
struct FineTuneSetup {
  let settings: FineTuningSettings
  let projects: Bool
  let data: Dataset
  /// The data where they are not those of the calibration.
  let ownData: Dataset?
  private let checkpointSteps: Int

  /// - Parameters:
  ///   - data: of the calibration.
  ///   - prepared: the network in the form that is quantized.
  /// - Returns: nil where no fine-tune is asked for.
  /// - Throws: what would keep it from its end, as far as that is known before it begins.
  init?(
    _ command: Quantize, _ file: RecipeFile, source: DataSource, data: Dataset, prepared: Network
  ) throws(CommandFailure) {
    let entry = file.fineTune ?? RecipeFile.FineTuneEntry()
    guard let epochs = entry.epochs, epochs != 0 else {
      guard command.fineTuneData.isEmpty, !command.labels, command.fineTuneMode == nil else {
        throw CommandFailure(
          .usage,
          "'--fine-tune-data', '--fine-tune-mode' and '--labels' belong to a fine-tune: give '--fine-tune EPOCHS'; for "
            + "accuracy give '--validation' and '--validation-labels'")
      }
      return nil
    }
    checkpointSteps = command.checkpointSteps ?? 100
    guard epochs > 0 else { throw CommandFailure(.badRecipe, "\(epochs) epochs are none") }
    ownData =
      command.fineTuneData.isEmpty
      ? nil : try source.open(command.fineTuneData, labels: nil, split: .training)
    self.data = ownData ?? data
    guard self.data.sampleShape == data.sampleShape else {
      throw CommandFailure(
        .badInput,
        "the images of '\(self.data.name)' have another shape than those of '\(data.name)'")
    }
    settings = try entry.settings(
      labels: command.labels, sampleShape: data.sampleShape, seed: file.seed ?? 0)
    projects = try entry.learnedMode().projects
    try requireLabels(source.network)
    try CommandFailure.mapping {
      _ = try ImageOrder(count: self.data.count, settings: settings)
      try self.data.requireFinite()
      // Which operations have no gradient, for the same network in full precision.
      _ = try ShardLearner(
        try TrainedNetwork(
          prepared, sets: [:], projects: false, normalizes: settings.normalizes),
        reference: prepared,
        shardSize: settings.shardSize,
        loss: LogitLoss(temperature: settings.temperature, labelWeight: settings.labelWeight))
    }
  }

  private func requireLabels(_ network: Network) throws(CommandFailure) {
    guard settings.labelWeight > 0 else { return }
    guard data.labels != nil else {
      throw CommandFailure(
        .badInput,
        "'\(data.name)' has no labels to learn from; give labelled '--fine-tune-data', or learn "
          + "without '--labels'")
    }
    try CommandFailure.mapping {
      let shapes = try network.inferShapes(ofSample: data.sampleShape)
      guard let output = network.outputs.first, let shape = shapes[output] else { return }
      try data.requireLabels(below: shape.dropFirst().reduce(1, *))
    }
  }

  /// Stores the images, for the pipeline.
  func request(_ pool: Coordinator) throws -> FineTuningRequest {
    FineTuningRequest(
      settings: settings, projects: projects, checkpointSteps: checkpointSteps,
      images: try StoredImages.write(data, labelled: settings.labelWeight > 0, to: pool))
  }
}
