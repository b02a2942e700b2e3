import Planning
import Quantization

extension RecipeFile {
  /// What the weights may take, and the sets to choose from.
  struct BudgetEntry: Codable, Equatable {
    /// Per weight, on average.
    var bits: Double?
    /// Of all weights as they are written.
    var bytes: Int?
    var sets: [String]?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case bits, bytes, sets
    }

    init(bits: Double? = nil, bytes: Int? = nil, sets: [String]? = nil) {
      self.bits = bits
      self.bytes = bytes
      self.sets = sets
    }

    init(_ budget: WeightBudget) {
      switch budget.limit {
      case .averageBits(let bits): self.init(bits: bits)
      case .bytes(let bytes): self.init(bytes: bytes)
      }
      sets = budget.sets.map(\.rawValue)
    }

    /// What `other` limits is limited so, and no longer as here.
    func overridden(by other: BudgetEntry?) -> BudgetEntry {
      guard let other else { return self }
      return BudgetEntry(bits: other.bits, bytes: other.bytes, sets: other.sets ?? sets)
    }

    /// - Throws: `CommandFailure` when it limits nothing, or twice, or is out of range.
    func resolved() throws(CommandFailure) -> WeightBudget {
      func refusal(_ reason: String) -> CommandFailure {
        CommandFailure(.badRecipe, "the budget of weights: \(reason)")
      }
      let limit: WeightBudget.Limit
      switch (bits, bytes) {
      case (let bits?, nil): limit = .averageBits(bits)
      case (nil, let bytes?): limit = .bytes(bytes)
      default: throw refusal("it limits either bits (--bits-budget) or bytes (--max-size)")
      }
      let sets = try sets?.map { (name) throws(CommandFailure) in
        guard let set = WeightSet(rawValue: name) else {
          let known = WeightSet.allCases.map(\.rawValue).joined(separator: ", ")
          throw refusal("set '\(name)' is not known; choose of \(known)")
        }
        return set
      }
      let budget = WeightBudget(limit: limit, sets: sets)
      if let objection = budget.objection { throw refusal(objection) }
      return budget
    }
  }

  /// A plan as a recipe that can be edited and run: the choices stand under `layers`.
  static func text(
    planned recipe: Recipe, _ plan: WeightPlan, of resolved: String
  ) throws(CommandFailure) -> String {
    let file: RecipeFile
    do {
      file = try parsed(resolved)
    } catch {
      throw CommandFailure(.fault, "the recipe of the plan cannot be read: \(error)")
    }
    var planned = file
    planned.budget = nil
    planned.layers = recipe.overrides.map {
      LayerEntry(
        layer: $0.pattern, weights: $0.weights?.name, activations: $0.activations?.name)
    }
    if planned.layers?.isEmpty == true { planned.layers = nil }
    return "# \(plan.headline)\n# Change it as you like and run it with --recipe.\n"
      + (try planned.yaml())
  }
}

extension WeightPlan {
  /// What the plan keeps to, in a sentence.
  var headline: String {
    let optimum =
      isExact
      ? "no other choice has less of it"
      : "no choice has less than \(Self.rounded(lowerBound))"
    return "Weights of \(figure(spent)) for a budget of \(limitText); estimated error of the "
      + "output \(Self.rounded(effect)) of its variance, \(optimum)."
  }

  private var limitText: String {
    switch budget.limit {
    case .averageBits(let bits): "\(bits) bits on average"
    case .bytes(let bytes): "\(bytes) bytes"
    }
  }

  private func figure(_ spent: Double) -> String {
    switch budget.limit {
    case .averageBits: "\((spent * 1000).rounded() / 1000) bits on average"
    case .bytes: "\(Int(spent)) bytes"
    }
  }

  private static func rounded(_ value: Double) -> String {
    "\((value * 1e6).rounded() / 1e6)"
  }
}
