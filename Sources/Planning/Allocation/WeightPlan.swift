/// What the candidate sets of one layer are worth: errors of its own output from one solution per
/// set, and the error of the network's output that one of them makes.
package struct LayerSensitivity: Sendable, Equatable {
  package let layer: String
  /// In the order of the budget's sets: unexplained share of the variance of the layer's output.
  package let errors: [Double]
  /// Squared error of the network's output, as a share of its variance, with this layer alone
  /// solved with the first set.
  package let outputError: Double

  package init(layer: String, errors: [Double], outputError: Double) {
    precondition(!errors.isEmpty, "a layer has candidates")
    self.layer = layer
    self.errors = errors
    self.outputError = outputError
  }

  /// What each set does to the network's output: the layer's own error, weighted by what one unit
  /// of it did to the output. To second order both are quadratic in the change of the layer's
  /// output, so one measurement serves all sets.
  package var effects: [Double] {
    errors.map { errors[0] > 0 ? outputError * $0 / errors[0] : 0 }
  }
}

/// Which set of weights each layer gets under a budget.
package struct WeightPlan: Sendable, Equatable {
  /// One layer's place in the plan.
  package struct Entry: Sendable, Equatable {
    package var layer: String
    package var weightCount: Int
    package var chosen: WeightChoice
    /// Of the chosen weights, in bits or bytes.
    package var cost: Int
    /// nil where the recipe decides the layer's weights.
    package var sensitivity: LayerSensitivity?
  }

  package let budget: WeightBudget
  package let entries: [Entry]
  /// In the unit of the budget.
  package let spent: Double
  /// The sum of the chosen sets' effects.
  package let effect: Double
  /// No plan has a smaller sum.
  package let lowerBound: Double
  package let isExact: Bool
}

extension Recipe {
  /// Whether the budget decides a layer's weights.
  package func isFree(_ policy: LayerPolicy) -> Bool {
    budget != nil && policy.weights != .float && !policy.isPinned
  }

  /// - Throws: `PlanningError.budgetTooSmall` when no plan keeps the budget.
  package func requireAffordable(_ policies: [LayerPolicy]) throws(PlanningError) {
    guard let budget else { return }
    let least = policies.reduce(0) { sum, policy in
      sum + (costs(of: policy, budget).min() ?? 0)
    }
    guard least <= budget.mostCost(of: policies) else {
      throw .budgetTooSmall(budget, smallest: budget.figure(least, policies))
    }
  }

  /// Chooses a set for every layer whose weights the budget decides.
  ///
  /// - Parameter sensitivities: of those layers, in their order.
  /// - Throws: `PlanningError` when no plan keeps the budget.
  package func weightPlan(
    _ policies: [LayerPolicy], _ sensitivities: [LayerSensitivity]
  ) throws(PlanningError) -> WeightPlan {
    guard let budget else { preconditionFailure("a plan is made for a budget") }
    let known = Dictionary(uniqueKeysWithValues: sensitivities.map { ($0.layer, $0) })
    let items = policies.map { policy in
      let costs = costs(of: policy, budget)
      let effects =
        isFree(policy) ? known[policy.layer.name]?.effects ?? [] : costs.map { _ in 0 }
      precondition(effects.count == costs.count, "a sensitivity for each free layer")
      return zip(costs, effects).map { Allocation.Option(cost: $0, effect: $1) }
    }
    guard let found = Allocation(items, limit: budget.mostCost(of: policies)) else {
      throw .budgetTooSmall(
        budget, smallest: budget.figure(Allocation.leastCost(items), policies))
    }
    let entries = policies.indices.map { index in
      let policy = policies[index]
      return WeightPlan.Entry(
        layer: policy.layer.name, weightCount: policy.layer.weightCount,
        chosen: isFree(policy) ? .set(budget.sets[found.choices[index]]) : policy.weights,
        cost: items[index][found.choices[index]].cost,
        sensitivity: isFree(policy) ? known[policy.layer.name] : nil)
    }
    return WeightPlan(
      budget: budget, entries: entries, spent: budget.figure(found.cost, policies),
      effect: found.effect, lowerBound: found.lowerBound, isExact: found.isExact)
  }

  /// The recipe with the plan's choices as exceptions for single layers, and without a budget.
  package func following(_ plan: WeightPlan) -> Recipe {
    var recipe = self
    recipe.budget = nil
    let chosen = plan.entries.filter { $0.sensitivity != nil }.map {
      Override(pattern: $0.layer, weights: $0.chosen, activations: nil)
    }
    // A name that is also a pattern comes before the names that it would match.
    recipe.overrides +=
      chosen.filter { $0.pattern.contains("*") } + chosen.filter { !$0.pattern.contains("*") }
    return recipe
  }

  private func costs(of policy: LayerPolicy, _ budget: WeightBudget) -> [Int] {
    let choices = isFree(policy) ? budget.sets.map { .set($0) } : [policy.weights]
    return choices.map { budget.cost(of: policy.layer, $0, scale: scale) }
  }
}
