internal import Network
internal import ONNXSchema
internal import Tensors

extension Writer {
  /// Writes an operator that is kept by name and attributes; results before the one that is wanted
  /// get names that nothing reads.
  mutating func write(
    _ operation: GeneralOperation, node: Node, inputs: [String], output: String
  ) throws(ONNXWriteError) {
    graph.version.require(opset: operation.opset)
    var attributes: [Onnx_AttributeProto] = []
    for (name, value) in operation.attributes.sorted(by: { $0.key < $1.key }) {
      switch value {
      case .integer(let number): attributes.append(.int(name, number))
      case .integers(let numbers): attributes.append(.ints(name, numbers))
      case .real(let number): attributes.append(.float(name, number))
      case .reals(let numbers): attributes.append(.floats(name, numbers))
      case .text(let text):
        guard let type = ElementType(rawValue: text), typeAttributes.contains(name) else {
          attributes.append(.string(name, text))
          continue
        }
        guard !type.isReal || type == .float32 else {
          throw ONNXWriteError.unwritable(
            node: node.name, problem: "everything is written in fp32, so it cannot give \(type)")
        }
        attributes.append(.int(name, Int(type.onnxCode)))
      }
    }
    var outputs: [String] = []
    for _ in 0..<operation.output { outputs.append(graph.unusedName("u")) }
    graph.addNode(
      operation.name, name: node.name, inputs: inputs, outputs: outputs + [output],
      attributes: attributes)
  }
}
