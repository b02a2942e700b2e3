internal import Network
internal import Tensors

/// Operators of two operands that had their own way to broadcast before operator set 7.
private let formerlyBroadcast: Set<String> = [
  "Add", "And", "Div", "Equal", "Greater", "Less", "Mul", "Or", "Pow", "PRelu", "Sub", "Xor",
]

extension GraphReader {
  /// Whether the node goes to the operators that are computed in general: those that oneDNN does
  /// not serve, and all on integers.
  func isGeneral(_ node: NodeSource) throws(ONNXProblem) -> Bool {
    let name = node.operatorName
    guard GeneralOperation.knows(generalName(node)) || name == "Split" else { return false }
    guard isNative(name) else { return true }
    if name == "ConstantOfShape" { return false }
    if let first = node.input(0), try !isReal(first, node) {
      return name != "DequantizeLinear" || isComputed(first)
    }
    switch name {
    case "MaxPool": return isUsed(node.output(1))
    case "Dropout": return isUsed(node.output(1)) && node.input(2) == nil && node.opset >= 7
    case "BatchNormalization":
      if node.opset < 9, try !node.flag("spatial", default: true) { return false }
      // The statistics of the batch are asked for, so it is no exporter's slip.
      if node.opset >= 7, isUsed(node.output(1)) || isUsed(node.output(2)) { return true }
      return (1...4).contains { node.input($0).map(isComputed) ?? false }
    case "LRN": return try node.integer("size", default: 1) % 2 == 0
    case "Clip":
      return [1, 2].contains { node.input($0).map { isComputed($0) && isScalar($0) } ?? false }
    case "Pow":
      guard case .stored(let exponent)? = try constant(1, node) else { return true }
      return exponent.elementCount != 1 || !exponent.floats[0].isFinite
    case "QuantizeLinear": return try isUnusualCode(node)
    default: return false
    }
  }

  /// A QuantizeLinear that is no code site: its codes leave the graph, or its scale is computed, or
  /// one of many.
  private func isUnusualCode(_ node: NodeSource) throws(ONNXProblem) -> Bool {
    guard let output = node.output(0), let x = node.input(0), isComputed(x) else { return false }
    if outputNames.contains(output) { return true }
    for index in 1...2 {
      guard let name = node.input(index) else { continue }
      guard let tensor = try constant(index, node) else { return isComputed(name) }
      if tensor.shape.product != 1 { return true }
    }
    return false
  }

  private func isComputed(_ name: String) -> Bool {
    if case .value(let id, _)? = bindings[name] { return network.constants[id] == nil }
    return false
  }

  private func isScalar(_ name: String) -> Bool {
    guard case .value(let id, _)? = bindings[name] else { return false }
    return probedShapes(of: id)?.known.allSatisfy { $0.product == 1 } ?? false
  }

  private func isReal(_ name: String, _ node: NodeSource) throws(ONNXProblem) -> Bool {
    switch bindings[name] {
    case .value(let id, _): return network[id].type.isReal
    case .constant(.stored(let tensor)): return tensor.type.isReal
    case .probed: return false
    case .constant(.quantized), .codes, nil: return true
    }
  }

  /// The node with B's axes where A's are, as operator sets before 7 said by `axis`.
  mutating func aligningOperands(_ node: NodeSource) throws(ONNXProblem) -> NodeSource {
    guard node.opset < 7, formerlyBroadcast.contains(node.operatorName), let b = node.input(1)
    else { return node }
    let ranks = (try rank(0, node), try rank(1, node))
    var stated = try node.flag("broadcast") ? try node.integer("axis") : nil
    // Slopes were one per channel.
    if node.operatorName == "PRelu", ranks.0 > 1, ranks.1 == 1, try constant(1, node)?.shape != [1]
    {
      stated = 1
    }
    guard let axis = stated else { return node }
    let start = axis < 0 ? axis + ranks.0 : axis
    let trailing = ranks.0 - start - ranks.1
    guard start >= 0, trailing >= 0 else {
      throw .invalidNode(node.label, "its axis \(axis) does not fit its operands")
    }
    guard trailing > 0 else { return node }
    let name = unusedName("\(b)_aligned_for_\(node.label.name)")
    if let constant = try constant(1, node) {
      try bindConstant(
        name, constant.reshaped(to: constant.shape + [Int](repeating: 1, count: trailing)))
    } else {
      let (id, rank) = try value(1, node)
      try append(
        .unsqueeze(axes: Array(rank..<rank + trailing)), as: unusedName("Unsqueeze_\(name)"),
        inputs: [id], output: name, rank: rank + trailing, type: .float32)
    }
    return node.replacing(input: 1, by: name)
  }

  private func rank(_ index: Int, _ node: NodeSource) throws(ONNXProblem) -> Int {
    switch try operand(index, node) {
    case .value(_, let rank): rank
    case .constant(let constant): constant.shape.count
    case .probed(let tensor): tensor.first.shape.count
    case .codes(let codes): codes.rank
    }
  }
}
