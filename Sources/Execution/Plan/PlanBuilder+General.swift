internal import Network
internal import Tensors

extension PlanBuilder {
  /// An operator that oneDNN does not serve, on floats and integers.
  func appendGeneral(_ operation: GeneralOperation, _ node: Node) throws(PrimitiveFailure) {
    var operands: [GeneralOperand?] = []
    for input in node.inputs {
      guard let input else {
        operands.append(nil)
        continue
      }
      if let constant = network.constants[input] {
        operands.append(.constant(constant.typed))
        continue
      }
      let type = network[input].type
      let view = type.isReal ? try plainView(of: input) : try view(of: input)
      operands.append(.computed(GeneralPlace(view: view, type: type, shape: shape(input))))
    }
    let output = node.outputs[0]
    let type = network[output].type
    let target = type.isReal ? allocate(plain(output)) : allocateIntegers(shape(output))
    append(
      .general(
        operation, operands, to: GeneralPlace(view: target, type: type, shape: shape(output))))
    try define(output, target)
  }
}

extension Constant {
  /// The constant with its own element type; low-bit weights as fp32.
  fileprivate var typed: TypedTensor {
    switch self {
    case .stored(let tensor): TypedTensor(tensor)
    case .quantized(let tensor):
      TypedTensor(shape: tensor.shape, tensor.dequantized.values)
    }
  }
}
