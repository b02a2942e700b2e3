/// What a refinement has learned of a block: continuous parameters from which low-bit layers are
/// read off.
package struct RefinementState: Sendable, Equatable {
  /// One layer: weights in units of their scale, which become codes at the nearest level.
  package struct LayerState: Sendable, Equatable {
    package var name: String
    package var weights: WeightSet
    /// `[outputs, inputs]`.
    package var latent: [Float]
    /// Natural logarithms, one per output or one for the layer.
    package var logScales: [Float]
    package var offsets: [Float]
    /// Significant bits that a scale may have; nil for all of fp32's.
    package var scaleBits: Int?
    /// Mean of levels · input per output, over the samples last seen: an output keeps its mean
    /// under another scale if its offset moves by the difference times this. Empty where none was
    /// seen.
    package var centres: [Float]

    package init(
      name: String, weights: WeightSet, latent: [Float], logScales: [Float], offsets: [Float],
      scaleBits: Int?, centres: [Float] = []
    ) {
      self.name = name
      self.weights = weights
      self.latent = latent
      self.logScales = logScales
      self.offsets = offsets
      self.scaleBits = scaleBits
      self.centres = centres
    }
  }

  package var layers: [LayerState]
  /// Natural logarithms of the code steps that are learned, in order of their sites' nodes.
  package var logSteps: [Float]

  package init(layers: [LayerState], logSteps: [Float]) {
    self.layers = layers
    self.logSteps = logSteps
  }

  /// The element-wise mean of states of one block, added in order.
  package static func mean(_ states: [RefinementState]) -> RefinementState {
    precondition(!states.isEmpty, "a mean of nothing")
    var result = states[0]
    func mean(_ values: (RefinementState) -> [Float]) -> [Float] {
      var sums = values(states[0]).map { Double($0) }
      for state in states.dropFirst() {
        let addends = values(state)
        precondition(addends.count == sums.count, "states of different blocks")
        for index in sums.indices { sums[index] += Double(addends[index]) }
      }
      return sums.map { Float($0 / Double(states.count)) }
    }
    for index in result.layers.indices {
      result.layers[index].latent = mean { $0.layers[index].latent }
      result.layers[index].logScales = mean { $0.layers[index].logScales }
      result.layers[index].offsets = mean { $0.layers[index].offsets }
      result.layers[index].centres = mean { $0.layers[index].centres }
    }
    result.logSteps = mean { $0.logSteps }
    return result
  }
}
