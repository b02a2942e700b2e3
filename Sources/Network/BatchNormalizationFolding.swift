internal import Tensors

// Folding. With s = γ / √(σ² + ε), y = s·(W∗x + b − μ) + β is W'∗x + b' for
// W' = W·s and b' = (b − μ)·s + β. Every operation is one in fp32, in this order, as the usual
// exporters do it: a network folded here and one folded by them have the same bits, and so the
// same low-bit network comes out. (In double precision the weights would be more exact by less
// than their own last bit, and a discrete search would end elsewhere.)

extension Network {
  /// The network with each batch normalization folded into the convolution or Gemm before it.
  ///
  /// A normalization stays where its input has another reader or is an output, or where a
  /// parameter is not a constant. The folded node keeps its name and computes the value that the
  /// normalization did. Low-bit weights become float.
  package func foldingBatchNormalization() -> Network {
    var result = self
    let producers = producers
    let consumers = consumers
    var folded: Set<Int> = []
    for (index, node) in nodes.enumerated() {
      guard case .batchNormalization(let epsilon) = node.operation,
        let input = node.inputs[0], let producer = producers[input],
        consumers[input]?.count == 1, !outputs.contains(input), !folded.contains(producer),
        let affine = channelAffine(node, epsilon: epsilon),
        let replacement = fold(affine, into: result.nodes[producer], output: node.outputs[0])
      else { continue }
      let weights = nodes[producer].inputs[1]!
      var rewritten = nodes[producer]
      rewritten.outputs = [node.outputs[0]]
      let name = self[weights].name + "_folded"
      rewritten.inputs = [
        nodes[producer].inputs[0],
        result.addConstant(
          .stored(StoredTensor(replacement.weights)), name: result.unusedName(name)),
        result.addConstant(
          .stored(StoredTensor(replacement.bias)), name: result.unusedName(name + "_bias")),
      ]
      if case .gemm(var gemm) = rewritten.operation {
        gemm.beta = 1
        rewritten.operation = .gemm(gemm)
      }
      result.nodes[producer] = rewritten
      folded.insert(index)
    }
    result.nodes = result.nodes.indices.filter { !folded.contains($0) }.map { result.nodes[$0] }
    return folded.isEmpty ? self : result.removingUnusedConstants()
  }

  /// What a normalization does to each channel: x · scale − mean · scale + shift.
  private func channelAffine(_ node: Node, epsilon: Float) -> ChannelAffine? {
    var parameters: [[Float]] = []
    for case let input? in node.inputs.dropFirst() {
      guard let constant = constants[input] else { return nil }
      parameters.append(constant.tensor.values)
    }
    guard parameters.count == 4, Set(parameters.map(\.count)).count == 1 else { return nil }
    let (gamma, variance) = (parameters[0], parameters[3])
    let scale = gamma.indices.map { gamma[$0] / (variance[$0] + epsilon).squareRoot() }
    return ChannelAffine(scale: scale, mean: parameters[2], shift: parameters[1])
  }

  private func fold(
    _ affine: ChannelAffine, into node: Node, output: ValueID
  ) -> (weights: Tensor, bias: Tensor)? {
    guard node.inputs.count > 1, let weightsID = node.inputs[1], let stored = constants[weightsID]
    else { return nil }
    var weights = stored.tensor
    let channels = affine.scale.count
    let bias: [Float]?
    switch node.operation {
    case .convolution where weights.shape.first == channels:
      bias = constantBias(node, channels: channels, factor: 1)
      scaleRows(&weights, by: affine.scale)
    case .gemm(let gemm) where weights.shape.count == 2:
      guard weights.shape[gemm.transposesB ? 0 : 1] == channels else { return nil }
      bias = constantBias(node, channels: channels, factor: gemm.beta)
      if gemm.transposesB {
        scaleRows(&weights, by: affine.scale)
      } else {
        for index in weights.values.indices {
          weights.values[index] *= affine.scale[index % channels]
        }
      }
    default: return nil
    }
    guard let bias else { return nil }
    let folded = bias.indices.map { channel in
      let centred = (bias[channel] - affine.mean[channel]) * affine.scale[channel]
      return centred + affine.shift[channel]
    }
    return (weights, Tensor(shape: [channels], values: folded))
  }

  /// The bias as one value per channel, zeros where it is left out; nil where it is computed.
  private func constantBias(_ node: Node, channels: Int, factor: Float) -> [Float]? {
    guard node.inputs.count > 2, let input = node.inputs[2] else {
      return [Float](repeating: 0, count: channels)
    }
    guard let values = constants[input]?.tensor.values else { return nil }
    if values.count == channels { return values.map { factor * $0 } }
    return values.count == 1
      ? [Float](repeating: factor * values[0], count: channels) : nil
  }
}

/// The parameters of a normalization as they are used, one value per channel.
private struct ChannelAffine {
  let scale: [Float]
  let mean: [Float]
  let shift: [Float]
}

private func scaleRows(_ weights: inout Tensor, by scale: [Float]) {
  let rowLength = weights.values.count / max(1, scale.count)
  for index in weights.values.indices { weights.values[index] *= scale[index / rowLength] }
}
