internal import Foundation
internal import Network
internal import Tensors

extension Writer {
  /// Writes a constant under its value's name: an fp32 initializer, or codes that are decoded.
  mutating func write(_ constant: Constant, value: ValueID) throws(ONNXWriteError) {
    switch constant {
    case .stored(let tensor) where !tensor.type.isReal:
      graph.addInitializer(
        name(value), type: tensor.type, shape: tensor.shape, bytes: Data(tensor.bytes))
    case .stored(let tensor):
      graph.addInitializer(
        name(value), type: .float32, shape: tensor.shape, bytes: floatBytes(of: tensor))
    case .quantized(let tensor) where options.form == .float:
      graph.addInitializer(
        name(value), type: .float32, shape: tensor.shape, bytes: bytes(tensor.dequantized.values))
    case .quantized(let tensor):
      try writeCodes(tensor, value: value)
    }
  }

  /// Writes low-bit weights: codes and scales, then DequantizeLinear, then (where needed) Reshape.
  ///
  /// Behind a bare DequantizeLinear, onnxruntime at its default level fuses weights with a
  /// neighbouring code site. From codes of less than 8 bits that makes either an operator that does
  /// not exist (the model is refused) or a bias rounded to whole products of the two steps (the
  /// result is wrong without a word); a MatMul or Gemm becomes an operator with 8-bit inputs. A
  /// Reshape between prevents all three and costs nothing.
  private mutating func writeCodes(
    _ tensor: QuantizedTensor, value: ValueID
  ) throws(ONNXWriteError) {
    guard [.int2, .int4, .int8].contains(tensor.storage) else {
      throw ONNXWriteError.unwritableConstant(
        name: network[value].name,
        problem: "weight codes are stored as int2, int4 or int8, not \(tensor.storage)")
    }
    let isBare = !hasCodeSites && readersAreConvolutions(of: value)
    guard let layout = isBare ? CodeLayout(tensor) : CodeLayout(reshaping: tensor) else {
      return graph.addInitializer(
        name(value), type: .float32, shape: tensor.shape, bytes: bytes(tensor.dequantized.values))
    }
    graph.version.require(codes: tensor.storage)
    let codes = graph.unusedName("q")
    graph.addInitializer(
      codes, type: tensor.storage, shape: layout.shape, bytes: Data(tensor.packedCodes))
    let scales = graph.unusedName("s")
    graph.addInitializer(
      scales, type: .float32, shape: layout.axis == nil ? [] : [layout.scales.count],
      bytes: bytes(layout.scales))
    let decoded = isBare ? name(value) : graph.unusedName("d")
    graph.addNode(
      "DequantizeLinear", inputs: [codes, scales], outputs: [decoded],
      attributes: layout.axis.map { $0 == 1 ? [] : [.int("axis", $0)] } ?? [])
    guard !isBare else { return }
    graph.addNode(
      "Reshape", inputs: [decoded, graph.vector(tensor.shape)], outputs: [name(value)])
  }

  /// Every reader is a convolution, whose weights runtimes leave alone when no codes of activations
  /// come in; a matrix product would be rewritten to one with 8-bit inputs.
  private func readersAreConvolutions(of value: ValueID) -> Bool {
    consumers[value, default: []].allSatisfy { index in
      if case .convolution = network.nodes[index].operation { true } else { false }
    }
  }

  private func floatBytes(of tensor: StoredTensor) -> Data {
    guard tensor.type == .float32 else { return bytes(tensor.floats) }
    return tensor.withBytes { span in unsafe span.withUnsafeBytes { unsafe Data($0) } }
  }

  /// Little-endian fp32, which is how every supported machine holds it.
  private func bytes(_ values: [Float]) -> Data {
    unsafe values.withUnsafeBytes { unsafe Data($0) }
  }
}

/// How the codes of a tensor are laid out in a file.
private struct CodeLayout {
  let shape: [Int]
  /// One for each index of `axis`, or a single one.
  let scales: [Float]
  let axis: Int?

  /// The tensor as it is.
  init?(_ tensor: QuantizedTensor) {
    shape = tensor.shape
    scales = tensor.scales
    axis = tensor.scales.count == 1 ? nil : tensor.axis
  }

  /// The tensor in another shape, for a Reshape to follow: `[outputs, rest]` for kernels, else with
  /// one more axis of extent 1, so that no runtime takes the Reshape for superfluous.
  ///
  /// A single scale is repeated: onnxruntime 1.25 moves a DequantizeLinear with one scale behind
  /// the Reshape, by way of unsigned codes. Nil for a single weight, which has no axis to repeat it
  /// along.
  init?(reshaping tensor: QuantizedTensor) {
    if tensor.shape.count > 2, tensor.axis == 0 {
      shape = [tensor.shape[0], tensor.shape.dropFirst().reduce(1, *)]
    } else {
      shape = tensor.shape + [1]
    }
    guard tensor.scales.count == 1 else {
      scales = tensor.scales
      axis = tensor.axis
      return
    }
    guard let longer = shape.firstIndex(where: { $0 > 1 }) else { return nil }
    scales = [Float](repeating: tensor.scales[0], count: shape[longer])
    axis = longer
  }
}
