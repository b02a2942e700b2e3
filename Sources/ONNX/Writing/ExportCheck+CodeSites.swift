internal import Network
internal import ONNXSchema
internal import Tensors

extension ExportCheck {
  /// Follows a code site backwards from its output to its input and compares its numbers.
  func check(
    _ quantizer: ActivationQuantizer, from input: String, to output: String
  ) throws(ONNXWriteError) {
    let place = "code site '\(output)'"
    let isFloat = producers[output]?.opType == "Mul"
    let source =
      isFloat
      ? try floatSite(quantizer, output, place) : try codedSite(quantizer, output, place)
    var value = source
    if let threshold = quantizer.threshold {
      let choice = try producer(of: value, "Where", place, inputs: 3)
      let comparison = try producer(of: choice.input[0], "Greater", place)
      try expect(comparison, 1, threshold, place)
      let raised = try producer(of: choice.input[1], "Max", place)
      try expect(raised, 1, quantizer.step, place)
      if quantizer.lowestCode < 0 {
        let lower = try producer(of: choice.input[2], "Where", place, inputs: 3)
        try expect(producer(of: lower.input[0], "Less", place), 1, -threshold, place)
        try expect(lower, 2, 0, place)
      } else {
        try expect(choice, 2, 0, place)
      }
      value = comparison.input[0]
    }
    guard value == input else { throw mismatch(place, "reads '\(value)', not '\(input)'") }
  }

  /// `Min → QuantizeLinear → DequantizeLinear [→ Max]`; returns what Min reads.
  private func codedSite(
    _ quantizer: ActivationQuantizer, _ output: String, _ place: String
  ) throws(ONNXWriteError) -> String {
    var decoded = output
    if let floor = producers[output], floor.opType == "Max", floor.input.count == 2 {
      try expect(floor, 1, Float(quantizer.lowestCode) * quantizer.step, place)
      decoded = floor.input[0]
    }
    let decoder = try producer(of: decoded, "DequantizeLinear", place)
    let coder = try producer(of: decoder.input[0], "QuantizeLinear", place)
    for node in [decoder, coder] {
      try expect(node, 1, quantizer.step, place)
      guard node.input.count == 3, let zero = initializers[node.input[2]],
        let type = [ElementType.uint2, .uint4, .uint8].first(where: {
          $0.onnxCode == zero.dataType
        }),
        stored(zero, as: type).integers == [-quantizer.lowestCode]
      else { throw mismatch(place, "has another zero point than \(-quantizer.lowestCode)") }
      guard type.bitCount >= quantizer.bits else {
        throw mismatch(place, "stores \(quantizer.bits)-bit codes as \(type)")
      }
    }
    let ceiling = try producer(of: coder.input[0], "Min", place)
    try expect(ceiling, 1, Float(quantizer.highestCode) * quantizer.step, place)
    return ceiling.input[0]
  }

  /// `Div → Round → Clip → Mul`; returns what Div reads.
  private func floatSite(
    _ quantizer: ActivationQuantizer, _ output: String, _ place: String
  ) throws(ONNXWriteError) -> String {
    let product = try producer(of: output, "Mul", place)
    try expect(product, 1, quantizer.step, place)
    let clip = try producer(of: product.input[0], "Clip", place)
    try expect(clip, 1, Float(quantizer.lowestCode), place)
    try expect(clip, 2, Float(quantizer.highestCode), place)
    let round = try producer(of: clip.input[0], "Round", place)
    let quotient = try producer(of: round.input[0], "Div", place)
    try expect(quotient, 1, quantizer.step, place)
    return quotient.input[0]
  }

  private func producer(
    of value: String, _ operatorName: String, _ place: String, inputs: Int = 1
  ) throws(ONNXWriteError) -> Onnx_NodeProto {
    guard let node = producers[value], node.opType == operatorName, node.input.count >= inputs
    else {
      throw mismatch(place, "'\(value)' is not computed by \(operatorName)")
    }
    return node
  }

  private func expect(
    _ node: Onnx_NodeProto, _ position: Int, _ expected: Float, _ place: String
  ) throws(ONNXWriteError) {
    guard node.input.indices.contains(position), let tensor = initializers[node.input[position]],
      tensor.dataType == ElementType.float32.onnxCode, tensor.dims.isEmpty
    else { throw mismatch(place, "input \(position) of \(node.opType) is not a scalar") }
    let found = stored(tensor, as: .float32).floats[0]
    guard found == expected else {
      throw mismatch(place, "input \(position) of \(node.opType) is \(found), not \(expected)")
    }
  }
}
