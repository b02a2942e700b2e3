/// How a block is refined.
package struct RefinementSettings: Sendable, Equatable {
  /// Passes over the images, in all rounds together.
  package var epochs: Int
  /// Rounds after which the shares of the images exchange what they have learned.
  package var rounds: Int
  /// Images per step.
  package var batchSize: Int
  /// Adam's first rates: of weights in units of their scale, of logarithms of scales and code
  /// steps, and of offsets.
  package var weightRate: Double
  package var scaleRate: Double
  package var stepRate: Double
  package var offsetRate: Double
  /// How far weights are drawn to the nearest level in each step, at the end.
  package var damping: Double
  /// The share of values that stay in full precision where they would become codes, while
  /// learning.
  package var dropping: Double

  package init(
    epochs: Int = 6, rounds: Int = 1, batchSize: Int = 16, weightRate: Double = 0.03,
    scaleRate: Double = 0.002, stepRate: Double = 0.005, offsetRate: Double = 0.002,
    damping: Double = 0.02, dropping: Double = 0
  ) {
    precondition(epochs > 0 && rounds > 0 && batchSize > 0, "a refinement takes steps")
    self.epochs = epochs
    self.rounds = rounds
    self.batchSize = batchSize
    self.weightRate = weightRate
    self.scaleRate = scaleRate
    self.stepRate = stepRate
    self.offsetRate = offsetRate
    self.damping = damping
    self.dropping = dropping
  }
}
