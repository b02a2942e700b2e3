internal import Glibc
package import Network
package import Planning
package import Quantization
internal import Tensors

/// A low-bit network with the parameters that a fine-tune learns.
///
/// Of a row with latent weights v, logarithm of scale s and level set L the network sees
/// e^s · a · q, where q are levels of L: with a learned scale a = 1 and q is nearest to v; with a
/// projected one a, q = argmin ‖v − a·q‖², found exactly, and e^s is a gain. Gradients go straight
/// through both. A row of floating-point weights is e^s · v.
package struct TrainedNetwork: Sendable {
  /// A layer whose weights and offsets are learned.
  package struct LearnedLayer: Sendable {
    package let layer: Layer
    /// The network's bias of the layer.
    package let bias: ValueID
    /// Nil for floating-point weights.
    package let set: WeightSet?
    /// Significant bits of its scales; nil for all of fp32's.
    package let scaleBits: Int?
    let levels: LevelTable?

    /// Levels per unit of a latent weight: one rate is then as large for weights of 255 levels.
    var unit: Float { self.set == .int8 ? 32 : 1 }
  }

  package let network: Network
  package let layers: [LearnedLayer]
  /// Outputs of the quantizers whose steps are learned, and these quantizers.
  package let sites: [ValueID]
  package let quantizers: [ActivationQuantizer]
  /// Whether scales follow from the latent weights by projection.
  package let projects: Bool

  /// - Parameters:
  ///   - network: with codes and low-bit weights in place; what has neither stays as it is.
  ///   - sets: the level set of each low-bit layer, by name.
  ///   - projects: whether rows are projected exactly in each step, or have learned scales.
  /// - Throws: `.nothingToLearn`.
  package init(
    _ network: Network, sets: [String: WeightSet], projects: Bool
  ) throws(FineTuningError) {
    self.network = network
    self.projects = projects
    layers = network.layers.compactMap { layer in
      guard let bias = layer.bias else { return nil }
      let set = sets[layer.name]
      return LearnedLayer(
        layer: layer, bias: bias, set: set,
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
  }

  /// What is learned, as the network has it now.
  ///
  /// - Parameter reference: the full-precision network: latent weights lie off their levels
  ///   towards its weights, so that those that are nearly undecided are the first to move.
  package func start(reference: Network) -> ParameterArrays {
    let originals = Dictionary(
      reference.layers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var arrays: [[Float]] = []
    for learned in layers {
      let layer = learned.layer
      let rows = network.weightRows(of: layer).values
      let offsets = network.biasValues(of: layer)
      guard let set = learned.set,
        case .quantized(let stored)? = network.constants[layer.weights]
      else {
        let scales = (0..<layer.outputs).map { row in
          let values = rows[row * layer.inputs..<(row + 1) * layer.inputs]
          let mean = values.reduce(0) { $0 + $1 * $1 } / Float(layer.inputs)
          return mean > 0 ? mean.squareRoot() : 1
        }
        arrays.append(rows.indices.map { rows[$0] / scales[$0 / layer.inputs] })
        arrays.append(scales.map { log($0) })
        arrays.append(offsets)
        continue
      }
      let scales =
        stored.scales.count == 1
        ? [Float](repeating: stored.scales[0], count: layer.outputs) : stored.scales
      let codes = rows.indices.map { Int8((rows[$0] / scales[$0 / layer.inputs]).rounded()) }
      let wanted = originals[layer.name].map { reference.weightRows(of: $0).values } ?? rows
      let state = RefinementState.LayerState(
        LayerSolution(
          layer: layer.name, weights: set, codes: codes, scales: scales, offsets: offsets),
        weights: wanted.count == rows.count ? wanted : rows, scaleBits: learned.scaleBits)
      arrays += [
        state.latent.map { $0 / learned.unit }, gains(of: state, learned), state.offsets,
      ]
    }
    arrays.append(quantizers.map { log($0.step) })
    return ParameterArrays(arrays: arrays)
  }

  /// Logarithms of scales that keep a row's size where its scale is projected.
  private func gains(
    of state: RefinementState.LayerState, _ learned: LearnedLayer
  ) -> [Float] {
    guard isProjected(learned) else { return state.logScales }
    let stride = learned.layer.inputs
    return state.logScales.indices.map { row in
      let scale = projected(Array(state.latent[row * stride..<(row + 1) * stride]), learned).scale
      return state.logScales[row] - (scale > 0 ? log(scale) : 0)
    }
  }

  /// int8 levels are too fine for a scale to matter.
  private func isProjected(_ learned: LearnedLayer) -> Bool {
    projects && learned.set != nil && learned.set != .int8
  }

  private func projected(
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
    if isProjected(learned) {
      for row in scales.indices {
        let place = row * stride..<(row + 1) * stride
        let (codes, scale) = projected(Array(latent[place]), learned)
        scales[row] *= scale
        for (index, code) in zip(place, codes) { levels[index] = Float(code) }
      }
    } else if let table = learned.levels {
      let limit = table.levels[table.levels.count - 1]
      levels =
        learned.set == .int8
        ? latent.map {
          min(max(($0 * learned.unit).rounded(.toNearestOrEven), -limit), limit)
        }
        : latent.map { table.nearest(to: $0) }
    }
    if let bits = learned.scaleBits {
      scales = scales.map { roundedToSignificantBits($0, bits: bits) }
    }
    return (levels, scales)
  }

  /// The code steps that the parameters stand for, each as short as its site's own.
  package func steps(_ parameters: ParameterArrays) -> [Float] {
    zip(parameters.arrays[layers.count * 3], quantizers).map { logStep, quantizer in
      roundedToSignificantBits(
        exp(logStep), bits: StepFit.significantBits(bits: quantizer.bits))
    }
  }

  /// The low-bit layers that the parameters stand for, as they are deployed.
  package func solutions(_ parameters: ParameterArrays) -> [LayerSolution] {
    let steps = Dictionary(uniqueKeysWithValues: zip(sites, self.steps(parameters)))
    return layers.enumerated().compactMap { index, learned in
      guard let set = learned.set else { return nil }
      let (levels, scales) = rows(
        learned, latent: parameters.arrays[index * 3],
        logScales: parameters.arrays[index * 3 + 1])
      let state = RefinementState.LayerState(
        name: learned.layer.name, weights: set, latent: levels, logScales: scales.map { log($0) },
        offsets: parameters.arrays[index * 3 + 2], scaleBits: learned.scaleBits)
      return state.solution(
        quantizer: network.quantizer(before: learned.layer.name),
        inputStep: steps[learned.layer.input])
    }
  }

  /// The network with the parameters in place, as it is deployed.
  package func applying(_ parameters: ParameterArrays) throws(PlanningError) -> Network {
    var result = network
    for solution in solutions(parameters) { result = try result.applying(solution) }
    for (index, learned) in layers.enumerated() where learned.set == nil {
      let acting = actingWeights(index, parameters)
      result.constants[learned.layer.weights] = .stored(StoredTensor(acting.weights))
      result.constants[learned.bias] = .stored(StoredTensor(acting.offsets))
    }
    return result
  }
}
