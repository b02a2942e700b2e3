package import Tensors

/// A model that cannot be read: which file, which part of it, why, and what can be done.
package struct ONNXError: Error, Equatable, CustomStringConvertible {
  /// The path of the model, or a name for bytes that came from elsewhere.
  package let source: String
  package let problem: ONNXProblem

  package init(source: String, problem: ONNXProblem) {
    self.source = source
    self.problem = problem
  }

  package var description: String { "cannot read model '\(source)': \(problem)" }
}

/// A node as a message names it.
package struct NodeLabel: Equatable, Sendable, CustomStringConvertible {
  package let name: String
  /// The operator, with its domain in front unless that is the default one.
  package let operatorName: String

  package init(name: String, operatorName: String) {
    self.name = name
    self.operatorName = operatorName
  }

  package var description: String { "node '\(name)' (\(operatorName))" }
}

/// What is wrong with a model.
package enum ONNXProblem: Error, Equatable {
  /// The file, or a file of weights beside it, cannot be opened or mapped.
  case file(FileError)
  /// The bytes are no ONNX model, or end too early.
  case malformed(String)
  /// The version of an operator set is outside what is supported.
  case unsupportedOpset(domain: String, version: Int, supported: ClosedRange<Int>)
  /// Operators that are not among the supported ones: the first node of each, in the file's order.
  case unsupportedOperators([NodeLabel])
  /// The node uses a supported operator in an unsupported way.
  case unsupported(NodeLabel, what: String, remedy: String)
  /// An input that shapes or parametrizes the node is computed, or given by the caller.
  case notConstant(NodeLabel, value: String, role: String)
  /// The node contradicts the operator's definition.
  case invalidNode(NodeLabel, String)
  /// A tensor or a graph input has elements of a type that is not supported.
  case unsupportedType(value: String, type: String)
  /// The tensor's declaration and data contradict each other.
  case invalidTensor(name: String, String)
  /// A weight is NaN or infinite.
  case nonFinite(tensor: String, index: Int, value: String)
  /// A graph input or output cannot be described.
  case invalidValue(name: String, String)
  /// A node or the list of outputs reads a value that nothing defines.
  case undefinedValue(name: String, reader: String)
  /// Two nodes, inputs or initializers define the same value.
  case duplicateValue(name: String)
  /// The nodes depend on each other in a circle.
  case cycle(nodes: [String])
}

extension ONNXProblem: CustomStringConvertible {
  package var description: String {
    switch self {
    case .file(let error): return error.description
    case .malformed(let reason): return reason
    case .unsupportedOpset(let domain, let version, let supported):
      let set = domain.isEmpty ? "opset" : "version of domain '\(domain)'"
      return "its \(set) is \(version), supported are \(supported.lowerBound) to "
        + "\(supported.upperBound): export it again with a version in that range, or convert it "
        + "(onnx.version_converter)"
    case .unsupportedOperators(let nodes): return describeUnsupported(nodes)
    case .unsupported(let node, let what, let remedy): return "\(node) \(what): \(remedy)"
    case .notConstant(let node, let value, let role):
      return "\(node) takes its \(role) from '\(value)', which is not a constant: fix the "
        + "model's shapes and fold constants (for example with onnxsim), or bind the value"
    case .invalidNode(let node, let reason): return "\(node) is invalid: \(reason)"
    case .unsupportedType(let value, let type):
      return "'\(value)' is of type \(type), which is not supported: use a float type, or an "
        + "integer type of 2 to 64 bits"
    case .invalidTensor(let name, let reason): return "tensor '\(name)' \(reason)"
    case .nonFinite(let tensor, let index, let value):
      return "tensor '\(tensor)' holds \(value) at element \(index): train or export it again, "
        + "a network with such weights has no meaningful output"
    case .invalidValue(let name, let reason): return "value '\(name)' \(reason)"
    case .undefinedValue(let name, let reader):
      return "\(reader) reads '\(name)', which no node, input or initializer defines"
    case .duplicateValue(let name): return "value '\(name)' is defined more than once"
    case .cycle(let nodes):
      return "the nodes \(nodes.map { "'\($0)'" }.joined(separator: ", ")) depend on each other "
        + "in a circle"
    }
  }
}

private func describeUnsupported(_ nodes: [NodeLabel]) -> String {
  let list = nodes.map { "\($0)" }.joined(separator: ", ")
  let reasons = Set(nodes.compactMap { refusal(of: $0.operatorName) }).sorted()
  return "\(list) \(nodes.count == 1 ? "has an operator" : "have operators") that cannot be read: "
    + (reasons.isEmpty ? "" : "(" + reasons.joined(separator: "; ") + ") ")
    + "replace them in the original model, or cut the model in front of them "
    + "(onnx.utils.extract_model); the README lists what can be read"
}
