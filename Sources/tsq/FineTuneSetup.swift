import Datasets
import Execution
import FineTuning
import Network
import Nodes
import Planning
import Quantization

/// What a run is to learn of the whole network at once, found to be possible.
struct FineTuneSetup {
  /// Of the codes, before the layers are solved; nil where they are not learned.
  let codes: FineTuningSettings?
  /// Of the low-bit weights; nil for no fine-tune.
  let weights: FineTuningSettings?
  /// Whether scales of low-bit weights follow from these.
  let projects: Bool
  let data: Dataset
  /// The data where they are not those of the calibration.
  let ownData: Dataset?
  private let checkpointSteps: Int
  private let shardsPerTask: Int
  /// What a worker needs for a shard.
  let memoryBytes: Int

  /// - Parameters:
  ///   - sources: from what is learned.
  ///   - file: the recipe, which says what is learned and how.
  ///   - data: of the calibration.
  ///   - prepared: the network in the form that is quantized.
  ///   - recipe: what it is quantized to.
  ///   - leave: to do without images of the data.
  /// - Returns: nil where nothing is to be learned.
  /// - Throws: what would keep it from its end, as far as that is known before it begins.
  init?(
    _ sources: LearningSources, _ file: RecipeFile, source: DataSource, data: Dataset,
    prepared: Network, recipe: Recipe, _ leave: inout LeaveToSkip
  ) throws(CommandFailure) {
    let codes = try Self.asked(file.learnCodes)
    let weights = try Self.asked(file.fineTune)
    guard weights != nil || !sources.asksForMode else {
      throw CommandFailure(
        .usage, "'--fine-tune-mode' belongs to a fine-tune: give '--fine-tune EPOCHS'")
    }
    guard codes != nil || weights != nil else {
      guard sources.data.isEmpty, !sources.usesLabels else {
        throw CommandFailure(
          .usage,
          "'--fine-tune-data' and '--labels' belong to a fine-tune: give '--fine-tune EPOCHS' or "
            + "'--learn-codes EPOCHS'; for accuracy give '--validation' and '--validation-labels'")
      }
      return nil
    }
    checkpointSteps = sources.checkpointSteps
    shardsPerTask = sources.shardsPerTask
    ownData =
      sources.data.isEmpty
      ? nil : try source.open(sources.data, labels: nil, split: .training)
    let given = ownData ?? data
    guard given.sampleShape == data.sampleShape else {
      throw CommandFailure(
        .badInput,
        "the images of '\(given.name)' have another shape than those of '\(data.name)'")
    }
    let (labels, shape, seed) = (sources.usesLabels, data.sampleShape, file.seed ?? 0)
    self.codes = try codes.map { (entry) throws(CommandFailure) in
      try entry.settings(
        of: "learn-codes", rate: Self.codesRate, labels: labels, sampleShape: shape, seed: seed)
    }
    self.weights = try weights.map { (entry) throws(CommandFailure) in
      try entry.settings(
        of: "fine-tune", rate: entry.learnedMode().0.usualRate, labels: labels, sampleShape: shape,
        seed: seed)
    }
    projects = try weights?.learnedMode().projects ?? false
    if codes != nil { try Self.requireCodes(prepared, recipe) }
    guard weights == nil || recipe.scale == .row else {
      throw CommandFailure(
        .badRecipe,
        "a fine-tune gives each row a scale of its own, and '--scale layer' asks for one per "
          + "layer; leave out one of the two")
    }
    self.data = try leave.use(given)
    var memoryBytes = Self.leastMemoryBytes
    for settings in [self.codes, self.weights].compactMap(\.self) {
      let needed = try Self.require(
        settings, shardsPerTask, data: self.data, source.network, prepared)
      memoryBytes = max(memoryBytes, needed)
    }
    self.memoryBytes = memoryBytes
  }

  private static let leastMemoryBytes = 512 << 20
  /// Of a worker besides what it computes with.
  private static let workerMemoryBytes = 256 << 20

  /// In units of a row's root mean square: float weights have farther to go wrong than levels.
  private static let codesRate = 0.005
  /// The entry if it asks for epochs.
  private static func asked(
    _ entry: RecipeFile.FineTuneEntry?
  ) throws(CommandFailure) -> RecipeFile.FineTuneEntry? {
    guard let entry, let epochs = entry.epochs, epochs != 0 else { return nil }
    guard epochs > 0 else { throw CommandFailure(.badRecipe, "\(epochs) epochs are none") }
    return entry
  }

  private static func requireCodes(
    _ prepared: Network, _ recipe: Recipe
  ) throws(CommandFailure) {
    try CommandFailure.mapping {
      guard prepared.codeSites(for: try recipe.policies(for: prepared)).isEmpty else { return }
      throw CommandFailure(
        .badRecipe,
        "the recipe has no activation codes that '--learn-codes' could learn; give "
          + "'--activations BITS'")
    }
  }

  /// Whether a task of so many shards is possible.
  ///
  /// - Returns: bytes that a worker needs for it.
  private static func require(
    _ settings: FineTuningSettings, _ shardsPerTask: Int, data: Dataset, _ network: Network,
    _ prepared: Network
  ) throws(CommandFailure) -> Int {
    let task = min(shardsPerTask, settings.shards)
    guard task * settings.shardSize <= FineTuningSettings.largestTask else {
      throw CommandFailure(
        .usage,
        "\(task) shards of \(settings.shardSize) images are more than the "
          + "\(FineTuningSettings.largestTask) that a task can name; give a smaller "
          + "'--shards-per-task'")
    }
    let needed = try require(settings, data: data, network, prepared)
    // Images of all shards, and a gradient per level of the tree in which they are summed.
    let more = (task - 1) * settings.shardSize * data.sampleShape.reduce(4, *)
    let sums = 4 * prepared.layers.reduce(0) { $0 + $1.weightCount } * task.trailingZeroBitCount
    return needed + more + sums
  }

  /// Whether the data and the network allow it.
  ///
  /// - Returns: bytes that a worker needs for a shard.
  private static func require(
    _ settings: FineTuningSettings, data: Dataset, _ network: Network, _ prepared: Network
  ) throws(CommandFailure) -> Int {
    try requireLabels(settings, data: data, network)
    return try CommandFailure.mapping {
      _ = try ImageOrder(count: data.count, settings: settings)
      // Which operations have no gradient, for the same network in full precision.
      let learner = try ShardLearner(
        try TrainedNetwork(
          prepared, sets: [:], projects: false, normalizes: settings.normalizes),
        reference: prepared,
        shardSize: settings.shardSize,
        loss: LogitLoss(temperature: settings.temperature, labelWeight: settings.labelWeight),
        features: settings.features)
      let images = settings.shardSize * data.sampleShape.reduce(4, *)
      return learner.bytes + 3 * images + workerMemoryBytes
    }
  }

  private static func requireLabels(
    _ settings: FineTuningSettings, data: Dataset, _ network: Network
  ) throws(CommandFailure) {
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
  func requests(
    _ pool: Coordinator
  ) throws -> (codes: FineTuningRequest?, weights: FineTuningRequest?) {
    let labelled = [codes, weights].contains { ($0?.labelWeight ?? 0) > 0 }
    let images = try StoredImages.write(data, labelled: labelled, to: pool)
    func request(_ settings: FineTuningSettings, projects: Bool) -> FineTuningRequest {
      FineTuningRequest(
        settings: settings, projects: projects, checkpointSteps: checkpointSteps,
        shardsPerTask: shardsPerTask, images: images,
        memoryBytes: memoryBytes)
    }
    return (
      codes.map { request($0, projects: false) }, weights.map { request($0, projects: projects) }
    )
  }
}
