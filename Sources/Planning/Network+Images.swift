internal import Network
internal import Tensors

/// General operations along the axis that an attribute names, with the default.
private let axisDefaults: [String: Int] = [
  "ArgMax": 0, "ArgMin": 0, "GatherElements": 0, "Hardmax": -1, "LayerNormalization": -1,
  "LogSoftmax": -1, "LpNormalization": -1, "RMSNormalization": -1, "ReverseSequence": 0,
  "ScatterElements": 0, "Softmax": -1, "TopK": -1,
]

/// General operations that always look at all images, or at an image's place among them.
private let joining: Set<String> = [
  "DynamicQuantizeLinear", "EyeLike", "NonMaxSuppression", "NonZero", "ScatterND",
  "Unique",
]

extension Network {
  /// Whether what a node gives for one image depends on the others in the batch, or on its place
  /// there, although it keeps the number of rows.
  ///
  /// - Parameter shapes: of all computed values.
  func joinsImages(_ node: Node, shapes: [ValueID: [Int]]) -> Bool {
    let rank = (node.inputs.first ?? nil).flatMap { shapes[$0]?.count } ?? 0
    switch node.operation {
    case .softmax(let axis, _): return axis == 0
    case .slice(let axes): return axes.contains { $0.axis == 0 && $0.step != 1 }
    case .pad(let padding): return padding.before.first != 0 || padding.after.first != 0
    case .general(let operation): return joinsImages(operation, node, rank: rank)
    default: return false
    }
  }

  private func joinsImages(_ operation: GeneralOperation, _ node: Node, rank: Int) -> Bool {
    func isFirst(_ axis: Int) -> Bool { (axis < 0 ? axis + rank : axis) == 0 }
    var stated: Int?
    if case .integer(let axis)? = operation.attributes["axis"] { stated = axis }
    if joining.contains(operation.name) { return true }
    switch operation.name {
    // Its places count through the whole batch.
    case "MaxPool": return operation.output == 1
    case "BatchNormalization":
      return operation.attributes["training_mode"] == .integer(1)
    case "MeanVarianceNormalization":
      guard case .integers(let axes)? = operation.attributes["axes"] else { return true }
      return axes.contains(where: isFirst)
    case "CumSum":
      let axis = node.inputs.count > 1 ? node.inputs[1].flatMap { constants[$0]?.tensor } : nil
      return axis?.values.first.map { isFirst(Int($0)) } ?? true
    case "GatherND":
      let isTable = node.inputs[0].map { constants[$0] != nil } ?? false
      return !isTable && operation.attributes["batch_dims"] ?? .integer(0) == .integer(0)
    case "GatherElements" where node.inputs[0].map { constants[$0] != nil } ?? false:
      return false
    case "ReverseSequence":
      guard case .integer(let time)? = operation.attributes["time_axis"] else { return true }
      return isFirst(time)
    case "Slice":
      let steps = node.inputs.count > 4 ? node.inputs[4].flatMap { constants[$0]?.tensor } : nil
      return steps?.values.contains { $0 != 1 } ?? false
    case "Trilu": return rank == 2
    case "Einsum":
      guard case .text(let equation)? = operation.attributes["equation"] else { return true }
      let computed = node.inputs.map { input in input.map { constants[$0] == nil } ?? false }
      return !keepsFirstLabel(equation, computed: computed)
    default:
      return axisDefaults[operation.name].map { isFirst(stated ?? $0) } ?? false
    }
  }
}

/// Whether the first label of a contraction's result, or its ellipsis, is the first of all computed
/// operands too and stands nowhere else in them.
private func keepsFirstLabel(_ equation: String, computed: [Bool]) -> Bool {
  let text = equation.filter { $0 != " " }
  guard let arrow = text.firstRange(of: "->"), let label = text[arrow.upperBound...].first else {
    return false
  }
  let terms = text[..<arrow.lowerBound].split(separator: ",", omittingEmptySubsequences: false)
  let length = label == "." ? 3 : 1
  return terms.count == computed.count
    && zip(terms, computed).allSatisfy { term, isComputed in
      !isComputed || term.first == label && !term.dropFirst(length).contains(label)
    }
}
