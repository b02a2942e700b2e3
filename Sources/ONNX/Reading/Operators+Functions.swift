internal import Network
internal import Tensors

extension GraphReader {
  mutating func readDivision(_ node: NodeSource) throws(ONNXProblem) {
    try readElementwise(.binary(.divide), node)
    guard let operands = network.nodes.last?.inputs else { return }
    guard operands.allSatisfy({ $0.map { network[$0].type.integerRange == nil } ?? true }) else {
      throw .unsupported(
        node.label, what: "divides integers, which rounds",
        remedy: "cast its operands to float in the original model")
    }
  }

  /// Sum, Mean, Max and Min of any number of operands, as a chain of operations of two.
  mutating func readChain(
    of operation: Operation, isMean: Bool = false, _ node: NodeSource
  ) throws(ONNXProblem) {
    guard !node.inputs.isEmpty else { throw .invalidNode(node.label, "it has no inputs") }
    var (sum, rank) = try value(0, node)
    let count = node.inputs.count
    guard count > 1 else { return try append(.identity, node, inputs: [sum], rank: rank) }
    for index in 1..<count {
      let (next, nextRank) = try value(index, node)
      rank = max(rank, nextRank)
      if index == count - 1, !isMean {
        return try append(operation, node, inputs: [sum, next], rank: rank)
      }
      sum = appendInner(operation, node, inputs: [sum, next], part: index)
    }
    let share = StoredTensor(Tensor(shape: [], values: [1 / Float(count)]))
    let factor = network.addConstant(.stored(share), name: unusedName("\(node.label.name)_share"))
    try append(.multiply, node, inputs: [sum, factor], rank: rank)
  }

  /// Appends a node that the file does not have by itself, with a value of its own.
  private mutating func appendInner(
    _ operation: Operation, _ node: NodeSource, inputs: [ValueID], part: Int
  ) -> ValueID {
    let name = unusedName("\(node.label.name)_part\(part)")
    let output = network.addValue(ValueInfo(name: name))
    network.nodes.append(
      Node(name: name, operation: operation, inputs: inputs, outputs: [output]))
    probeLastNode()
    return output
  }

  mutating func readPower(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(2...2)
    guard let exponent = try parameter(1, "exponent", node) else { return }
    guard exponent.elementCount == 1, exponent.floats[0].isFinite else {
      throw .unsupported(
        node.label, what: "has an exponent of shape \(exponent.shape)",
        remedy: "only one finite exponent for all elements is supported")
    }
    let (x, rank) = try value(0, node)
    try append(
      .unary(.power(exponent: exponent.floats[0])), node, inputs: [x],
      rank: max(rank, exponent.shape.count))
  }

  mutating func readElu(_ node: NodeSource) throws(ONNXProblem) {
    try readUnary(.unary(.elu(alpha: try node.finite("alpha", default: 1))), node)
  }

  mutating func readSelu(_ node: NodeSource) throws(ONNXProblem) {
    let alpha = try node.finite("alpha", default: 1.67326319217681884765625)
    let gamma = try node.finite("gamma", default: 1.05070102214813232421875)
    try readUnary(.unary(.selu(alpha: alpha, gamma: gamma)), node)
  }

  mutating func readHardSigmoid(_ node: NodeSource) throws(ONNXProblem) {
    let alpha = try node.finite("alpha", default: 0.2)
    let beta = try node.finite("beta", default: 0.5)
    try readUnary(.unary(.hardSigmoid(alpha: alpha, beta: beta)), node)
  }

  mutating func readLocalResponseNormalization(_ node: NodeSource) throws(ONNXProblem) {
    guard let size = try node.integer("size"), (1...attributeLimit).contains(size) else {
      throw .invalidNode(node.label, "it has no size of at least 1")
    }
    guard size % 2 == 1 else {
      throw .unsupported(
        node.label, what: "sums over an even number of channels (\(size))",
        remedy: "only an odd size, with a channel in the middle, is supported")
    }
    let normalization = LocalResponseNormalization(
      size: size, alpha: try node.finite("alpha", default: 0.0001),
      beta: try node.finite("beta", default: 0.75), bias: try node.finite("bias", default: 1))
    try readUnary(.localResponseNormalization(normalization), node)
  }
}
