internal import Network

/// The operators of the default domain that can be read, each with the first operator set from
/// which its definition is understood.
let supportedOperators = Set(firstOpsets.keys).union(GeneralOperation.names)

/// Whether the operator is served on floats by operations of its own.
func isNative(_ operatorName: String) -> Bool { firstOpsets[operatorName] != nil }

/// The versions of the default operator set that are understood.
let supportedOpsets = 1...25

private let firstOpsets: [String: Int] = [
  "Abs": 1, "Add": 1, "AveragePool": 1, "BatchNormalization": 6, "Clip": 6, "Concat": 4,
  "Constant": 1, "ConstantOfShape": 9, "Conv": 1, "DequantizeLinear": 10, "Div": 1,
  "Dropout": 6, "Elu": 1, "Exp": 1, "Flatten": 1, "Gemm": 6, "GlobalAveragePool": 1,
  "HardSigmoid": 1, "HardSwish": 14, "Identity": 1, "LeakyRelu": 1, "Log": 1, "LRN": 1,
  "MatMul": 1, "Max": 1, "MaxPool": 1, "Mean": 1, "Min": 1, "Mul": 1, "Neg": 1, "Pad": 1,
  "Pow": 1, "PRelu": 1, "QuantizeLinear": 10, "Relu": 1, "Reshape": 1, "Resize": 10, "Selu": 6,
  "Sigmoid": 1, "Slice": 1, "Softmax": 1, "Softplus": 1, "Sqrt": 1, "Squeeze": 1, "Sub": 1,
  "Sum": 1, "Tanh": 1, "Transpose": 1, "Unsqueeze": 1, "Upsample": 7,
]

/// Throws `ONNXProblem.unsupportedOperators` naming all of them, so that a user learns of every
/// obstacle at once.
func checkOperators(_ nodes: [NodeSource]) throws(ONNXProblem) {
  var seen: Set<String> = []
  var unsupported: [NodeLabel] = []
  for node in nodes
  where node.domain != writtenFormDomain
    && (!node.domain.isEmpty
      || !supportedOperators.contains(node.operatorName)
        && node.operatorName != "Scatter")
  {
    if seen.insert(node.label.operatorName).inserted { unsupported.append(node.label) }
  }
  guard unsupported.isEmpty else { throw .unsupportedOperators(unsupported) }
}

extension GraphReader {
  /// Adds one node of the file to the network.
  mutating func read(_ node: NodeSource) throws(ONNXProblem) {
    if node.domain == writtenFormDomain { return try readWrittenForm(node) }
    guard node.domain.isEmpty else { throw .unsupportedOperators([node.label]) }
    let node = try aligningOperands(node)
    if try readFolded(node) { return }
    if node.opset < 13, ["LogSoftmax", "Hardmax"].contains(node.operatorName) {
      return try readFlattened(node)
    }
    if try isGeneral(node) { return try readGeneral(node) }
    try readNative(node)
  }

  /// Adds a node that has an operation of its own.
  private mutating func readNative(_ node: NodeSource) throws(ONNXProblem) {
    guard let first = firstOpsets[node.operatorName] else {
      throw .unsupportedOperators([node.label])
    }
    guard node.opset >= first else {
      throw .unsupported(
        node.label, what: "is of operator set \(node.opset), supported from \(first) on",
        remedy: "convert the model to a newer one (onnx.version_converter)")
    }
    switch node.operatorName {
    case "AveragePool": try readAveragePool(node)
    case "BatchNormalization": try readBatchNormalization(node)
    case "Concat": try readConcat(node)
    case "Constant": try readConstant(node)
    case "ConstantOfShape": try readConstantOfShape(node)
    case "Conv": try readConvolution(node)
    case "DequantizeLinear": try readDequantizeLinear(node)
    case "Dropout": try readDropout(node)
    case "Flatten": try readFlatten(node)
    case "Gemm": try readGemm(node)
    case "GlobalAveragePool": try readGlobalAveragePool(node)
    case "Identity": try readIdentity(node)
    case "LRN": try readLocalResponseNormalization(node)
    case "MatMul": try readMatMul(node)
    case "MaxPool": try readMaxPool(node)
    case "Pad": try readPad(node)
    case "QuantizeLinear": try readQuantizeLinear(node)
    case "Reshape": try readReshape(node)
    case "Resize": try readResize(node)
    case "Slice": try readSlice(node)
    case "Softmax": try readSoftmax(node)
    case "Squeeze": try readSqueeze(node)
    case "Transpose": try readTranspose(node)
    case "Unsqueeze": try readUnsqueeze(node)
    case "Upsample": try readUpsample(node)
    default: try readFunction(node)
    }
  }

  /// Adds an element-wise function.
  private mutating func readFunction(_ node: NodeSource) throws(ONNXProblem) {
    switch node.operatorName {
    case "Abs": try readUnary(.unary(.absolute), node)
    case "Add": try readElementwise(.add, node)
    case "Clip": try readClip(node)
    case "Div": try readDivision(node)
    case "Elu": try readElu(node)
    case "Exp": try readUnary(.unary(.exponential), node)
    case "HardSigmoid": try readHardSigmoid(node)
    case "HardSwish": try readUnary(.unary(.hardSwish), node)
    case "LeakyRelu":
      try readUnary(.leakyRelu(slope: try node.finite("alpha", default: 0.01)), node)
    case "Log": try readUnary(.unary(.logarithm), node)
    case "Max": try readChain(of: .binary(.maximum), node)
    case "Mean": try readChain(of: .add, isMean: true, node)
    case "Min": try readChain(of: .binary(.minimum), node)
    case "Mul": try readElementwise(.multiply, node)
    case "Neg": try readUnary(.unary(.negation), node)
    case "Pow": try readPower(node)
    case "PRelu": try readElementwise(.binary(.parametricRelu), node)
    case "Relu": try readUnary(.relu, node)
    case "Selu": try readSelu(node)
    case "Sigmoid": try readUnary(.unary(.sigmoid), node)
    case "Softplus": try readUnary(.unary(.softplus), node)
    case "Sqrt": try readUnary(.unary(.squareRoot), node)
    case "Sub": try readElementwise(.binary(.subtract), node)
    case "Sum": try readChain(of: .add, node)
    case "Tanh": try readUnary(.unary(.hyperbolicTangent), node)
    default: preconditionFailure("'\(node.operatorName)' is listed but has no reader")
    }
  }
}
