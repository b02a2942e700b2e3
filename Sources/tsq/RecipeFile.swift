import Datasets
import Planning
import Quantization
import Yams

/// A recipe as a YAML file: every option of `tsq quantize` that decides the result, and exceptions
/// for single layers.
struct RecipeFile: Codable, Equatable {
  var weights: String?
  var activations: String?
  var method: String?
  var firstLast: String?
  var order: String?
  var scale: String?
  var refine: String?
  var refit: String?
  var calibration: Int?
  var seed: UInt64?
  var preprocess: PreprocessEntry?
  var layers: [LayerEntry]?
  var budget: BudgetEntry?
  var solver: SolverEntry?
  var learnCodes: FineTuneEntry?
  var fineTune: FineTuneEntry?

  /// Settings of the layer solver.
  struct SolverEntry: Codable, Equatable {
    var ridge: Double?
    var iterations: Int?
    var firstPenalty: Double?
    var lastPenalty: Double?
    var kicks: Int?
    var memory: Double?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case ridge, iterations
      case firstPenalty = "first-penalty"
      case lastPenalty = "last-penalty"
      case kicks, memory
    }
  }

  /// `layer` is a name, in which `*` stands for any characters.
  struct LayerEntry: Codable, Equatable {
    var layer: String
    var weights: String?
    var activations: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case layer, weights, activations
    }
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case weights, activations, method
    case firstLast = "first-last"
    case order, scale, refine, refit, calibration, seed, preprocess, layers, budget, solver
    case learnCodes = "learn-codes"
    case fineTune = "fine-tune"
  }

  /// The values of `other` where it has any, these elsewhere.
  func overridden(by other: RecipeFile) -> RecipeFile {
    let tuning = fineTune?.overridden(by: other.fineTune) ?? other.fineTune
    // Weights that are asked for leave a budget nothing to choose.
    let ownBudget = other.weights == nil ? budget : nil
    return RecipeFile(
      weights: other.weights ?? weights, activations: other.activations ?? activations,
      method: other.method ?? method, firstLast: other.firstLast ?? firstLast,
      order: other.order ?? order, scale: other.scale ?? scale,
      refine: other.refine ?? refine, refit: other.refit ?? refit,
      calibration: other.calibration ?? calibration, seed: other.seed ?? seed,
      preprocess: other.preprocess ?? preprocess, layers: other.layers ?? layers,
      budget: ownBudget?.overridden(by: other.budget) ?? other.budget,
      solver: other.solver ?? solver,
      learnCodes: learnCodes?.overridden(by: other.learnCodes) ?? other.learnCodes,
      fineTune: tuning)
  }

  /// The recipe with every default filled in.
  func resolved() throws(CommandFailure) -> Recipe {
    var recipe = Recipe()
    if let weights { recipe.weights = try Self.weights(weights) }
    if let activations { recipe.activations = try Self.activations(activations) }
    if let method { recipe.method = try Self.choice("method", method) }
    if recipe.method == .bwn {
      guard weights == nil || recipe.weights == .set(.binary) else {
        throw CommandFailure(
          .badRecipe, "method bwn is for binary weights, not for '\(recipe.weights.name)'")
      }
      recipe.weights = .set(.binary)
    }
    if let firstLast { recipe.endLayers = try Self.choice("first-last", firstLast) }
    if let order { recipe.order = try Self.choice("order", order) }
    if let refit { recipe.baselineRefit = try Self.choice("refit", refit) }
    if let refine { recipe.refinement = try Self.choice("refine", refine) }
    if let scale { recipe.scale = try Self.scale(scale) }
    if let calibration { recipe.calibration = calibration }
    if let seed { recipe.seed = seed }
    for entry in layers ?? [] {
      guard entry.weights != nil || entry.activations != nil else {
        throw CommandFailure(
          .badRecipe, "the recipe's entry for layer '\(entry.layer)' changes nothing")
      }
      var override = Recipe.Override(pattern: entry.layer, weights: nil, activations: nil)
      if let weights = entry.weights { override.weights = try Self.weights(weights) }
      if let bits = entry.activations { override.activations = try Self.activations(bits) }
      recipe.overrides.append(override)
    }
    recipe.budget = try budget?.resolved()
    if recipe.budget != nil, recipe.weights == .float {
      throw CommandFailure(
        .badRecipe, "weights 'float' leave a budget nothing to choose; give the one or the other")
    }
    if recipe.budget != nil, recipe.method == .bwn {
      throw CommandFailure(
        .badRecipe,
        "method bwn is for binary weights and leaves a budget nothing to choose; "
          + "give the one or the other")
    }
    if let solver {
      recipe.solver.ridge = solver.ridge
      recipe.solver.iterations = solver.iterations
      recipe.solver.firstPenalty = solver.firstPenalty
      recipe.solver.lastPenalty = solver.lastPenalty
      recipe.solver.kicks = solver.kicks
      recipe.solver.memory = solver.memory
      if let objection = recipe.solver.objection {
        throw CommandFailure(.badRecipe, "the recipe's solver settings: \(objection)")
      }
    }
    guard recipe.calibration > 0 else {
      throw CommandFailure(
        .badRecipe,
        "calibration \(recipe.calibration) is too little: it needs at least one image")
    }
    return recipe
  }

  private static func weights(_ name: String) throws(CommandFailure) -> WeightChoice {
    guard let choice = WeightChoice(name: name) else {
      let sets = WeightSet.allCases.map(\.rawValue).joined(separator: ", ")
      throw CommandFailure(.badRecipe, "weights '\(name)' are not known; choose float, \(sets)")
    }
    return choice
  }

  private static func activations(_ name: String) throws(CommandFailure) -> ActivationChoice {
    guard let choice = ActivationChoice(name: name) else {
      throw CommandFailure(
        .badRecipe, "activations '\(name)' are not known; choose float, 1, 2, 3, 4 or 8 bits")
    }
    return choice
  }

  private static func scale(_ name: String) throws(CommandFailure) -> ScaleGranularity {
    switch name {
    case "channel": return .row
    case "layer": return .layer
    default:
      throw CommandFailure(.badRecipe, "scale '\(name)' is not known; choose channel or layer")
    }
  }

  static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ field: String, _ name: String
  ) throws(CommandFailure) -> Choice {
    guard let choice = Choice(rawValue: name) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw CommandFailure(.badRecipe, "\(field) '\(name)' is not known; choose \(names)")
    }
    return choice
  }

  /// The resolved recipe as a file, so that the run can be repeated from it.
  static func text(
    of recipe: Recipe, preprocessing: Preprocessing, fineTune: FineTuneSetup? = nil
  ) throws(CommandFailure) -> String {
    let file = RecipeFile(
      weights: recipe.weights.name, activations: recipe.activations.name,
      method: recipe.method.rawValue, firstLast: recipe.endLayers.rawValue,
      order: recipe.order.rawValue, scale: recipe.scale == .row ? "channel" : "layer",
      refine: recipe.refinesBlocks ? "block" : "none", refit: recipe.baselineRefit.rawValue,
      calibration: recipe.calibration, seed: recipe.seed,
      preprocess: .mapping(PreprocessEntry.Mapping(preprocessing)),
      layers: recipe.overrides.isEmpty
        ? nil
        : recipe.overrides.map {
          LayerEntry(
            layer: $0.pattern, weights: $0.weights?.name, activations: $0.activations?.name)
        },
      budget: recipe.budget.map { BudgetEntry($0) },
      solver: recipe.solver == SolverTuning()
        ? nil
        : SolverEntry(
          ridge: recipe.solver.ridge, iterations: recipe.solver.iterations,
          firstPenalty: recipe.solver.firstPenalty, lastPenalty: recipe.solver.lastPenalty,
          kicks: recipe.solver.kicks, memory: recipe.solver.memory),
      learnCodes: fineTune?.codes.map { FineTuneEntry($0) },
      fineTune: fineTune?.weights.map {
        FineTuneEntry($0, projects: fineTune?.projects ?? false)
      })
    return try file.yaml()
  }

  func yaml() throws(CommandFailure) -> String {
    do {
      return try YAMLEncoder().encode(self)
    } catch {
      throw CommandFailure(.fault, "the recipe cannot be written as YAML: \(error)")
    }
  }
}
