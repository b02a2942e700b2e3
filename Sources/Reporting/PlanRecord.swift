/// How sets of weights were chosen under a budget.
package struct PlanRecord: Sendable, Equatable, Decodable {
  /// What the budget counts.
  package enum Unit: String, Sendable, Decodable {
    /// Average bits per quantized weight.
    case bits
    /// Bytes of all weights.
    case bytes
  }

  package var unit: Unit
  package var limit: Double
  package var spent: Double
  /// Estimated error of the output as a share of its variance, summed over layers.
  package var effect: Double
  /// No choice has less effect than this.
  package var lowerBound: Double
  /// Whether the choice is the best one.
  package var exact: Bool
  package var layers: [Layer]

  /// One layer's choice.
  package struct Layer: Sendable, Equatable, Decodable {
    package var name: String
    package var weights: String
    /// Weights of the layer.
    package var count: Int
    /// Bits or bytes of all its weights together.
    package var cost: Int
    /// Empty where the recipe decided.
    package var candidates: [Candidate]

    package init(
      name: String, weights: String, count: Int, cost: Int, candidates: [Candidate]
    ) {
      self.name = name
      self.weights = weights
      self.count = count
      self.cost = cost
      self.candidates = candidates
    }
  }

  /// What a set of weights would do.
  package struct Candidate: Sendable, Equatable, Decodable {
    package var weights: String
    /// Of the layer's own output, as a share of its variance.
    package var error: Double?
    /// On the network's output.
    package var effect: Double?

    package init(weights: String, error: Double?, effect: Double?) {
      self.weights = weights
      self.error = error.finite
      self.effect = effect.finite
    }
  }

  package init(
    unit: Unit, limit: Double, spent: Double, effect: Double, lowerBound: Double, exact: Bool,
    layers: [Layer]
  ) {
    self.unit = unit
    self.limit = limit
    self.spent = spent
    self.effect = effect
    self.lowerBound = lowerBound
    self.exact = exact
    self.layers = layers
  }

  /// The record as JSON, keys in a fixed order.
  package var json: JSONText {
    .members([
      "unit": .text(unit.rawValue), "limit": .number(limit), "spent": .number(spent),
      "effect": .number(effect), "lowerBound": .number(lowerBound), "exact": .boolean(exact),
      "layers": .list(
        layers.map { layer in
          .members([
            "name": .text(layer.name), "weights": .text(layer.weights),
            "count": .integer(layer.count), "cost": .integer(layer.cost),
            "candidates": .list(
              layer.candidates.map {
                .members([
                  "weights": .text($0.weights), "error": .optional($0.error),
                  "effect": .optional($0.effect),
                ])
              }),
          ])
        }),
    ])
  }
}
