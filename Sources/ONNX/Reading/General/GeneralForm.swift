internal import Network
internal import ONNXSchema
internal import Tensors

/// A node as a general operation: which of its inputs it takes, and further ones that the file has
/// as attributes.
struct GeneralForm {
  var operation: GeneralOperation
  /// Inputs taken from the node.
  var inputCount: Int
  /// Inputs after these, or nil where one is left out.
  var added: [TypedTensor?] = []
}

/// Attributes that became inputs, with the first operator set in which they are.
private let formerAttributes: [String: (opset: Int, names: [String])] = [
  "ReduceL1": (18, ["axes"]), "ReduceL2": (18, ["axes"]), "ReduceLogSum": (18, ["axes"]),
  "ReduceLogSumExp": (18, ["axes"]), "ReduceMax": (18, ["axes"]), "ReduceMean": (18, ["axes"]),
  "ReduceMin": (18, ["axes"]), "ReduceProd": (18, ["axes"]), "ReduceSum": (13, ["axes"]),
  "ReduceSumSquare": (18, ["axes"]), "Squeeze": (13, ["axes"]), "Unsqueeze": (13, ["axes"]),
  "Split": (13, ["split"]), "TopK": (10, ["k"]), "Reshape": (5, ["shape"]),
  "Slice": (10, ["starts", "ends", "axes"]), "Pad": (11, ["pads", "value"]),
  "Clip": (11, ["min", "max"]),
]

/// Attributes that name an element type.
let typeAttributes: Set<String> = ["to", "dtype", "output_dtype"]

/// Operators whose result may be other than the newest operator set says, by attributes that are
/// only about how it is computed or trained.
private let ignoredAttributes: Set<String> = [
  "axes_are_shared", "broadcast", "consumed_inputs", "is_test", "precision", "ratio", "saturate",
  "seed", "spatial", "stash_type",
]

extension GraphReader {
  /// The name under which the operator is known now.
  func generalName(_ node: NodeSource) -> String {
    node.operatorName == "Scatter" ? "ScatterElements" : node.operatorName
  }

  /// The node as a general operation in the form of the newest operator set; nil where that does
  /// not exist.
  ///
  /// - Parameter rank: the axes of its first input.
  func generalForm(_ node: NodeSource, rank: Int?) throws(ONNXProblem) -> GeneralForm? {
    let name = generalName(node)
    var attributes: [String: GeneralOperation.Attribute] = [:]
    let former = formerAttributes[name].flatMap { node.opset < $0.opset ? $0.names : nil } ?? []
    for attribute in node.attributeNames
    where !ignoredAttributes.contains(attribute) && !former.contains(attribute) {
      attributes[attribute] = try generalAttribute(attribute, node)
    }
    var form = GeneralForm(
      operation: GeneralOperation(name: name, attributes: attributes),
      inputCount: node.inputs.count)
    for attribute in former { form.added.append(try formerAttribute(attribute, node)) }
    while form.added.last == .some(nil) { form.added.removeLast() }
    try adapt(&form, node, rank: rank)
    return form
  }

  private func generalAttribute(
    _ name: String, _ node: NodeSource
  ) throws(ONNXProblem) -> GeneralOperation.Attribute? {
    if typeAttributes.contains(name), !(node.operatorName == "Cast" && node.opset < 6) {
      let code = Int32(exactly: try node.integer(name, default: 0)) ?? -1
      if name == "output_dtype", code == 0 { return nil }
      guard let type = ElementType(onnx: code) else {
        throw .unsupportedType(
          value: node.outputs.first ?? node.label.name, type: elementTypeName(code))
      }
      return .text(type.rawValue)
    }
    return try node.generalAttribute(name)
  }

  private func formerAttribute(
    _ name: String, _ node: NodeSource
  ) throws(ONNXProblem) -> TypedTensor? {
    switch name {
    case "value", "min", "max":
      return try node.float(name).map { TypedTensor(shape: [], [$0]) }
    case "k": return try node.integer(name).map { TypedTensor(shape: [1], integers: [$0]) }
    default:
      return try node.integers(name).map { TypedTensor(shape: [$0.count], integers: $0) }
    }
  }

  /// What single operators need beside.
  private func adapt(
    _ form: inout GeneralForm, _ node: NodeSource, rank: Int?
  ) throws(ONNXProblem) {
    switch node.operatorName {
    case "Cast" where node.opset < 6:
      let types = [
        "FLOAT": ElementType.float32, "DOUBLE": .float64, "FLOAT16": .float16, "INT8": .int8,
        "INT16": .int16, "INT32": .int32, "INT64": .int64, "UINT8": .uint8, "UINT16": .uint16,
        "UINT32": .uint32, "UINT64": .uint64, "BOOL": .bool,
      ]
      guard let type = types[try node.string("to") ?? ""] else {
        throw .invalidNode(node.label, "it casts to an unknown type")
      }
      form.operation.attributes["to"] = .text(type.rawValue)
    case "ConstantOfShape":
      form.operation.attributes["value"] = nil
      form.added = [TypedTensor(shape: [1], [0])]
      if let value = try node.tensor("value") {
        var reading = tensors
        form.added = [TypedTensor(try reading.tensor(value))]
      }
      guard form.added[0]?.count == 1 else {
        throw .invalidNode(node.label, "its value is not one element")
      }
    case "Split":
      form.operation.attributes["num_outputs"] = .integer(node.outputs.count)
    case "Dropout": form.inputCount = min(form.inputCount, 1)
    case "BatchNormalization" where node.opset < 14 && node.outputs.count > 1:
      form.operation.attributes["training_mode"] = .integer(1)
    case "GridSample":
      if case .text(let mode)? = form.operation.attributes["mode"], mode.hasPrefix("bi") {
        form.operation.attributes["mode"] = .text(String(mode.dropFirst(2)))
      }
    case "ArrayFeatureExtractor": break
    default: break
    }
  }
}

extension NodeSource {
  /// An attribute of a plain type as a general operation holds it.
  func generalAttribute(_ name: String) throws(ONNXProblem) -> GeneralOperation.Attribute? {
    switch type(of: name) {
    case .int: return try integer(name).map { .integer($0) }
    case .ints: return try integers(name).map { .integers($0) }
    case .float: return try float(name).map { .real($0) }
    case .floats: return try floats(name).map { .reals($0) }
    case .string: return try string(name).map { .text($0) }
    case .tensor where operatorName == "ConstantOfShape": return nil
    default:
      throw .unsupported(
        label, what: "has the attribute '\(name)' of a type that is not supported",
        remedy: "remove it")
    }
  }
}
