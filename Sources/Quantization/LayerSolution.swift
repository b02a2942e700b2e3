/// The low-bit form of one layer: what replaces its weights and bias.
package struct LayerSolution: Sendable, Equatable {
  /// The layer's name.
  package let layer: String
  package let weights: WeightSet
  /// `[outputs, inputs]`, row-major.
  package let codes: [Int8]
  /// One per output, or one for the layer.
  package let scales: [Float]
  /// The bias `[outputs]` that goes with the codes.
  package let offsets: [Float]
  /// The step of the codes that the layer reads, where it is not the one that was calibrated.
  package let inputStep: Float?

  package init(
    layer: String, weights: WeightSet, codes: [Int8], scales: [Float], offsets: [Float],
    inputStep: Float? = nil
  ) {
    self.layer = layer
    self.weights = weights
    self.codes = codes
    self.scales = scales
    self.offsets = offsets
    self.inputStep = inputStep
  }

  /// The share of codes that are zero.
  package var zeroFraction: Double {
    codes.isEmpty ? 0 : Double(codes.count { $0 == 0 }) / Double(codes.count)
  }
}
