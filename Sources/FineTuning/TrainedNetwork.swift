internal import Glibc
package import Network
package import Planning
package import Quantization

/// A low-bit network with the parameters that a fine-tune learns.
///
/// Of a row with latent weights v, logarithm of scale s and level set L the network sees
/// e^s · a · q, where q are levels of L: with a learned scale a = 1 and q is nearest to v; with a
/// projected one a, q = argmin ‖v − a·q‖², found exactly, and e^s is a gain. Gradients go straight
/// through both. A row of floating-point weights is e^s · v.
///
/// Where weights are split (`WeightSplitting`), rows of few levels are e^s · v too while they
/// learn, and what is deployed are the copies, which are projected.
///
/// A normalized layer is a convolution behind which a batch normalization stands while it learns:
/// its rows act as q, and e^s is the gain γ behind the batch's own mean and deviation, so that no
/// move of weights or codes shifts what is behind it. In the deployed network running mean and
/// variance μ, σ² make of it the scale γ / √(σ² + ε) and the offset β − μ · scale.
package struct TrainedNetwork: Sendable {
  /// A layer whose weights and offsets are learned.
  package struct LearnedLayer: Sendable {
    package let layer: Layer
    /// The network's bias of the layer; nil for one without, as a matrix product is: it has no
    /// offsets then, and what is added behind it stays.
    package let bias: ValueID?
    /// Nil for floating-point weights.
    package let set: WeightSet?
    /// Significant bits of its scales; nil for all of fp32's.
    package let scaleBits: Int?
    let levels: LevelTable?
    /// γ in the graph that learns; nil for a layer that is not normalized.
    package var gain: ValueID?

    /// Levels per unit of a latent weight: one rate is then as large for weights of 255 levels.
    var unit: Float { self.set == .int8 ? 32 : 1 }
  }

  package let network: Network
  /// `network` with the batch normalizations that stand in it while it learns.
  package let graph: Network
  package private(set) var layers: [LearnedLayer]
  /// Outputs of the quantizers whose steps are learned, and these quantizers.
  package let sites: [ValueID]
  package let quantizers: [ActivationQuantizer]
  /// Whether scales follow from the latent weights by projection.
  package private(set) var projects: Bool
  /// Whether latent weights act as they are, but those of int8, whose levels are near anyway.
  package private(set) var relaxes: Bool

  /// - Parameters:
  ///   - network: with codes and low-bit weights in place; what has neither stays as it is.
  ///   - sets: the level set of each low-bit layer, by name; none to learn codes for float weights.
  ///   - projects: whether rows are projected exactly in each step, or have learned scales.
  ///   - relaxes: whether latent weights act as they are.
  ///   - normalizes: whether convolutions are normalized.
  /// - Throws: `.nothingToLearn`.
  package init(
    _ network: Network, sets: [String: WeightSet], projects: Bool, relaxes: Bool = false,
    normalizes: Bool
  ) throws(FineTuningError) {
    self.network = network
    self.projects = projects
    self.relaxes = relaxes
    var layers = network.layers.map { layer in
      let set = sets[layer.name]
      return LearnedLayer(
        layer: layer, bias: layer.bias, set: set,
        scaleBits: set == nil || network.quantizer(before: layer.name) == nil
          ? nil : ExactSums.usefulBits.upperBound, levels: set.map { LevelTable($0) })
    }
    var sites: [ValueID] = []
    var quantizers: [ActivationQuantizer] = []
    for node in network.nodes {
      // Wide codes lose nothing that a better step could give back.
      if case .quantize(let quantizer) = node.operation, quantizer.bits < 8 {
        sites.append(node.outputs[0])
        quantizers.append(quantizer)
      }
    }
    self.sites = sites
    self.quantizers = quantizers
    guard !layers.isEmpty else { throw .nothingToLearn(network: network.name) }
    graph = normalizes ? network.normalizing(&layers) : network
    self.layers = layers
  }

  /// Outputs of the batch normalizations, in order of their layers.
  var measured: [ValueID] { layers.filter { $0.gain != nil }.map(\.layer.output) }

  /// int8 levels are too fine for a scale to matter.
  func isProjected(_ learned: LearnedLayer) -> Bool {
    projects && !relaxes && learned.set != nil && learned.set != .int8
  }

  /// Whether the latent weights of a low-bit layer act as they are.
  func isSplit(_ learned: LearnedLayer) -> Bool {
    relaxes && learned.set != nil && learned.set != .int8
  }

  /// The network whose weights act as they are deployed.
  package var deployedForm: TrainedNetwork {
    guard relaxes else { return self }
    var form = self
    form.relaxes = false
    form.projects = true
    return form
  }

  func projected(
    _ row: [Float], _ learned: LearnedLayer
  ) -> (codes: [Int8], scale: Float) {
    var codes = [Int8](repeating: 0, count: row.count)
    var workspace = ProjectionWorkspace()
    var span = codes.mutableSpan
    let scale = project(
      row.span, onto: learned.set!, codes: &span, workspace: &workspace)
    return (codes, Float(scale))
  }

  /// The rows of one layer as they act: levels, and the scale of each row.
  func rows(
    _ learned: LearnedLayer, latent: [Float], logScales: [Float]
  ) -> (levels: [Float], scales: [Float]) {
    let stride = learned.layer.inputs
    var levels = latent
    var scales = logScales.map { exp($0) }
    if isSplit(learned) { return (levels, scales) }
    if isProjected(learned) {
      for row in scales.indices {
        let place = row * stride..<(row + 1) * stride
        let (codes, scale) = projected(Array(latent[place]), learned)
        scales[row] *= scale
        for (index, code) in zip(place, codes) { levels[index] = Float(code) }
      }
    } else if let table = learned.levels {
      let unit = learned.unit
      let limit = table.levels[table.levels.count - 1]
      levels =
        learned.set == .int8
        ? latent.map {
          min(max(($0 * unit).rounded(.toNearestOrEven), -limit), limit)
        }
        : latent.map { table.nearest(to: $0) }
    }
    if let bits = learned.scaleBits, learned.gain == nil {
      scales = scales.map { roundedToSignificantBits($0, bits: bits) }
    }
    return (levels, scales)
  }
}
