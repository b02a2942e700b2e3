package import Quantization
internal import Tensors

/// What the weights of a network may take; the bit sets of layers are chosen to keep it.
package struct WeightBudget: Sendable, Equatable {
  /// What is counted.
  package enum Limit: Sendable, Equatable {
    /// Bits that a code needs (`WeightSet.codeBits`), averaged over all quantized weights.
    case averageBits(Double)
    /// Bytes of all layers' weights as they are written: codes in their element type, scales,
    /// offsets, and float weights.
    case bytes(Int)
  }

  package var limit: Limit
  /// Sets to choose from; nil for those that suit the limit.
  package var ownSets: [WeightSet]?

  package init(limit: Limit, sets: [WeightSet]? = nil) {
    self.limit = limit
    ownSets = sets
  }

  /// Sets to choose from, narrowest first. A set that lies within another which costs the same is
  /// left out of the usual ones: `shift1` within `shift2`, and in bytes `shift3` within `int8`.
  package var sets: [WeightSet] {
    let usual: [WeightSet] =
      switch limit {
      case .averageBits: [.ternary, .shift2, .shift3, .int8]
      case .bytes: [.ternary, .shift2, .int8]
      }
    let wanted = ownSets ?? usual
    return WeightSet.allCases.filter(wanted.contains)
  }

  /// What is wrong with it; nil when nothing is.
  package var objection: String? {
    switch limit {
    case .averageBits(let bits):
      guard bits.isFinite, bits > 0, bits <= 64 else {
        return "\(bits) bits per weight are not within 0 … 64"
      }
    case .bytes(let bytes):
      guard bytes > 0, bytes <= 1 << 50 else { return "\(bytes) bytes hold no weights" }
    }
    return sets.isEmpty ? "it names no set of weights to choose from" : nil
  }

  /// What a layer costs: bits of its codes, or bytes.
  ///
  /// - Parameter weights: float layers have no codes; in bytes they cost 4 per weight.
  package func cost(
    of layer: Layer, _ weights: WeightChoice, scale: ScaleGranularity
  ) -> Int {
    switch (limit, weights) {
    case (.averageBits, .float): 0
    case (.averageBits, .set(let set)): set.codeBits * layer.weightCount
    case (.bytes, .float): 4 * layer.weightCount
    case (.bytes, .set(let set)):
      set.storage.byteCount(of: layer.weightCount)
        + 4 * ((scale == .row ? layer.outputs : 1) + layer.outputs)
    }
  }

  /// The most that the layers of `policies` may cost together, in the unit of `cost`.
  func mostCost(of policies: [LayerPolicy]) -> Int {
    switch limit {
    case .averageBits(let bits):
      Int((bits * Double(Self.quantizedWeights(policies))).rounded(.down))
    case .bytes(let bytes): bytes
    }
  }

  /// A cost in the unit of the limit: average bits, or bytes.
  func figure(_ cost: Int, _ policies: [LayerPolicy]) -> Double {
    switch limit {
    case .averageBits: Double(cost) / Double(max(1, Self.quantizedWeights(policies)))
    case .bytes: Double(cost)
    }
  }

  private static func quantizedWeights(_ policies: [LayerPolicy]) -> Int {
    policies.reduce(0) { $1.weights == .float ? $0 : $0 + $1.layer.weightCount }
  }
}

extension WeightSet {
  /// Bits that tell its levels apart: ⌈log₂ levels⌉.
  package var codeBits: Int {
    let count = levels.count
    return Int.bitWidth - (count - 1).leadingZeroBitCount
  }
}
