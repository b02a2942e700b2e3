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

/// A node with constant weights that no regression covers; it stays in float.
package struct UncoveredLayer: Sendable, Equatable {
  /// The node's name.
  package let name: String
  /// Index into `Network.nodes`.
  package let node: Int
  /// Why, as the end of a sentence.
  package let reason: String
}

extension Network {
  /// The layers of the network in topological order: every convolution, Gemm and MatMul whose
  /// second input is constant and whose form the regression covers.
  package var layers: [Layer] {
    nodes.indices.compactMap { index in
      if case .covered(let layer)? = candidate(at: index) { layer } else { nil }
    }
  }

  /// The other convolutions, Gemms and MatMuls with constant weights, in topological order.
  package var uncoveredLayers: [UncoveredLayer] {
    nodes.indices.compactMap { index in
      guard case .uncovered(let reason)? = candidate(at: index) else { return nil }
      return UncoveredLayer(name: nodes[index].name, node: index, reason: reason)
    }
  }

  /// A node that has constant weights.
  private enum Candidate {
    case covered(Layer)
    case uncovered(String)
  }

  private func candidate(at index: Int) -> Candidate? {
    let node = nodes[index]
    switch node.operation {
    case .convolution, .gemm, .matMul: break
    default: return nil
    }
    guard node.inputs.count >= 2, let input = node.inputs[0], let weights = node.inputs[1] else {
      return nil
    }
    guard constants[input] == nil else {
      return constants[weights] == nil ? .uncovered("its first operand holds the weights") : nil
    }
    guard let constant = constants[weights] else { return nil }
    let bias = node.inputs.count > 2 ? node.inputs[2] : nil
    if let bias, constants[bias] == nil { return .uncovered("its bias is computed") }
    let form: LinearForm
    switch LinearForm.of(
      node.operation, weights: constant.shape, bias: bias.flatMap { constants[$0]?.shape })
    {
    case .success(let found): form = found
    case .failure(let problem): return .uncovered(problem.reason)
    }
    guard form.outputs > 0, constant.shape.product > 0 else { return .uncovered("it is empty") }
    return .covered(
      Layer(
        name: node.name, node: index, kind: form.kind, input: input, output: node.outputs[0],
        weights: weights, bias: bias, outputs: form.outputs,
        inputs: constant.shape.product / form.outputs, groups: form.groups))
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

/// How an operation is a regression with rows of weights.
private struct LinearForm {
  let kind: Layer.Kind
  let outputs: Int
  let groups: Int

  /// Why it is none, as the end of a sentence.
  struct Problem: Error { let reason: String }

  /// - Parameters:
  ///   - weights: the shape of the second input.
  ///   - bias: the shape of the third, where there is one.
  static func of(
    _ operation: Operation, weights: [Int], bias: [Int]?
  ) -> Result<LinearForm, Problem> {
    func problem(_ reason: String) -> Result<LinearForm, Problem> {
      .failure(Problem(reason: reason))
    }
    switch operation {
    case .convolution(let convolution):
      guard (1...2).contains(convolution.kernel.count) else {
        return problem("it runs over \(convolution.kernel.count) spatial axes; up to 2 are covered")
      }
      return .success(
        LinearForm(
          kind: .convolution(convolution), outputs: weights[0], groups: convolution.groups))
    case .gemm(let gemm):
      guard !gemm.transposesA else { return problem("it transposes its first operand") }
      guard weights.count == 2 else { return problem("its weights are no matrix") }
      let outputs = weights[gemm.transposesB ? 0 : 1]
      guard bias == nil || bias == [outputs] else {
        return problem("its bias of shape \(bias ?? []) is not one value per output (\(outputs))")
      }
      // `foldingFactors()` puts these into weights and bias.
      guard gemm.alpha == 1, bias == nil || gemm.beta == 1 else {
        return problem("it has a factor besides its weights")
      }
      return .success(
        LinearForm(
          kind: .linear(storedTransposed: !gemm.transposesB), outputs: outputs, groups: 1))
    default:
      guard weights.count == 2 else {
        return problem("its weights of shape \(weights) are no matrix")
      }
      return .success(
        LinearForm(kind: .linear(storedTransposed: true), outputs: weights[1], groups: 1))
    }
  }
}

/// The transpose of a row-major `[rows, columns]` array.
package func transposed<Value>(_ values: [Value], rows: Int, columns: Int) -> [Value] {
  precondition(values.count == rows * columns, "array does not fill the matrix")
  var result: [Value] = []
  result.reserveCapacity(values.count)
  for column in 0..<columns {
    for row in 0..<rows { result.append(values[row * columns + column]) }
  }
  return result
}
