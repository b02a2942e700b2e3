internal import Network
internal import ONNXSchema
internal import Tensors

extension WrittenForms {
  /// `Min → QuantizeLinear → DequantizeLinear [→ Max]`, Min at the highest code, Max at the lowest.
  mutating func joinCodedSite(at coder: Int) {
    guard let ceiling = previous(coder, input: 0, "Min"), let top = scalar(ceiling, 1),
      let decoder = next(coder, "DequantizeLinear"), let step = scalar(coder, 1),
      step > 0, step.isFinite, nodes[coder].attribute.isEmpty, nodes[decoder].attribute.isEmpty,
      scalar(decoder, 1) == step, let zeroName = input(coder, 2), input(decoder, 2) == zeroName,
      let zero = scalars[zeroName], [.uint2, .uint4, .uint8].contains(zero.type),
      let range = zero.type.integerRange, let zeroPoint = zero.integers?.first
    else { return }
    let highest = (top / step).rounded()
    guard highest.isFinite, highest * step == top, abs(highest) <= 255,
      range.contains(Int(highest) + zeroPoint),
      let bits = codeBits(lowest: -zeroPoint, highest: Int(highest))
    else { return }
    var group = [ceiling, coder, decoder]
    if let floor = next(decoder, "Max"), scalar(floor, 1) == Float(-zeroPoint) * step {
      group.append(floor)
    }
    join(
      group, at: ceiling, name: nodes[coder].name,
      ActivationQuantizer(bits: bits, step: step, lowestCode: -zeroPoint))
  }

  /// `Div → Round → Clip → Mul`.
  mutating func joinFloatSite(at round: Int) {
    guard let quotient = previous(round, input: 0, "Div"), let step = scalar(quotient, 1),
      step > 0, step.isFinite,
      let clip = next(round, "Clip"), let lowest = scalar(clip, 1), let highest = scalar(clip, 2),
      let product = next(clip, "Mul"), scalar(product, 1) == step,
      abs(lowest) <= 255, abs(highest) <= 255, lowest == lowest.rounded(),
      highest == highest.rounded(),
      let bits = codeBits(lowest: Int(lowest), highest: Int(highest))
    else { return }
    join(
      [quotient, round, clip, product], at: quotient, name: nodes[round].name,
      ActivationQuantizer(bits: bits, step: step, lowestCode: Int(lowest)))
  }

  /// The width of codes whose number is a power of two.
  private func codeBits(lowest: Int, highest: Int) -> Int? {
    (1...8).first { highest - lowest + 1 == 1 << $0 }
  }

  /// Replaces a site by one node, together with the comparisons of a zero threshold in front of it.
  /// - Parameter first: the node of the site that reads the value to round.
  private mutating func join(
    _ group: [Int], at first: Int, name: String, _ quantizer: ActivationQuantizer
  ) {
    var group = group
    var quantizer = quantizer
    guard var source = input(first, 0) else { return }
    if let choice = previous(first, input: 0, "Where"),
      let found = threshold(at: choice, quantizer)
    {
      quantizer.threshold = found.value
      source = found.source
      group = found.nodes + group
    }
    var attributes: [Onnx_AttributeProto] = [
      .int("bits", quantizer.bits), .float("step", quantizer.step),
      .int("lowest", quantizer.lowestCode),
    ]
    if let threshold = quantizer.threshold { attributes.append(.float("threshold", threshold)) }
    replace(group, by: "CodeSite", name: name, input: source, attributes: attributes)
  }

  /// The comparisons `Where(x > ε, max(x, δ), 0)`, or with negative codes
  /// `Where(x > ε, max(x, δ), Where(x < −ε, x, 0))`.
  private func threshold(
    at choice: Int, _ quantizer: ActivationQuantizer
  ) -> (value: Float, source: String, nodes: [Int])? {
    guard let greater = previous(choice, input: 0, "Greater"), let value = scalar(greater, 1),
      let source = input(greater, 0), let raised = previous(choice, input: 1, "Max"),
      input(raised, 0) == source, scalar(raised, 1) == quantizer.step
    else { return nil }
    guard quantizer.lowestCode < 0 else {
      return scalar(choice, 2) == 0 ? (value, source, [greater, raised, choice]) : nil
    }
    guard let other = previous(choice, input: 2, "Where"), input(other, 1) == source,
      scalar(other, 2) == 0, let less = previous(other, input: 0, "Less"),
      input(less, 0) == source, scalar(less, 1) == -value
    else { return nil }
    return (value, source, [greater, raised, less, other, choice])
  }
}
