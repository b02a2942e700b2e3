internal import Glibc
internal import Network
internal import Planning
package import Tensors

extension TrainedNetwork {
  /// Weights and bias of the layer at `index` as the network sees them, in the shapes it has them.
  func actingWeights(
    _ index: Int, _ parameters: ParameterArrays
  ) -> (weights: Tensor, offsets: Tensor) {
    let learned = layers[index]
    let layer = learned.layer
    let (levels, scales) = rows(
      learned, latent: parameters.arrays[index * 3], logScales: parameters.arrays[index * 3 + 1])
    var values = levels
    for row in scales.indices {
      for place in row * layer.inputs..<(row + 1) * layer.inputs { values[place] *= scales[row] }
    }
    if layer.kind == .linear(storedTransposed: true) {
      values = transposed(values, rows: layer.outputs, columns: layer.inputs)
    }
    return (
      Tensor(shape: network.constants[layer.weights]!.shape, values: values),
      Tensor(
        shape: network.constants[learned.bias]!.shape, values: parameters.arrays[index * 3 + 2])
    )
  }

  /// Everything that the network sees: weights and offsets in turns.
  package func acting(_ parameters: ParameterArrays) -> [Tensor] {
    layers.indices.flatMap { index -> [Tensor] in
      let (weights, offsets) = actingWeights(index, parameters)
      return [weights, offsets]
    }
  }

  /// Gradients with respect to the parameters from those with respect to what acts: straight
  /// through to the latent weights, ∂s = Σ ∂w · w for the logarithm of a scale, ∂δ · δ for that of
  /// a step.
  ///
  /// - Parameters:
  ///   - weights: in the order of `acting`.
  ///   - steps: by the steps themselves.
  func gradients(
    _ weights: [Tensor], steps: [Float], at parameters: ParameterArrays, acting: [Tensor]
  ) -> ParameterArrays {
    var result = parameters.zeros
    for (index, learned) in layers.enumerated() {
      let layer = learned.layer
      var byWeight = weights[index * 2].values
      var values = acting[index * 2].values
      if layer.kind == .linear(storedTransposed: true) {
        byWeight = transposed(byWeight, rows: layer.inputs, columns: layer.outputs)
        values = transposed(values, rows: layer.inputs, columns: layer.outputs)
      }
      let gains = parameters.arrays[index * 3 + 1].map { exp($0) }
      for row in gains.indices {
        var sum: Float = 0
        for place in row * layer.inputs..<(row + 1) * layer.inputs {
          sum += byWeight[place] * values[place]
          byWeight[place] *= gains[row] * learned.unit
        }
        result.arrays[index * 3 + 1][row] = sum
      }
      result.arrays[index * 3] = byWeight
      result.arrays[index * 3 + 2] = weights[index * 2 + 1].values
    }
    let last = layers.count * 3
    for (place, (gradient, step)) in zip(steps, self.steps(parameters)).enumerated() {
      result.arrays[last][place] = gradient * step
    }
    return result
  }
}
