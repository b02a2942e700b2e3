import FineTuning
import Tensors

extension RecipeFile {
  /// How the network is fine-tuned after its layers are solved, or its codes are learned before;
  /// without epochs they are not.
  struct FineTuneEntry: Codable, Equatable {
    var epochs: Int?
    var mode: String?
    var optimizer: String?
    var rate: Double?
    var scaleRate: Double?
    var decay: Double?
    var warmUp: Double?
    var batch: Int?
    var shards: Int?
    var temperature: Double?
    var labelWeight: Double?
    var features: Double?
    var scales: String?
    var normalize: Bool?
    var shift: Int?
    var mirror: Bool?
    var mix: Double?
    var statistics: Int?
    var admm: SplittingEntry?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case epochs, mode, optimizer, rate
      case scaleRate = "scale-rate"
      case decay
      case warmUp = "warm-up"
      case batch, shards, temperature
      case labelWeight = "label-weight"
      case features, scales, normalize, shift, mirror, mix, statistics, admm
    }
  }

  /// Where the scales of low-bit rows come from.
  enum FineTuneScales: String, CaseIterable {
    /// They are parameters.
    case learned
    /// They follow from the latent weights by exact projection.
    case projected
  }
}

extension RecipeFile.FineTuneEntry {
  /// What can be said of the learning of codes, where no weights are low-bit.
  static var codeLearningKeys: [CodingKeys] {
    CodingKeys.allCases.filter { ![.mode, .scales, .admm].contains($0) }
  }

  /// Everything that decides the result of learning codes.
  init(_ settings: FineTuningSettings) {
    self.init(settings, projects: false)
    (mode, scales) = (nil, nil)
  }

  /// Everything that decides the result.
  init(_ settings: FineTuningSettings, projects: Bool) {
    typealias Scales = RecipeFile.FineTuneScales
    self.init(
      epochs: settings.epochs, mode: settings.mode.rawValue, optimizer: settings.optimizer.rawValue,
      rate: settings.weightRate,
      scaleRate: settings.scaleRate, decay: settings.decay, warmUp: settings.warmUp,
      batch: settings.batchSize, shards: settings.shards, temperature: settings.temperature,
      labelWeight: settings.labelWeight, features: settings.features,
      scales: (projects ? Scales.projected : .learned).rawValue,
      normalize: settings.normalizes, shift: settings.shift, mirror: settings.mirrors,
      mix: settings.mixing, statistics: settings.statistics,
      admm: settings.mode == .admm ? RecipeFile.SplittingEntry(settings.splitting) : nil)
  }

  /// The values of `other` where it has any, these elsewhere.
  func overridden(by other: Self?) -> Self {
    guard let other else { return self }
    return Self(
      epochs: other.epochs ?? epochs, mode: other.mode ?? mode,
      optimizer: other.optimizer ?? optimizer,
      rate: other.rate ?? rate, scaleRate: other.scaleRate ?? scaleRate,
      decay: other.decay ?? decay, warmUp: other.warmUp ?? warmUp, batch: other.batch ?? batch,
      shards: other.shards ?? shards, temperature: other.temperature ?? temperature,
      labelWeight: other.labelWeight ?? labelWeight, features: other.features ?? features,
      scales: other.scales ?? scales,
      normalize: other.normalize ?? normalize, shift: other.shift ?? shift,
      mirror: other.mirror ?? mirror, mix: other.mix ?? mix,
      statistics: other.statistics ?? statistics,
      admm: admm?.overridden(by: other.admm) ?? other.admm)
  }

  /// - Parameters:
  ///   - section: of the recipe, for messages.
  ///   - rate: of weights where the entry has none.
  ///   - labels: whether labels are learned from although no weight is given.
  ///   - sampleShape: of an image, from which the usual shift follows.
  func settings(
    of section: String, rate usualRate: Double, labels: Bool, sampleShape: [Int], seed: UInt64
  ) throws(CommandFailure) -> FineTuningSettings {
    var settings = FineTuningSettings(epochs: max(1, epochs ?? 1), seed: seed)
    settings.mode = try learnedMode().0
    settings.splitting = try (admm ?? RecipeFile.SplittingEntry()).settings()
    if let optimizer {
      settings.optimizer = try RecipeFile.choice("\(section).optimizer", optimizer)
    }
    settings.weightRate = rate ?? usualRate
    settings.scaleRate = scaleRate ?? settings.scaleRate
    settings.decay = decay ?? settings.decay
    settings.warmUp = warmUp ?? settings.warmUp
    settings.normalizes = normalize ?? settings.normalizes
    settings.temperature = temperature ?? settings.temperature
    settings.labelWeight = labelWeight ?? (labels ? 1 : 0)
    settings.features = features ?? settings.features
    settings.shards = shards ?? settings.shards
    let batch = batch ?? settings.batchSize
    guard batch > 0, settings.shards > 0, batch % settings.shards == 0 else {
      throw CommandFailure(
        .badRecipe,
        "a batch of \(batch) images does not split into \(settings.shards) equal shards; choose "
          + "other numbers for 'batch' and 'shards' under '\(section)' in the recipe")
    }
    settings.shardSize = batch / settings.shards
    // Small images lose too much at their edges.
    let extent = sampleShape.count == 3 ? min(sampleShape[1], sampleShape[2]) : 0
    settings.shift = shift ?? min(settings.shift, extent / 8)
    settings.mirrors = mirror ?? settings.mirrors
    settings.mixing = mix ?? settings.mixing
    settings.statistics = statistics ?? settings.statistics
    if let objection = settings.objection {
      throw CommandFailure(.badRecipe, "the recipe's \(section) settings: \(objection)")
    }
    return settings
  }
}
