internal import Foundation
internal import ONNXSchema

/// One node of the file with typed access to its attributes.
struct NodeSource {
  let label: NodeLabel
  let domain: String
  private(set) var inputs: [String]
  let outputs: [String]
  /// The version of the operator set that defines the node's operator.
  let opset: Int
  private let attributes: [String: Onnx_AttributeProto]

  init(_ node: Onnx_NodeProto, name: String, opset: Int) throws(ONNXProblem) {
    domain = node.domain == "ai.onnx" ? "" : node.domain
    label = NodeLabel(
      name: name, operatorName: domain.isEmpty ? node.opType : "\(domain).\(node.opType)")
    // Trailing empty names mean the same as none.
    inputs = Array(node.input.reversed().drop(while: \.isEmpty).reversed())
    outputs = Array(node.output.reversed().drop(while: \.isEmpty).reversed())
    self.opset = opset
    var attributes: [String: Onnx_AttributeProto] = [:]
    for attribute in node.attribute {
      guard attributes.updateValue(attribute, forKey: attribute.name) == nil else {
        throw .invalidNode(label, "attribute '\(attribute.name)' is given twice")
      }
    }
    self.attributes = attributes
  }

  /// The operator's name without its domain.
  var operatorName: String { domain.isEmpty ? label.operatorName : "" }

  /// The node with another value as one of its inputs.
  func replacing(input index: Int, by name: String) -> NodeSource {
    var result = self
    result.inputs[index] = name
    return result
  }

  /// The name of an input, or nil where it is left out.
  func input(_ index: Int) -> String? {
    index < inputs.count && !inputs[index].isEmpty ? inputs[index] : nil
  }

  /// The name of an output, or nil where it is left out.
  func output(_ index: Int) -> String? {
    index < outputs.count && !outputs[index].isEmpty ? outputs[index] : nil
  }

  /// Throws unless the number of inputs lies in `range` and the first `range.lowerBound` are there.
  func checkInputs(_ range: ClosedRange<Int>) throws(ONNXProblem) {
    guard range.contains(inputs.count), (0..<range.lowerBound).allSatisfy({ input($0) != nil })
    else {
      let wanted =
        range.lowerBound == range.upperBound
        ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
      throw .invalidNode(label, "it needs \(wanted) inputs, and has \(inputs.count)")
    }
  }

  var attributeNames: [String] { attributes.keys.sorted() }

  func type(of attribute: String) -> Onnx_AttributeProto.AttributeType {
    attributes[attribute]?.type ?? .undefined
  }

  func has(_ attribute: String) -> Bool { attributes[attribute] != nil }

  private func attribute(
    _ name: String, _ type: Onnx_AttributeProto.AttributeType
  ) throws(ONNXProblem) -> Onnx_AttributeProto? {
    guard let attribute = attributes[name] else { return nil }
    // Files of IR version 1 state no type.
    guard attribute.type == type || attribute.type == .undefined else {
      throw .invalidNode(label, "attribute '\(name)' is of type \(attribute.type), not \(type)")
    }
    guard attribute.refAttrName.isEmpty else {
      throw .invalidNode(label, "attribute '\(name)' refers to an attribute of a function")
    }
    return attribute
  }

  func integer(_ name: String) throws(ONNXProblem) -> Int? {
    try attribute(name, .int).map { Int($0.i) }
  }

  func integer(_ name: String, default value: Int) throws(ONNXProblem) -> Int {
    try integer(name) ?? value
  }

  /// An integer attribute that is a flag: 0 or 1.
  func flag(_ name: String, default value: Bool = false) throws(ONNXProblem) -> Bool {
    guard let number = try integer(name) else { return value }
    guard number == 0 || number == 1 else {
      throw .invalidNode(label, "attribute '\(name)' is \(number), not 0 or 1")
    }
    return number == 1
  }

  func integers(_ name: String) throws(ONNXProblem) -> [Int]? {
    try attribute(name, .ints).map { $0.ints.map { Int($0) } }
  }

  func float(_ name: String) throws(ONNXProblem) -> Float? {
    try attribute(name, .float).map(\.f)
  }

  /// A float attribute that has to be finite.
  func finite(_ name: String, default value: Float) throws(ONNXProblem) -> Float {
    let number = try float(name) ?? value
    guard number.isFinite else {
      throw .invalidNode(label, "attribute '\(name)' is \(number)")
    }
    return number
  }

  func floats(_ name: String) throws(ONNXProblem) -> [Float]? {
    try attribute(name, .floats).map(\.floats)
  }

  func string(_ name: String) throws(ONNXProblem) -> String? {
    try attribute(name, .string).map { String(decoding: $0.s, as: UTF8.self) }
  }

  func tensor(_ name: String) throws(ONNXProblem) -> Onnx_TensorProto? {
    try attribute(name, .tensor).map(\.t)
  }
}
