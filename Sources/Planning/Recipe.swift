package import Quantization

/// Everything that decides what a run computes, apart from the model and the data.
///
/// Two runs with equal recipes, models, data and numeric kernels give the same bytes.
package struct Recipe: Sendable, Equatable {
  /// What is done with the first and the last layer.
  package enum EndLayers: String, Sendable, CaseIterable {
    case float
    case int8
    /// As every other layer.
    case same
  }

  /// Which networks the regression's inputs and targets come from.
  package enum Order: String, Sendable, CaseIterable {
    /// Layers in order; inputs from the already quantized prefix.
    case asymmetric
    /// All layers at once; inputs from the network whose weights are still float.
    case concurrent
  }

  /// What is done after the layers of a block are solved.
  package enum Refinement: String, Sendable, CaseIterable {
    case none
    /// Codes, scales, offsets and code steps of a block are learned together.
    case block
  }

  /// Exceptions for the layers whose name matches a pattern.
  package struct Override: Sendable, Equatable {
    /// A layer name in which `*` stands for any characters.
    package var pattern: String
    /// nil keeps what the recipe says elsewhere.
    package var weights: WeightChoice?
    package var activations: ActivationChoice?

    package init(pattern: String, weights: WeightChoice?, activations: ActivationChoice?) {
      self.pattern = pattern
      self.weights = weights
      self.activations = activations
    }
  }

  package var weights = WeightChoice.set(.ternary)
  package var activations = ActivationChoice.bits(2)
  package var method = SolverMethod.tsq
  /// What the data-free methods may still take from data. Scale and offset are what re-estimating
  /// batch normalization would give them, so that methods differ in their codes alone.
  package var baselineRefit = BaselineRefit.scaleAndOffset
  package var endLayers = EndLayers.int8
  package var order = Order.asymmetric
  package var scale = ScaleGranularity.row
  /// nil for what the method does of itself: `tsq` refines, the others do not.
  package var refinement: Refinement?
  /// nil for those that suit the activations.
  package var ownRefinementSettings: RefinementSettings?
  /// Images used for calibration, at most.
  package var calibration = 1024
  /// Chooses the calibration images.
  package var seed: UInt64 = 0
  /// Images per data shard at most; part of the result, since fp32 sums follow the shards.
  package var shardSize = 128
  package var overrides: [Override] = []
  /// Decides the sets of weights that nothing else pins; nil where `weights` does.
  package var budget: WeightBudget?
  package var solver = SolverTuning()

  package init() {}

  /// How blocks are refined.
  package var refinementSettings: RefinementSettings {
    if let ownRefinementSettings { return ownRefinementSettings }
    var settings = RefinementSettings()
    // Without the codes' error the solver's codes are nearly the best for the block too, and a
    // search by gradients loses more than it finds: only scales and offsets move.
    if activations == .float { settings.weightRate = 0.003 }
    return settings
  }

  /// Whether blocks are refined: in the asymmetric order alone, since in the concurrent one no
  /// block has its inputs from refined ones.
  package var refinesBlocks: Bool {
    order == .asymmetric && (refinement ?? (method == .tsq ? .block : .none)) == .block
  }
}

extension Recipe {
  /// Whether the covariance of a layer's inputs would not fit the memory, so that it is solved from
  /// samples.
  package func solvesFromSamples(_ layer: Layer) -> Bool {
    SolverMemory.bytes(inputs: layer.inputs, iterates: false) > solver.memoryLimit
  }

  /// Shards that together hold as many images as one of small images; tasks whose results are large
  /// measure so many of them, and one worker keeps them together.
  package var shardsPerGroup: Int { max(1, Self.imagesPerGroup / shardSize) }

  private static let imagesPerGroup = 128
  /// Bytes of one shard's images, from which the size of all that is computed from them follows.
  private static let shardByteLimit = 24 << 20
  private static let leastShardSize = 8

  /// Makes shards smaller where images are large, so that a shard's values fit a worker.
  /// - Parameter valuesPerImage: numbers in one image.
  package mutating func fitShards(valuesPerImage: Int) {
    while shardSize > Self.leastShardSize, shardSize * valuesPerImage * 4 > Self.shardByteLimit {
      shardSize /= 2
    }
  }
}

/// Settings of the layer solver that a recipe changes; nil keeps the solver's own.
package struct SolverTuning: Sendable, Equatable {
  /// Pull towards the given weights, as a share of the mean input variance; at least 0.
  package var ridge: Double?
  package var iterations: Int?
  /// The ramp of ADMM's penalty, relative to the mean eigenvalue of the input covariance.
  package var firstPenalty: Double?
  package var lastPenalty: Double?
  /// How often the search tries to leave a fixed point.
  package var kicks: Int?
  /// GiB that the covariance of a layer may take; wider layers are solved from samples.
  package var memory: Double?

  package init() {}

  /// The same in bytes.
  var memoryLimit: Int {
    memory.map { Int(($0 * Double(1 << 30)).rounded()) } ?? SolverMemory.limit
  }

  /// The settings for a layer of so many inputs.
  package func settings(
    method: SolverMethod, inputs: Int, refit: BaselineRefit, largestExactCode: Int?
  ) -> SolverSettings {
    let usual = SolverSettings()
    return SolverSettings(
      method: method, ridge: ridge ?? usual.ridge,
      admm: ADMMSettings(
        iterations: iterations ?? ADMMSettings.iterations(inputs: inputs),
        firstPenalty: firstPenalty ?? usual.admm.firstPenalty,
        lastPenalty: lastPenalty ?? usual.admm.lastPenalty),
      escapeKicks: kicks ?? usual.escapeKicks, baselineRefit: refit,
      largestExactCode: largestExactCode)
  }

  /// What is wrong with the settings; nil when nothing is.
  package var objection: String? {
    if let ridge, !(ridge >= 0 && ridge.isFinite) { return "ridge \(ridge) is negative" }
    if let iterations, iterations < 1 { return "iterations \(iterations) are too few" }
    if let kicks, kicks < 0 { return "kicks \(kicks) are too few" }
    let most = Double(SolverMemory.limit >> 30)
    if let memory, !(memory >= 0 && memory <= most) {
      return "memory \(memory) is not within 0 … \(most) GiB"
    }
    let first = firstPenalty ?? ADMMSettings().firstPenalty
    let last = lastPenalty ?? ADMMSettings().lastPenalty
    guard first > 0, last >= first, last.isFinite else {
      return "the penalties must rise from above 0, not from \(first) to \(last)"
    }
    return nil
  }
}

/// The weights of a layer: left as they are, or codes of a set.
package enum WeightChoice: Sendable, Equatable {
  case float
  case set(WeightSet)

  package init?(name: String) {
    if name == "float" {
      self = .float
    } else if let set = WeightSet(rawValue: name) {
      self = .set(set)
    } else {
      return nil
    }
  }

  package var name: String {
    switch self {
    case .float: "float"
    case .set(let set): set.rawValue
    }
  }
}

/// The inputs of a layer: left as they are, or codes of some width.
package enum ActivationChoice: Sendable, Equatable {
  case float
  case bits(Int)

  package static let widths = [1, 2, 3, 4, 8]

  package init?(name: String) {
    if name == "float" {
      self = .float
    } else if let bits = Int(name), Self.widths.contains(bits) {
      self = .bits(bits)
    } else {
      return nil
    }
  }

  package var name: String {
    switch self {
    case .float: "float"
    case .bits(let bits): "\(bits)"
    }
  }
}
