internal import Network
internal import Tensors

extension GraphReader {
  mutating func readUnary(_ operation: Operation, _ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(1...1)
    let (x, rank) = try value(0, node)
    try append(operation, node, inputs: [x], rank: rank)
  }

  mutating func readElementwise(_ operation: Operation, _ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(2...2)
    let (a, rankA) = try value(0, node)
    let (b, rankB) = try value(1, node)
    try append(operation, node, inputs: [a, b], rank: max(rankA, rankB))
  }

  mutating func readClip(_ node: NodeSource) throws(ONNXProblem) {
    let lower: Float?
    let upper: Float?
    if node.opset < 11 {
      try node.checkInputs(1...1)
      lower = try node.float("min")
      upper = try node.float("max")
    } else {
      try node.checkInputs(1...3)
      lower = try scalar(1, "lower bound", node)
      upper = try scalar(2, "upper bound", node)
    }
    guard !(lower?.isNaN ?? false), !(upper?.isNaN ?? false) else {
      throw .invalidNode(node.label, "one of its bounds is NaN")
    }
    let (x, rank) = try value(0, node)
    let operation = Operation.clip(lower: lower ?? -.infinity, upper: upper ?? .infinity)
    try append(operation, node, inputs: [x], rank: rank)
  }

  mutating func readSoftmax(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(1...1)
    let (x, rank) = try value(0, node)
    let flattens = node.opset < 13
    let axis = try node.axis("axis", default: flattens ? 1 : -1, rank: rank)
    try append(.softmax(axis: axis, flattensTrailing: flattens), node, inputs: [x], rank: rank)
  }

  mutating func readGemm(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(2...3)
    let gemm = Gemm(
      alpha: try node.finite("alpha", default: 1), beta: try node.finite("beta", default: 1),
      transposesA: try node.flag("transA"), transposesB: try node.flag("transB"))
    let (a, rankA) = try value(0, node)
    let (b, rankB) = try value(1, node)
    guard rankA == 2, rankB == 2 else {
      throw .invalidNode(node.label, "A has \(rankA) and B \(rankB) axes instead of two")
    }
    var inputs: [ValueID?] = [a, b]
    if node.input(2) != nil {
      let (c, rankC) = try value(2, node)
      guard rankC <= 2 else { throw .invalidNode(node.label, "C has \(rankC) axes") }
      inputs.append(c)
    }
    try append(.gemm(gemm), node, inputs: inputs, rank: 2)
  }

  mutating func readMatMul(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(2...2)
    let (a, rankA) = try value(0, node)
    let (b, rankB) = try value(1, node)
    guard rankA > 0, rankB > 0 else { throw .invalidNode(node.label, "an operand is a scalar") }
    // A vector stands for a matrix with one row or column, which the product does not have.
    let missing = (rankA == 1 ? 1 : 0) + (rankB == 1 ? 1 : 0)
    try append(.matMul, node, inputs: [a, b], rank: max(rankA, rankB, 2) - missing)
  }

  mutating func readBatchNormalization(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(5...5)
    let trains: Bool
    switch node.opset {
    case ..<7: trains = try !node.flag("is_test")
    case ..<14: trains = node.outputs.count > 1
    default: trains = try node.flag("training_mode")
    }
    guard !trains else {
      throw .unsupported(
        node.label, what: "is in training mode",
        remedy: "export the model for inference (in PyTorch: model.eval())")
    }
    let isPerChannel = try node.flag("spatial", default: true)
    guard node.opset >= 9 || isPerChannel else {
      throw .unsupported(
        node.label, what: "normalizes each element by itself (spatial = 0)",
        remedy: "replace it by a multiplication and an addition")
    }
    let epsilon = try node.finite("epsilon", default: 1e-5)
    let (x, rank) = try value(0, node)
    var inputs: [ValueID?] = [x]
    var channels: Int?
    for (index, role) in ["scale", "offset", "mean", "variance"].enumerated() {
      guard let tensor = try parameter(index + 1, role, node) else { continue }
      guard tensor.shape.count == 1, channels ?? tensor.shape[0] == tensor.shape[0] else {
        throw .invalidNode(node.label, "its \(role) has shape \(tensor.shape)")
      }
      channels = tensor.shape[0]
      if role == "variance", let bad = tensor.floats.first(where: { !($0 + epsilon > 0) }) {
        throw .invalidNode(node.label, "a variance is \(bad)")
      }
      inputs.append(try value(index + 1, node).id)
    }
    try append(.batchNormalization(epsilon: epsilon), node, inputs: inputs, rank: rank)
  }
}
