internal import Network
internal import ONNXSchema
internal import Tensors

extension ExportCheck {
  /// Every node of the network is there, and the constants it reads have the network's values.
  func checkNumbers(against network: Network) throws(ONNXWriteError) {
    let names = uniqueValueNames(of: network)
    var checked: Set<ValueID> = []
    for node in network.nodes {
      guard let output = node.outputs.first, let outputName = names[output],
        let written = producers[outputName]
      else { throw mismatch("node '\(node.name)'", "is missing") }
      if case .quantize(let quantizer) = node.operation {
        let input = node.inputs.first.flatMap { $0 }.flatMap { names[$0] } ?? ""
        try check(quantizer, from: input, to: outputName)
        continue
      }
      if case .softmax = node.operation { continue }
      guard written.opType == node.operation.operatorName else {
        throw mismatch(label(written), "should be \(node.operation.operatorName)")
      }
      for (position, input) in node.inputs.enumerated() {
        guard let input, let name = names[input] else { continue }
        guard written.input.indices.contains(position), written.input[position] == name else {
          throw mismatch(label(written), "does not read '\(name)' as input \(position)")
        }
        if let constant = network.constants[input], checked.insert(input).inserted {
          try check(constant, name: name)
        }
      }
    }
  }

  private func check(_ constant: Constant, name: String) throws(ONNXWriteError) {
    switch constant {
    case .stored(let tensor) where !tensor.type.isReal:
      guard let written = initializers[name], written.dataType == tensor.type.onnxCode,
        written.dims.map({ Int($0) }) == tensor.shape,
        stored(written, as: tensor.type).integers == tensor.integers
      else { throw mismatch("tensor '\(name)'", "does not hold the same integers") }
    case .stored(let tensor):
      let values = tensor.floats
      try checkFloats(name, shape: tensor.shape) { values[$0] }
    case .quantized(let tensor) where initializers[name] != nil:
      let values = tensor.dequantized.values
      try checkFloats(name, shape: tensor.shape) { values[$0] }
    case .quantized(let tensor): try checkCodes(tensor, name: name)
    }
  }

  private func checkFloats(
    _ name: String, shape: [Int], _ expected: (Int) -> Float
  ) throws(ONNXWriteError) {
    guard let tensor = initializers[name], tensor.dataType == ElementType.float32.onnxCode,
      tensor.dims.map({ Int($0) }) == shape
    else { throw mismatch("tensor '\(name)'", "is not an fp32 tensor of shape \(shape)") }
    let found = stored(tensor, as: .float32).floats
    for index in found.indices where found[index].bitPattern != expected(index).bitPattern {
      throw mismatch(
        "tensor '\(name)'", "element \(index) is \(found[index]), not \(expected(index))")
    }
  }

  /// Follows a weight back through Reshape and DequantizeLinear to codes and scales.
  private func checkCodes(_ tensor: QuantizedTensor, name: String) throws(ONNXWriteError) {
    let place = "weights '\(name)'"
    var decoder = producers[name]
    if let reshape = decoder, reshape.opType == "Reshape", reshape.input.count == 2 {
      guard let target = initializers[reshape.input[1]],
        stored(target, as: .int64).integers == tensor.shape
      else { throw mismatch(place, "are not reshaped to \(tensor.shape)") }
      decoder = producers[reshape.input[0]]
    }
    guard let decoder, decoder.opType == "DequantizeLinear", decoder.input.count == 2,
      let codes = initializers[decoder.input[0]], let scales = initializers[decoder.input[1]]
    else { throw mismatch(place, "are not decoded from codes and scales") }
    guard codes.dataType == tensor.storage.onnxCode else {
      throw mismatch(place, "are not stored as \(tensor.storage)")
    }
    try checkAxis(of: decoder, codes: codes, scales: scales, tensor: tensor, place: place)
    let found = stored(codes, as: tensor.storage).integers ?? []
    guard found.count == tensor.codes.count else {
      throw mismatch(place, "have \(found.count) codes, not \(tensor.codes.count)")
    }
    for index in found.indices where found[index] != Int(tensor.codes[index]) {
      throw mismatch(place, "code \(index) is \(found[index]), not \(tensor.codes[index])")
    }
    // A single scale may be written once for each index of some axis.
    let foundScales = stored(scales, as: .float32).floats
    let expected =
      tensor.scales.count == 1
      ? [Float](repeating: tensor.scales[0], count: foundScales.count) : tensor.scales
    guard foundScales.map(\.bitPattern) == expected.map(\.bitPattern) else {
      throw mismatch(place, "have other scales")
    }
  }

  /// The scales run along the axis of the stored codes that is the tensor's axis.
  private func checkAxis(
    of decoder: Onnx_NodeProto, codes: Onnx_TensorProto, scales: Onnx_TensorProto,
    tensor: QuantizedTensor, place: String
  ) throws(ONNXWriteError) {
    let shape = codes.dims.map { Int($0) }
    if scales.dims.isEmpty {
      guard tensor.scales.count == 1 else { throw mismatch(place, "have one scale for all") }
      return
    }
    let axis = decoder.attribute.first { $0.name == "axis" }.map { Int($0.i) } ?? 1
    guard shape.indices.contains(axis), scales.dims == [Int64(shape[axis])] else {
      throw mismatch(place, "have scales that do not fit their codes")
    }
    guard tensor.scales.count > 1 else { return }
    guard shape[axis] == tensor.shape[tensor.axis],
      shape[..<axis].reduce(1, *) == tensor.shape[..<tensor.axis].reduce(1, *)
    else { throw mismatch(place, "have scales along another axis than \(tensor.axis)") }
  }

  /// - Precondition: the size has been checked.
  func stored(_ tensor: Onnx_TensorProto, as type: ElementType) -> StoredTensor {
    StoredTensor(type: type, shape: tensor.dims.map { Int($0) }, bytes: [UInt8](tensor.rawData))
  }
}
