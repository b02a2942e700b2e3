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
  /// Images used for calibration, at most.
  package var calibration = 1024
  /// Chooses the calibration images.
  package var seed: UInt64 = 0
  /// Images per data shard; part of the result, since fp32 sums follow the shards.
  package var shardSize = 128
  package var overrides: [Override] = []

  package init() {}
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
