package import Network
package import Quantization
internal import Tensors

extension Network {
  /// The network with the weights and bias of one layer replaced by its low-bit form.
  ///
  /// - Parameter keepsBias: whether offsets of the solution count for nothing.
  /// - Throws: `PlanningError` when the network has no such layer or the sizes differ.
  package func applying(
    _ solution: LayerSolution, keepsBias: Bool = false
  ) throws(PlanningError) -> Network {
    guard let layer = layers.first(where: { $0.name == solution.layer }) else {
      throw .unknownLayer(solution.layer)
    }
    guard solution.codes.count == layer.weightCount, solution.offsets.count == layer.outputs,
      solution.scales.count == 1 || solution.scales.count == layer.outputs,
      let shape = constants[layer.weights]?.shape
    else {
      throw .solutionMismatch(
        layer: layer.name,
        reason: "\(solution.codes.count) codes, \(solution.scales.count) scales and "
          + "\(solution.offsets.count) offsets for \(layer.outputs) × \(layer.inputs) weights")
    }
    var network = self
    let transposes = layer.kind == .linear(storedTransposed: true)
    let codes =
      transposes
      ? transposed(solution.codes, rows: layer.outputs, columns: layer.inputs) : solution.codes
    let quantized = QuantizedTensor(
      shape: shape, codes: codes, scales: solution.scales, axis: transposes ? 1 : 0,
      storage: solution.weights.storage)
    network.replaceInput(
      1, of: layer.node, with: .quantized(quantized), name: self[layer.weights].name)
    if let step = solution.inputStep { try network.replaceStep(of: layer, with: step) }
    if !keepsBias { try network.replaceBias(of: layer, with: solution.offsets) }
    return network
  }

  /// Changes the step of the codes that a layer reads, for all who read them.
  private mutating func replaceStep(
    of layer: Layer, with step: Float
  ) throws(PlanningError) {
    guard let producer = producers[layer.input],
      case .quantize(var quantizer) = nodes[producer].operation
    else {
      throw .solutionMismatch(
        layer: layer.name, reason: "it has a step for codes, and the layer reads none")
    }
    quantizer.step = step
    nodes[producer].operation = .quantize(quantizer)
  }

  /// Gives one node a constant of its own, under the old name where no other node reads it.
  private mutating func replaceInput(
    _ index: Int, of node: Int, with constant: Constant, name: String
  ) {
    if let old = nodes[node].inputs[index], consumers[old]?.count == 1, !outputs.contains(old) {
      constants[old] = constant
    } else {
      nodes[node].inputs[index] = addConstant(constant, name: unusedName(name))
    }
  }

  private mutating func replaceBias(
    of layer: Layer, with values: [Float]
  ) throws(PlanningError) {
    let constant = Constant.stored(StoredTensor(Tensor(shape: [layer.outputs], values: values)))
    if let bias = layer.bias {
      replaceInput(2, of: layer.node, with: constant, name: self[bias].name)
      return
    }
    if case .matMul = nodes[layer.node].operation {
      insertAddition(of: constant, after: layer)
      return
    }
    if case .gemm(var gemm) = nodes[layer.node].operation {
      // β scales the bias, and may be anything where there was none.
      gemm.beta = 1
      nodes[layer.node].operation = .gemm(gemm)
    }
    let bias = addConstant(constant, name: unusedName(layer.name + ".bias"))
    nodes[layer.node].inputs = Array(nodes[layer.node].inputs.prefix(2)) + [bias]
  }

  /// A matrix product has no bias of its own: its offset becomes an addition behind it.
  private mutating func insertAddition(of constant: Constant, after layer: Layer) {
    let product = addValue(ValueInfo(name: unusedName(layer.name + ".product")))
    let offset = addConstant(constant, name: unusedName(layer.name + ".bias"))
    nodes[layer.node].outputs[0] = product
    nodes.insert(
      Node(
        name: layer.name + ".offset", operation: .add, inputs: [product, offset],
        outputs: [layer.output]),
      at: layer.node + 1)
  }
}
