internal import Network
internal import Planning
internal import Tensors

extension Network {
  /// ε of the batch normalizations that stand in a network while it learns.
  static var normalizationEpsilon: Float { 1e-5 }

  /// A batch normalization behind every convolution of `layers`, whose offset becomes its β.
  ///
  /// Mean and variance are those of the batch; the constants for them are only there for the form.
  func normalizing(_ layers: inout [TrainedNetwork.LearnedLayer]) -> Network {
    var result = self
    // From the end, so that the numbers of nodes before stay.
    for index in layers.indices.reversed() {
      let layer = layers[index].layer
      guard case .convolution = layer.kind, let bias = layers[index].bias else { continue }
      let rows = layer.outputs
      func constant(_ name: String, _ value: Float) -> ValueID {
        let tensor = Tensor(shape: [rows], values: [Float](repeating: value, count: rows))
        return result.addConstant(
          .stored(StoredTensor(tensor)), name: unusedName("\(layer.name).\(name)"))
      }
      let gain = constant("gain", 1)
      let moments = [constant("mean", 0), constant("variance", 1)]
      let plain = result.addValue(ValueInfo(name: unusedName("\(layer.name).unnormalized")))
      result.nodes[layer.node].outputs = [plain]
      result.nodes[layer.node].inputs = Array(nodes[layer.node].inputs.prefix(2))
      result.nodes.insert(
        Node(
          name: unusedName("\(layer.name).normalization"),
          operation: .batchNormalization(epsilon: Self.normalizationEpsilon),
          inputs: [plain, gain, bias] + moments, outputs: [layer.output]),
        at: layer.node + 1)
      layers[index].gain = gain
    }
    return result
  }
}
