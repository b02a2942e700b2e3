import FineTuning

extension RecipeFile {
  /// How mode `admm` of a fine-tune draws weights and low-bit copies together.
  struct SplittingEntry: Codable, Equatable {
    var firstPenalty: Double?
    var lastPenalty: Double?
    var dualSteps: Int?
    var gradient: String?
    var prediction: Double?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case firstPenalty = "first-penalty"
      case lastPenalty = "last-penalty"
      case dualSteps = "dual-steps"
      case gradient, prediction
    }
  }

  /// Where the gradient of a step is taken.
  enum FineTuneGradient: String, CaseIterable {
    /// Where a first step would lead.
    case extragradient
    /// At the weights.
    case plain
  }
}

extension RecipeFile.SplittingEntry {
  /// Everything that decides the result.
  init(_ settings: SplittingSettings) {
    typealias Gradient = RecipeFile.FineTuneGradient
    self.init(
      firstPenalty: settings.firstPenalty, lastPenalty: settings.lastPenalty,
      dualSteps: settings.dualSteps,
      gradient: (settings.extragradient ? Gradient.extragradient : .plain).rawValue,
      prediction: settings.prediction)
  }

  /// The values of `other` where it has any, these elsewhere.
  func overridden(by other: Self?) -> Self {
    guard let other else { return self }
    return Self(
      firstPenalty: other.firstPenalty ?? firstPenalty,
      lastPenalty: other.lastPenalty ?? lastPenalty, dualSteps: other.dualSteps ?? dualSteps,
      gradient: other.gradient ?? gradient, prediction: other.prediction ?? prediction)
  }

  func settings() throws(CommandFailure) -> SplittingSettings {
    var settings = SplittingSettings()
    settings.firstPenalty = firstPenalty ?? settings.firstPenalty
    settings.lastPenalty = lastPenalty ?? max(settings.lastPenalty, settings.firstPenalty)
    settings.dualSteps = dualSteps ?? settings.dualSteps
    settings.prediction = prediction ?? settings.prediction
    if let gradient {
      let chosen: RecipeFile.FineTuneGradient = try RecipeFile.choice(
        "fine-tune.admm.gradient", gradient)
      settings.extragradient = chosen == .extragradient
    }
    return settings
  }
}

extension RecipeFile.FineTuneEntry {
  /// What is learned, and whether scales follow from weights by projection.
  ///
  /// - Throws: where the entry contradicts itself.
  func learnedMode() throws(CommandFailure) -> (FineTuningSettings.Mode, projects: Bool) {
    typealias Scales = RecipeFile.FineTuneScales
    let chosenMode: FineTuningSettings.Mode =
      try mode.map { (name) throws(CommandFailure) -> FineTuningSettings.Mode in
        try RecipeFile.choice("fine-tune.mode", name)
      } ?? .full
    let usual: Scales = chosenMode == .admm ? .projected : .learned
    let chosen: Scales = try RecipeFile.choice("fine-tune.scales", scales ?? usual.rawValue)
    guard chosenMode == .full || chosen == usual else {
      throw CommandFailure(
        .badRecipe,
        "the recipe's fine-tune has mode '\(chosenMode.rawValue)' and scales '\(chosen.rawValue)', "
          + "which exclude each other; scales of this mode are \(usual.rawValue)")
    }
    guard admm == nil || chosenMode == .admm else {
      throw CommandFailure(
        .badRecipe,
        "the recipe's 'admm' under 'fine-tune' belongs to mode admm, not to "
          + "'\(chosenMode.rawValue)'")
    }
    return (chosenMode, chosen == .projected)
  }
}
