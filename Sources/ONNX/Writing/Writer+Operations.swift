internal import Network
internal import ONNXSchema

extension Writer {
  /// Writes one node of the network as one or more nodes of the file.
  mutating func write(_ node: Node) throws(ONNXWriteError) {
    precondition(node.outputs.count == 1, "node '\(node.name)' must have one output")
    let inputs = names(ofInputs: node)
    let output = name(node.outputs[0])
    switch node.operation {
    case .quantize(let quantizer):
      try write(quantizer, node: node, input: inputs[0], output: output)
    case .softmax(let axis, flattensTrailing: true) where !isLastAxis(axis, of: node.inputs[0]):
      writeFlatSoftmax(node, axis: axis, input: inputs[0], output: output)
    case .general(let operation):
      try write(operation, node: node, inputs: inputs, output: output)
    default:
      let extra = try operands(of: node)
      graph.addNode(
        node.operation.operatorName, name: node.name, inputs: inputs + extra, outputs: [output],
        attributes: attributes(of: node.operation))
    }
  }

  /// The names of the inputs; an input left out has an empty name, or none at the end.
  private func names(ofInputs node: Node) -> [String] {
    var result = node.inputs.map { input in input.map { name($0) } ?? "" }
    while result.last == "" { result.removeLast() }
    return result
  }

  /// Inputs that the file wants as tensors and the network holds as attributes.
  private mutating func operands(of node: Node) throws(ONNXWriteError) -> [String] {
    switch node.operation {
    case .clip(let lower, let upper):
      let bounds = [lower, upper].map { $0.isFinite ? graph.scalar($0) : "" }
      return bounds[1].isEmpty ? (bounds[0].isEmpty ? [] : [bounds[0]]) : bounds
    case .reshape(let reshape):
      if reshape.allowsZero { graph.version.require(opset: 14) }
      return [graph.vector(reshape.target)]
    case .slice(let axes):
      return [
        graph.vector(axes.map(\.start)), graph.vector(axes.map(\.end)),
        graph.vector(axes.map(\.axis)), graph.vector(axes.map(\.step)),
      ]
    case .pad(let padding):
      let pads = graph.vector(padding.before + padding.after)
      switch padding.mode {
      case .constant(let value): return value == 0 ? [pads] : [pads, graph.scalar(value)]
      case .wrap: graph.version.require(opset: 19)
      case .reflect, .edge: break
      }
      return [pads]
    case .unsqueeze(let axes), .squeeze(let axes): return [graph.vector(axes)]
    case .resize(let resize): return operands(of: resize)
    case .unary(.power(let exponent)): return [graph.scalar(exponent)]
    case .unary(.hardSwish):
      graph.version.require(opset: 14)
      return []
    case .averagePool(let pooling, _):
      if pooling.dilations.contains(where: { $0 != 1 }) { graph.version.require(opset: 19) }
      return []
    default: return []
    }
  }

  private func attributes(of operation: Operation) -> [Onnx_AttributeProto] {
    switch operation {
    case .convolution(let convolution):
      let window = windowAttributes(
        kernel: convolution.kernel, strides: convolution.strides,
        dilations: convolution.dilations, padding: convolution.padding)
      return convolution.groups == 1 ? window : window + [.int("group", convolution.groups)]
    case .batchNormalization(let epsilon): return [.float("epsilon", epsilon)]
    case .leakyRelu(let slope): return [.float("alpha", slope)]
    case .gemm(let gemm): return attributes(of: gemm)
    case .maxPool(let pooling): return attributes(of: pooling)
    case .averagePool(let pooling, let countsPadding):
      return attributes(of: pooling) + (countsPadding ? [.int("count_include_pad", 1)] : [])
    case .concatenate(let axis): return [.int("axis", axis)]
    case .flatten(let axis): return [.int("axis", axis)]
    case .reshape(let reshape): return reshape.allowsZero ? [.int("allowzero", 1)] : []
    case .transpose(let permutation): return [.ints("perm", permutation)]
    case .pad(let padding):
      switch padding.mode {
      case .constant: return []
      case .reflect: return [.string("mode", "reflect")]
      case .edge: return [.string("mode", "edge")]
      case .wrap: return [.string("mode", "wrap")]
      }
    case .softmax(let axis, _): return [.int("axis", axis)]
    case .unary(let function): return attributes(of: function)
    case .localResponseNormalization(let normalization): return attributes(of: normalization)
    case .resize(let resize): return attributes(of: resize)
    case .relu, .clip, .matMul, .add, .multiply, .binary, .globalAveragePool, .slice, .unsqueeze,
      .squeeze, .identity, .quantize, .general:
      return []
    }
  }

  private func attributes(of gemm: Gemm) -> [Onnx_AttributeProto] {
    var attributes: [Onnx_AttributeProto] = []
    if gemm.alpha != 1 { attributes.append(.float("alpha", gemm.alpha)) }
    if gemm.beta != 1 { attributes.append(.float("beta", gemm.beta)) }
    if gemm.transposesA { attributes.append(.int("transA", 1)) }
    if gemm.transposesB { attributes.append(.int("transB", 1)) }
    return attributes
  }

  private func attributes(of pooling: Pooling) -> [Onnx_AttributeProto] {
    let window = windowAttributes(
      kernel: pooling.kernel, strides: pooling.strides, dilations: pooling.dilations,
      padding: pooling.padding)
    return pooling.ceilMode ? window + [.int("ceil_mode", 1)] : window
  }

  /// Nothing but extents of 1 follows `axis`, so that flattening the rest changes nothing.
  private func isLastAxis(_ axis: Int, of value: ValueID?) -> Bool {
    guard let value, let shape = inferredShapes?[value] else { return false }
    let position = axis < 0 ? axis + shape.count : axis
    guard shape.indices.contains(position) else { return false }
    return shape[(position + 1)...].allSatisfy { $0 == 1 }
  }

  /// The shapes of all values, where the network's inputs declare enough.
  private var inferredShapes: [ValueID: [Int]]? {
    do {
      // Two images, so that an open batch axis is no extent of 1.
      return try network.inferShapes(batch: 2)
    } catch {
      return nil
    }
  }

  /// Softmax over all axes from `axis` on, which opset 13 has no operator for.
  private mutating func writeFlatSoftmax(_ node: Node, axis: Int, input: String, output: String) {
    let shape = graph.addNode("Shape", inputs: [input], newOutput: "x")
    let flat = graph.addNode(
      "Flatten", inputs: [input], newOutput: "f", attributes: [.int("axis", axis)])
    let result = graph.addNode(
      "Softmax", name: node.name, inputs: [flat], newOutput: "p", attributes: [.int("axis", 1)])
    graph.addNode("Reshape", inputs: [result, shape], outputs: [output])
  }
}
