internal import Network
internal import Tensors

extension Writer {
  /// Writes a code site in the form asked for.
  ///
  /// Low-bit: `Min → QuantizeLinear → DequantizeLinear [→ Max]`. Min saturates at the highest
  /// code, which types wider than the codes need; Max at the lowest code changes nothing. Both are
  /// written because onnxruntime at its default level moves codes across neighbouring operators
  /// (MaxPool, Reshape, Slice) and fuses them with others (Add, pooling, Concat, Softmax) into
  /// operators that do not exist for 2 and 4 bits, and then refuses the model; it does neither
  /// across Min and Max. Convolution, Gemm and MatMul need no Max: their weights are kept apart.
  ///
  /// Float: `Div → Round → Clip → Mul`, with ties to even like QuantizeLinear.
  mutating func write(
    _ quantizer: ActivationQuantizer, node: Node, input: String, output: String
  ) throws(ONNXWriteError) {
    let step = graph.scalar(quantizer.step)
    let source = writeThreshold(of: quantizer, input: input, step: step)
    let highest = Float(quantizer.highestCode)
    let lowest = Float(quantizer.lowestCode)
    if options.form == .float {
      let scaled = graph.addNode("Div", inputs: [source, step], newOutput: "a")
      let rounded = graph.addNode("Round", name: node.name, inputs: [scaled], newOutput: "r")
      let code = graph.addNode(
        "Clip", inputs: [rounded, graph.scalar(lowest), graph.scalar(highest)], newOutput: "k")
      graph.addNode("Mul", inputs: [code, step], outputs: [output])
      return
    }
    let type = try codeType(of: quantizer, node: node)
    graph.version.require(codes: type)
    let zero = graph.sharedTensor(
      "z", type: type, shape: [], bytes: [UInt8(truncatingIfNeeded: -quantizer.lowestCode)])
    let saturated = graph.addNode(
      "Min", inputs: [source, graph.scalar(highest * quantizer.step)], newOutput: "m")
    let code = graph.addNode(
      "QuantizeLinear", name: node.name, inputs: [saturated, step, zero], newOutput: "k")
    guard needsGuard(node.outputs[0]) else {
      graph.addNode("DequantizeLinear", inputs: [code, step, zero], outputs: [output])
      return
    }
    let decoded = graph.addNode(
      "DequantizeLinear", inputs: [code, step, zero], newOutput: "d")
    graph.addNode(
      "Max", inputs: [decoded, graph.scalar(lowest * quantizer.step)], outputs: [output])
  }

  /// The narrowest unsigned type with room for the codes and the zero point.
  private func codeType(
    of quantizer: ActivationQuantizer, node: Node
  ) throws(ONNXWriteError) -> ElementType {
    let type: ElementType? =
      switch quantizer.bits {
      case 1, 2: .uint2
      case 3, 4: .uint4
      case 5...8: .uint8
      default: nil
      }
    guard let type, let range = type.integerRange else {
      throw ONNXWriteError.unwritable(
        node: node.name, problem: "codes have 1 to 8 bits, not \(quantizer.bits)")
    }
    guard range.contains(-quantizer.lowestCode) else {
      throw ONNXWriteError.unwritable(
        node: node.name,
        problem: "codes \(quantizer.lowestCode)...\(quantizer.highestCode) need a zero point that "
          + "\(type) cannot hold")
    }
    return type
  }

  /// Some reader is an operation that a runtime would move codes across or fuse them with.
  private func needsGuard(_ value: ValueID) -> Bool {
    consumers[value, default: []].contains { index in
      switch network.nodes[index].operation {
      case .convolution, .gemm, .matMul: false
      default: true
      }
    }
  }

  /// Writes a zero threshold ε as comparisons, where the quantizer has one, and returns the value
  /// to round: at least δ above ε, 0 between −ε and ε, and the input below −ε.
  ///
  /// Without negative codes everything up to ε becomes 0, which saves the second comparison.
  private mutating func writeThreshold(
    of quantizer: ActivationQuantizer, input: String, step: String
  ) -> String {
    guard let threshold = quantizer.threshold else { return input }
    let isAbove = graph.addNode(
      "Greater", inputs: [input, graph.scalar(threshold)], newOutput: "g")
    let raised = graph.addNode("Max", inputs: [input, step], newOutput: "h")
    var other = graph.scalar(0)
    if quantizer.lowestCode < 0 {
      let isBelow = graph.addNode(
        "Less", inputs: [input, graph.scalar(-threshold)], newOutput: "l")
      other = graph.addNode("Where", inputs: [isBelow, input, other], newOutput: "n")
    }
    return graph.addNode("Where", inputs: [isAbove, raised, other], newOutput: "y")
  }
}
