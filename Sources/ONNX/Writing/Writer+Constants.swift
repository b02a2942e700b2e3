internal import Foundation
internal import Network
internal import Tensors

extension Writer {
  /// Writes a constant under its value's name: an fp32 initializer, or codes that are decoded.
  mutating func write(_ constant: Constant, value: ValueID) throws(ONNXWriteError) {
    switch constant {
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
  /// result is wrong without a word), and from MatMul an operator with 8-bit inputs. A Reshape
  /// between prevents all three and costs nothing.
  private mutating func writeCodes(
    _ tensor: QuantizedTensor, value: ValueID
  ) throws(ONNXWriteError) {
    guard [.int2, .int4, .int8].contains(tensor.storage) else {
      throw ONNXWriteError.unwritableConstant(
        name: network[value].name,
        problem: "weight codes are stored as int2, int4 or int8, not \(tensor.storage)")
    }
    graph.version.require(codes: tensor.storage)
    let isReshaped = hasCodeSites || !readersTakeWeights(of: value)
    let shape = isReshaped ? flattened(tensor) : tensor.shape
    let codes = graph.unusedName("q")
    graph.addInitializer(
      codes, type: tensor.storage, shape: shape, bytes: Data(tensor.packedCodes))
    let scales = graph.unusedName("s")
    let isPerTensor = tensor.scales.count == 1
    graph.addInitializer(
      scales, type: .float32, shape: isPerTensor ? [] : [tensor.scales.count],
      bytes: bytes(tensor.scales))
    let decoded = isReshaped ? graph.unusedName("d") : name(value)
    graph.addNode(
      "DequantizeLinear", inputs: [codes, scales], outputs: [decoded],
      attributes: isPerTensor || tensor.axis == 1 ? [] : [.int("axis", tensor.axis)])
    guard isReshaped else { return }
    graph.addNode(
      "Reshape", inputs: [decoded, graph.vector(tensor.shape)], outputs: [name(value)])
  }

  /// Every reader is a convolution or Gemm, whose weights runtimes leave alone when no codes of
  /// activations come in; a MatMul would be rewritten to one with 8-bit inputs.
  private func readersTakeWeights(of value: ValueID) -> Bool {
    consumers[value, default: []].allSatisfy { index in
      switch network.nodes[index].operation {
      case .convolution, .gemm: true
      default: false
      }
    }
  }

  /// A shape of the same elements that differs from the tensor's: `[outputs, rest]` for kernels,
  /// else one more axis of extent 1, so that no runtime takes the Reshape for superfluous.
  private func flattened(_ tensor: QuantizedTensor) -> [Int] {
    guard tensor.shape.count > 2, tensor.axis == 0 else { return tensor.shape + [1] }
    return [tensor.shape[0], tensor.shape.dropFirst().reduce(1, *)]
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
