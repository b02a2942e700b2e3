/// How a network is fine-tuned.
package struct FineTuningSettings: Sendable, Equatable, Codable {
  /// What turns gradients into moves.
  package enum Optimizer: String, Sendable, CaseIterable, Codable {
    /// Gradient descent with momentum 0.9.
    case momentum
    /// Adam with decoupled weight decay, β₁ = 0.9, β₂ = 0.999.
    case adam
  }

  /// What is learned.
  package enum Mode: String, Sendable, CaseIterable, Codable {
    /// Weights, straight through their rounding, scales, offsets and code steps.
    case full
    /// Scales, offsets and code steps; weights keep their codes.
    case scales
    /// As `full`, but weights and their low-bit copies are drawn together (`WeightSplitting`).
    case admm

    /// The highest rate of weights where none is given. Weights that act as they are must move
    /// slower than those of which most stay at their level.
    package var usualRate: Double { self == .admm ? 0.003 : 0.02 }
  }

  package var mode: Mode
  /// Of mode `admm`.
  package var splitting: SplittingSettings
  /// Passes over the images.
  package var epochs: Int
  /// Images per step: `shards` shards of `shardSize` images each, whoever computes them.
  package var shards: Int
  package var shardSize: Int
  package var optimizer: Optimizer
  /// The highest rate of latent weights, in units of their row's first scale.
  package var weightRate: Double
  /// The highest rate of offsets, and of logarithms of scales and of code steps.
  package var scaleRate: Double
  /// Of latent weights, per unit of rate; scales, offsets and code steps do not decay.
  package var decay: Double
  /// The share of all steps over which rates rise to their highest.
  package var warmUp: Double
  /// Whether batch normalizations stand behind the convolutions while they learn.
  package var normalizes: Bool
  /// Of the distillation: both networks' logits are divided by it.
  package var temperature: Double
  /// The weight of cross-entropy with the labels; 0 for none.
  package var labelWeight: Double
  /// The weight of the squared error of block outputs (`FeatureLoss`); 0 for none.
  package var features: Double
  /// Pixels by which images are moved at most, each way; 0 for none.
  package var shift: Int
  /// Whether images are mirrored at random.
  package var mirrors: Bool
  /// The share of images into which another one is mixed, until the last tenth of the epochs; 0 for
  /// none.
  package var mixing: Double
  /// Images over which mean and variance of normalized layers are measured before the network is
  /// deployed; 0 to keep running ones.
  package var statistics: Int
  /// Decides the order of images and their augmentation.
  package var seed: UInt64

  package init(
    epochs: Int, shards: Int = 4, shardSize: Int = 32, optimizer: Optimizer = .adam,
    weightRate: Double = 0.02, scaleRate: Double = 0.003, decay: Double = 0,
    warmUp: Double = 0.05, normalizes: Bool = true, temperature: Double = 4,
    labelWeight: Double = 0, features: Double = 0, shift: Int = 4,
    mirrors: Bool = true, mixing: Double = 0, statistics: Int = 0, seed: UInt64 = 0,
    mode: Mode = .full, splitting: SplittingSettings = SplittingSettings()
  ) {
    precondition(epochs > 0 && shards > 0 && shardSize > 0, "a fine-tune takes steps")
    precondition(temperature > 0, "a temperature is positive")
    self.epochs = epochs
    self.shards = shards
    self.shardSize = shardSize
    self.optimizer = optimizer
    self.weightRate = weightRate
    self.scaleRate = scaleRate
    self.decay = decay
    self.warmUp = warmUp
    self.normalizes = normalizes
    self.temperature = temperature
    self.labelWeight = labelWeight
    self.features = features
    self.shift = shift
    self.mirrors = mirrors
    self.mixing = mixing
    self.statistics = statistics
    self.seed = seed
    self.mode = mode
    self.splitting = splitting
  }

  /// Images per step.
  package var batchSize: Int { shards * shardSize }
}
