internal import Network

/// The operators of the default domain that can be read, each with the first operator set from
/// which its definition is understood.
let supportedOperators: Set<String> = Set(firstOpsets.keys)

/// The versions of the default operator set that are understood.
let supportedOpsets = 1...25

private let firstOpsets: [String: Int] = [
  "Add": 6, "AveragePool": 1, "BatchNormalization": 6, "Clip": 6, "Concat": 4, "Constant": 1,
  "Conv": 1, "DequantizeLinear": 10, "Dropout": 6, "Flatten": 1, "Gemm": 6,
  "GlobalAveragePool": 1, "Identity": 1, "LeakyRelu": 1, "MatMul": 1, "MaxPool": 1, "Mul": 6,
  "Pad": 1, "QuantizeLinear": 10, "Relu": 1, "Reshape": 1, "Slice": 1, "Softmax": 1,
  "Transpose": 1,
]

/// Throws `ONNXProblem.unsupportedOperators` naming all of them, so that a user learns of every
/// obstacle at once.
func checkOperators(_ nodes: [NodeSource]) throws(ONNXProblem) {
  var seen: Set<String> = []
  var unsupported: [NodeLabel] = []
  for node in nodes
  where node.domain != writtenFormDomain
    && (!node.domain.isEmpty || firstOpsets[node.operatorName] == nil)
  {
    if seen.insert(node.label.operatorName).inserted { unsupported.append(node.label) }
  }
  guard unsupported.isEmpty else { throw .unsupportedOperators(unsupported) }
}

extension GraphReader {
  /// Adds one node of the file to the network.
  mutating func read(_ node: NodeSource) throws(ONNXProblem) {
    if node.domain == writtenFormDomain { return try readWrittenForm(node) }
    guard node.domain.isEmpty, let first = firstOpsets[node.operatorName] else {
      throw .unsupportedOperators([node.label])
    }
    guard node.opset >= first else {
      throw .unsupported(
        node.label, what: "is of operator set \(node.opset), supported from \(first) on",
        remedy: "convert the model to a newer one (onnx.version_converter)")
    }
    switch node.operatorName {
    case "Add": try readElementwise(.add, node)
    case "AveragePool": try readAveragePool(node)
    case "BatchNormalization": try readBatchNormalization(node)
    case "Clip": try readClip(node)
    case "Concat": try readConcat(node)
    case "Constant": try readConstant(node)
    case "Conv": try readConvolution(node)
    case "DequantizeLinear": try readDequantizeLinear(node)
    case "Dropout": try readDropout(node)
    case "Flatten": try readFlatten(node)
    case "Gemm": try readGemm(node)
    case "GlobalAveragePool": try readGlobalAveragePool(node)
    case "Identity": try readIdentity(node)
    case "LeakyRelu":
      try readUnary(.leakyRelu(slope: try node.finite("alpha", default: 0.01)), node)
    case "MatMul": try readMatMul(node)
    case "MaxPool": try readMaxPool(node)
    case "Mul": try readElementwise(.multiply, node)
    case "Pad": try readPad(node)
    case "QuantizeLinear": try readQuantizeLinear(node)
    case "Relu": try readUnary(.relu, node)
    case "Reshape": try readReshape(node)
    case "Slice": try readSlice(node)
    case "Softmax": try readSoftmax(node)
    case "Transpose": try readTranspose(node)
    default: preconditionFailure("'\(node.operatorName)' is listed but has no reader")
    }
  }
}
