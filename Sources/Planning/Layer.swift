package import Network
package import Tensors

/// A node with constant weights that can be quantized: a convolution, or a linear layer.
///
/// Its regression has `outputs` rows of `inputs` weights; with `groups` > 1 the rows of group g see
/// only the inputs of group g.
package struct Layer: Sendable, Equatable {
  /// What kind of node it is.
  package enum Kind: Sendable, Equatable {
    case convolution(Convolution)
    /// y = x · Wᵀ (weights stored `[outputs, inputs]`), or y = x · W when stored transposed.
    case linear(storedTransposed: Bool)
  }

  /// The node's name, unique in the network.
  package let name: String
  /// Index into `Network.nodes`.
  package let node: Int
  package let kind: Kind
  package let input: ValueID
  package let output: ValueID
  package let weights: ValueID
  package let bias: ValueID?
  /// Rows in all groups together.
  package let outputs: Int
  /// Weights per row.
  package let inputs: Int
  package let groups: Int

  package var weightCount: Int { outputs * inputs }
  package var rowsPerGroup: Int { outputs / groups }
}

extension Network {
  /// The layers of the network in topological order: every convolution, Gemm and MatMul whose
  /// second input is constant and whose form the regression covers.
  package var layers: [Layer] {
    nodes.indices.compactMap { layer(at: $0) }
  }

  private func layer(at index: Int) -> Layer? {
    let node = nodes[index]
    guard node.inputs.count >= 2, let input = node.inputs[0], let weights = node.inputs[1],
      constants[input] == nil, let constant = constants[weights]
    else { return nil }
    let bias = node.inputs.count > 2 ? node.inputs[2] : nil
    if let bias, constants[bias] == nil { return nil }
    let shape = constant.shape
    let kind: Layer.Kind
    var groups = 1
    let outputs: Int
    switch node.operation {
    case .convolution(let convolution):
      guard (1...2).contains(convolution.kernel.count) else { return nil }
      kind = .convolution(convolution)
      groups = convolution.groups
      outputs = shape[0]
    case .gemm(let gemm):
      guard gemm.alpha == 1, !gemm.transposesA, bias == nil || gemm.beta == 1, shape.count == 2
      else { return nil }
      if let bias, constants[bias]?.shape != [shape[gemm.transposesB ? 0 : 1]] { return nil }
      kind = .linear(storedTransposed: !gemm.transposesB)
      outputs = shape[gemm.transposesB ? 0 : 1]
    case .matMul:
      guard shape.count == 2 else { return nil }
      kind = .linear(storedTransposed: true)
      outputs = shape[1]
    default:
      return nil
    }
    guard outputs > 0, shape.product > 0 else { return nil }
    return Layer(
      name: node.name, node: index, kind: kind, input: input, output: node.outputs[0],
      weights: weights, bias: bias, outputs: outputs, inputs: shape.product / outputs,
      groups: groups)
  }

  /// The weights of a layer as rows `[outputs, inputs]`, whatever way they are stored.
  package func weightRows(of layer: Layer) -> Tensor {
    guard let constant = constants[layer.weights] else {
      preconditionFailure("layer '\(layer.name)' has no constant weights")
    }
    let stored = constant.tensor
    guard case .linear(storedTransposed: true) = layer.kind else {
      return stored.reshaped(to: [layer.outputs, layer.inputs])
    }
    return Tensor(
      shape: [layer.outputs, layer.inputs],
      values: transposed(stored.values, rows: layer.inputs, columns: layer.outputs))
  }

  /// The bias of a layer, zeros where it has none. Shape `[outputs]`.
  package func biasValues(of layer: Layer) -> [Float] {
    guard let bias = layer.bias, let constant = constants[bias] else {
      return [Float](repeating: 0, count: layer.outputs)
    }
    return constant.tensor.values
  }
}

/// The transpose of a row-major `[rows, columns]` array.
func transposed<Value>(_ values: [Value], rows: Int, columns: Int) -> [Value] {
  precondition(values.count == rows * columns, "array does not fill the matrix")
  var result: [Value] = []
  result.reserveCapacity(values.count)
  for column in 0..<columns {
    for row in 0..<rows { result.append(values[row * columns + column]) }
  }
  return result
}
