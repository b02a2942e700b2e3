internal import Glibc

/// How weights and their low-bit copies are drawn together (`WeightSplitting`).
package struct SplittingSettings: Sendable, Equatable, Codable {
  /// ρ before the first dual update and before the last; it rises geometrically from one to the
  /// other. In loss per image and squared level.
  package var firstPenalty: Double
  package var lastPenalty: Double
  /// Steps from one projection and dual update to the next.
  package var dualSteps: Int
  /// Whether the gradient of a step is that where a first step would lead.
  package var extragradient: Bool
  /// The rate of that first step, as a share of the step's own.
  package var prediction: Double

  package init(
    firstPenalty: Double = 0.001, lastPenalty: Double = 0.1, dualSteps: Int = 20,
    extragradient: Bool = true, prediction: Double = 1
  ) {
    self.firstPenalty = firstPenalty
    self.lastPenalty = lastPenalty
    self.dualSteps = dualSteps
    self.extragradient = extragradient
    self.prediction = prediction
  }

  /// ρ after so many dual updates of a fine-tune.
  package func penalty(updates: Int, totalSteps: Int) -> Double {
    let last = max(1, (totalSteps + dualSteps - 1) / dualSteps - 1)
    let place = Double(min(updates, last)) / Double(last)
    return firstPenalty * pow(lastPenalty / firstPenalty, place)
  }
}

extension SplittingSettings {
  /// What is wrong with the settings; nil when nothing is.
  ///
  /// - Parameters:
  ///   - rate: the highest of weights.
  ///   - isScaled: whether an optimizer scales gradients, so that no rate is too high for ρ.
  func objection(rate: Double, isScaled: Bool) -> String? {
    // Written so that NaN is refused.
    for (name, penalty) in [("first penalty", firstPenalty), ("last penalty", lastPenalty)]
    where !(penalty > 0 && penalty <= 1_000) {
      return "\(name) \(penalty) is not above 0 and at most 1000"
    }
    guard firstPenalty <= lastPenalty else {
      return "the first penalty \(firstPenalty) is above the last, \(lastPenalty)"
    }
    guard (1...1 << 20).contains(dualSteps) else {
      return "\(dualSteps) steps from one dual update to the next cannot be"
    }
    guard prediction > 0 && prediction <= 10 else {
      return "prediction \(prediction) is not above 0 and at most 10"
    }
    // The gradient at the predicted weights has (1 − β ρ) of the penalty, and loses that of the
    // loss with it.
    let product = prediction * rate * lastPenalty
    guard isScaled || !extragradient || product <= 0.5 else {
      return "prediction × rate × last penalty is \(product), above 0.5: the predicted step would "
        + "jump over the copies"
    }
    return nil
  }
}
