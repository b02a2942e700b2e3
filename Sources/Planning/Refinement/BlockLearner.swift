internal import Glibc
package import Network
package import Quantization

/// The learned parameters of a block with their optimizer.
struct BlockLearner {
  private(set) var state: RefinementState
  private let settings: RefinementSettings
  private let quantizers: [ActivationQuantizer]
  private let levels: [LevelTable]
  /// Per layer: weights, scales, offsets.
  private var moments: [(AdamMoments, AdamMoments, AdamMoments)]
  private var stepMoments: AdamMoments

  init(
    _ state: RefinementState, plan: BlockPlan, settings: RefinementSettings,
    quantizers: [ActivationQuantizer]
  ) {
    precondition(state.layers.map(\.name) == plan.learned, "a state of another block")
    precondition(state.logSteps.count == quantizers.count, "one step per code site")
    self.state = state
    self.settings = settings
    self.quantizers = quantizers
    levels = state.layers.map { LevelTable($0.weights) }
    moments = state.layers.map {
      (
        AdamMoments(count: $0.latent.count), AdamMoments(count: $0.logScales.count),
        AdamMoments(count: $0.offsets.count)
      )
    }
    stepMoments = AdamMoments(count: state.logSteps.count)
  }

  /// The parameters as they act: levels, scales and steps with the bits that they may have.
  var parameters: BlockParameters {
    BlockParameters(
      weights: state.layers.indices.map { place in
        let layer = state.layers[place]
        let scales = layer.scales
        let stride = layer.latent.count / layer.offsets.count
        let table = levels[place]
        return layer.latent.indices.map { index in
          table.nearest(to: layer.latent[index])
            * scales[scales.count == 1 ? 0 : index / stride]
        }
      },
      offsets: state.layers.map(\.offsets), steps: steps)
  }

  /// The code steps that the state stands for.
  var steps: [Float] { state.steps(of: quantizers) }

  var zeroGradients: BlockGradients {
    BlockGradients(
      weights: state.layers.map { [Float](repeating: 0, count: $0.latent.count) },
      offsets: state.layers.map { [Float](repeating: 0, count: $0.offsets.count) },
      logSteps: [Double](repeating: 0, count: state.logSteps.count))
  }

  /// Moves everything against its gradient.
  ///
  /// - Parameters:
  ///   - gradients: with respect to `parameters`.
  ///   - progress: 0 … 1; rates fall, and damping rises, along half a cosine.
  mutating func step(
    _ gradients: BlockGradients, _ parameters: BlockParameters, progress: Double
  ) {
    let fall = 0.5 * (1 + cos(Double.pi * progress))
    let damping = Float(settings.damping * (1 - fall))
    for place in state.layers.indices {
      let scales = state.layers[place].scales
      let rows = state.layers[place].offsets.count
      let stride = state.layers[place].latent.count / rows
      var byLatent = gradients.weights[place]
      var byLogScale = [Float](repeating: 0, count: scales.count)
      for row in 0..<rows {
        let group = scales.count == 1 ? 0 : row
        var sum: Float = 0
        for index in row * stride..<(row + 1) * stride {
          sum += byLatent[index] * parameters.weights[place][index]
          byLatent[index] *= scales[group]
        }
        byLogScale[group] += sum
      }
      moments[place].0.step(
        &state.layers[place].latent, gradients: byLatent, rate: settings.weightRate * fall)
      moments[place].1.step(
        &state.layers[place].logScales, gradients: byLogScale, rate: settings.scaleRate * fall)
      moments[place].2.step(
        &state.layers[place].offsets, gradients: gradients.offsets[place],
        rate: settings.offsetRate * fall)
      let table = levels[place]
      mapInPlace(&state.layers[place].latent) { $0 - damping * ($0 - table.nearest(to: $0)) }
    }
    guard !state.logSteps.isEmpty else { return }
    stepMoments.step(
      &state.logSteps, gradients: gradients.logSteps.map { Float($0) },
      rate: settings.stepRate * fall)
  }
}

extension RefinementState {
  /// The code steps that it stands for, each as short as the site's own.
  func steps(of quantizers: [ActivationQuantizer]) -> [Float] {
    zip(logSteps, quantizers).map { logStep, quantizer in
      // Steps with few significant bits keep sums of narrow codes exact in fp32.
      roundedToSignificantBits(
        exp(logStep), bits: StepFit.significantBits(bits: quantizer.bits))
    }
  }

  /// The low-bit layers that it stands for.
  package func solutions(
    plan: BlockPlan, network: Network
  ) -> [LayerSolution] {
    let quantizers = plan.sites.compactMap { index -> ActivationQuantizer? in
      if case .quantize(let quantizer) = network.nodes[index].operation { return quantizer }
      return nil
    }
    let steps = steps(of: quantizers)
    return zip(layers, plan.siteOfLayer).map { layer, site in
      layer.solution(
        quantizer: network.quantizer(before: layer.name), inputStep: site.map { steps[$0] })
    }
  }
}
