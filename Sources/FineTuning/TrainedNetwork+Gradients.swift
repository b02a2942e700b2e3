internal import Glibc
internal import Network
internal import Planning
package import Tensors

extension TrainedNetwork {
  /// What the graph's gradients are taken by, layer after layer: weights, gain if it is normalized,
  /// offsets.
  var sources: [ValueID] {
    layers.flatMap { learned in
      [learned.layer.weights, learned.gain, learned.bias].compactMap(\.self)
    }
  }

  /// Everything that the graph sees, in the order of `sources`.
  package func acting(_ parameters: ParameterArrays) -> [Tensor] {
    layers.indices.flatMap { index -> [Tensor] in
      let learned = layers[index]
      let logScales = parameters[.logScale, index]
      let offsets = learned.bias.map { bias in
        Tensor(shape: network.constants[bias]!.shape, values: parameters[.offset, index])
      }
      let (levels, scales) = rows(
        learned, latent: parameters[.latent, index], logScales: logScales)
      guard learned.gain != nil else {
        return [scaled(levels, by: scales, learned.layer), offsets].compactMap(\.self)
      }
      let weights = Tensor(
        shape: network.constants[learned.layer.weights]!.shape, values: levels)
      let gains = Tensor(shape: [logScales.count], values: logScales.map { exp($0) })
      return [weights, gains, offsets].compactMap(\.self)
    }
  }

  /// Rows times their scales, in the shape in which the network has the weights.
  func scaled(_ levels: [Float], by scales: [Float], _ layer: Layer) -> Tensor {
    var values = levels
    for row in scales.indices {
      for place in row * layer.inputs..<(row + 1) * layer.inputs { values[place] *= scales[row] }
    }
    if layer.kind == .linear(storedTransposed: true) {
      values = transposed(values, rows: layer.outputs, columns: layer.inputs)
    }
    return Tensor(shape: network.constants[layer.weights]!.shape, values: values)
  }

  /// Gradients with respect to the parameters from those with respect to what acts: straight
  /// through to the latent weights, ∂s = Σ ∂w · w for the logarithm of a scale, ∂γ · γ for that of
  /// a gain, ∂δ · δ for that of a step.
  ///
  /// - Parameters:
  ///   - found: in the order of `sources`.
  ///   - steps: by the steps themselves.
  func gradients(
    _ found: [Tensor], steps: [Float], at parameters: ParameterArrays, acting: [Tensor]
  ) -> ParameterArrays {
    var result = parameters.zeros
    var place = 0
    for (index, learned) in layers.enumerated() {
      if learned.gain != nil {
        // In units of a level the gradient is already.
        let unit = learned.unit
        result[.latent, index] =
          unit == 1 ? found[place].values : found[place].values.map { $0 * unit }
        result[.logScale, index] = zip(found[place + 1].values, acting[place + 1].values).map(*)
        place += 2
      } else {
        (result[.latent, index], result[.logScale, index]) = gradients(
          found[place], learned, logScales: parameters[.logScale, index], acting: acting[place])
        place += 1
      }
      guard learned.bias != nil else { continue }
      result[.offset, index] = found[place].values
      place += 1
    }
    result.logSteps = zip(steps, self.steps(parameters)).map(*)
    return result
  }

  private func gradients(
    _ found: Tensor, _ learned: LearnedLayer, logScales: [Float], acting: Tensor
  ) -> (latent: [Float], logScales: [Float]) {
    let layer = learned.layer
    var byWeight = found.values
    var values = acting.values
    if layer.kind == .linear(storedTransposed: true) {
      byWeight = transposed(byWeight, rows: layer.inputs, columns: layer.outputs)
      values = transposed(values, rows: layer.inputs, columns: layer.outputs)
    }
    var byScale = logScales
    let unit = learned.unit
    for row in logScales.indices {
      let gain = exp(logScales[row]) * unit
      var sum: Float = 0
      for place in row * layer.inputs..<(row + 1) * layer.inputs {
        sum += byWeight[place] * values[place]
        byWeight[place] *= gain
      }
      byScale[row] = sum
    }
    return (byWeight, byScale)
  }
}
