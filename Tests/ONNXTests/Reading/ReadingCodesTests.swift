import Network
import ONNX
import ONNXSchema
import Tensors
import Testing

@Suite struct `Reading codes` {
  /// x → QuantizeLinear → DequantizeLinear → y with a scalar scale and a zero point.
  private func pair(
    _ type: Onnx_TensorProto.DataType, zero: UInt8, between: String? = nil
  ) -> ModelFixture {
    var fixture = ModelFixture(opset: 25)
    fixture.input("x", [1, 8])
    fixture.constant("step", [], [0.5])
    fixture.constant("zero", [], type, bytes: [zero])
    fixture.node("QuantizeLinear", ["x", "step", "zero"], ["codes"], name: "site")
    if let between { fixture.node(between, ["codes"], ["narrow"], name: "between") }
    fixture.node(
      "DequantizeLinear", [between == nil ? "codes" : "narrow", "step", "zero"], ["y"],
      name: "back")
    fixture.output("y")
    return fixture
  }

  @Test func `A pair becomes a quantizer with the range of its type`() throws {
    let cases: [(Onnx_TensorProto.DataType, UInt8, Int, Int)] = [
      (.uint2, 0, 2, 0), (.uint4, 0, 4, 0), (.uint8, 0, 8, 0), (.int8, 0, 8, -128),
      (.int4, 0, 4, -8), (.int2, 0, 2, -2), (.uint8, 128, 8, -128), (.int2, 2, 2, 0),
      (.uint4, 3, 4, -3),
    ]
    for (type, zero, bits, lowest) in cases {
      let network = try readNetwork(bytes: pair(type, zero: zero).serialized())
      #expect(network.nodes.map(\.name) == ["site"])
      #expect(
        network.nodes.map(\.operation)
          == [.quantize(ActivationQuantizer(bits: bits, step: 0.5, lowestCode: lowest))],
        "\(type) with zero point \(zero)")
      #expect(network.constants.isEmpty)
      #expect(network.nodes[0].outputs.map { network[$0].name } == ["y"])
    }
  }

  @Test func `Codes that are narrowed or used are refused`() throws {
    #expect(
      "\(String(describing: try problem(pair(.uint8, zero: 0, between: "Clip"))))"
        .contains("narrows the codes"))
    #expect(
      "\(String(describing: try problem(pair(.uint8, zero: 0, between: "Relu"))))"
        .contains("computes with the integer codes"))
    var left = pair(.uint8, zero: 0)
    left.output("codes")
    let network = try readNetwork(bytes: left.serialized())
    #expect(network.outputs.map { network[$0].type }.contains(.uint8))
    var other = pair(.uint8, zero: 0)
    other.constant("other", [], [0.25])
    other.model.graph.node[1].input[1] = "other"
    #expect("\(String(describing: try problem(other)))".contains("another scale"))
  }

  @Test func `A scale per channel, or one that is no number, is refused`() throws {
    for scales in [[0.5, 0.5], [0], [-1], [.nan], [.infinity]] as [[Float]] {
      var fixture = pair(.uint8, zero: 0)
      fixture.model.graph.initializer.removeAll()
      fixture.constant("step", [scales.count], scales)
      fixture.constant("zero", [scales.count], .uint8, bytes: scales.map { _ in 0 })
      #expect(try problem(fixture) != nil, "\(scales)")
    }
  }

  @Test func `A DequantizeLinear of computed integers is computed in general`() throws {
    var fixture = ModelFixture(opset: 25)
    fixture.input("x", [4], type: .int8)
    fixture.constant("step", [], [0.5])
    fixture.node("Relu", ["x"], ["r"])
    fixture.node("DequantizeLinear", ["r", "step"], ["y"])
    fixture.output("y")
    let network = try readNetwork(bytes: fixture.serialized())
    #expect(network.nodes.map(\.operation.operatorName) == ["Relu", "DequantizeLinear"])
    #expect(network.outputs.map { network[$0].type } == [.float32])
  }

  /// x · W with W = DequantizeLinear(codes), perhaps transposed.
  private func weights(
    _ type: Onnx_TensorProto.DataType, zero: [UInt8]? = nil, transposed: Bool = false,
    block: Int? = nil
  ) throws -> Constant {
    var fixture = ModelFixture(opset: 25)
    fixture.input("x", [1, transposed ? 4 : 2])
    // int2 codes 0, 1, −2, −1 and −1, −1, 0, 1; as int8 the same bits in one byte each.
    let codes: [UInt8] = [0, 1, 0xFE, 0xFF, 0xFF, 0xFF, 0, 1]
    fixture.constant("codes", [2, 4], type, bytes: type == .int2 ? [0xE4, 0x4F] : codes)
    fixture.constant(
      "scales", block == nil ? [2] : [2, 2], block == nil ? [0.5, 2] : [1, 2, 3, 4])
    if let zero { fixture.constant("zero", [2], type, bytes: zero) }
    fixture.node(
      "DequantizeLinear", ["codes", "scales"] + (zero == nil ? [] : ["zero"]), ["w"],
      ["axis": .int(block == nil ? 0 : 1), "block_size": .int(block ?? 0)])
    if transposed { fixture.node("Transpose", ["w"], ["t"]) }
    fixture.node("MatMul", ["x", transposed ? "t" : "w"], ["y"])
    fixture.output("y")
    let network = try readNetwork(bytes: fixture.serialized())
    let id = try #require(network.nodes[0].inputs[1])
    return try #require(network.constants[id])
  }

  private let codes: [Int8] = [0, 1, -2, -1, -1, -1, 0, 1]

  @Test func `Signed low-bit constants stay codes`() throws {
    for (type, storage) in [(Onnx_TensorProto.DataType.int2, ElementType.int2), (.int8, .int8)] {
      guard case .quantized(let tensor) = try weights(type) else { throw Mismatch(text: "float") }
      #expect(
        tensor
          == QuantizedTensor(
            shape: [2, 4], codes: codes, scales: [0.5, 2], axis: 0, storage: storage))
    }
  }

  /// x · DequantizeLinear(code), perhaps reshaped.
  @Test(arguments: [Onnx_TensorProto.DataType.int2, .int4, .int8, .uint8], [false, true])
  func `A scalar constant behind DequantizeLinear is a number`(
    type: Onnx_TensorProto.DataType, isReshaped: Bool
  ) throws {
    var fixture = ModelFixture(opset: 25)
    fixture.input("x", [1, 2])
    fixture.constant("code", isReshaped ? [1] : [], type, bytes: [1])
    fixture.constant("scale", [], [0.5])
    fixture.node("DequantizeLinear", ["code", "scale"], [isReshaped ? "d" : "w"])
    if isReshaped {
      fixture.constant("shape", [])
      fixture.node("Reshape", ["d", "shape"], ["w"])
    }
    fixture.node("Mul", ["x", "w"], ["m"])
    fixture.node("Clip", ["m", "", "w"], ["y"])
    fixture.output("y")
    let network = try readNetwork(bytes: fixture.serialized())
    let id = try #require(network.nodes[0].inputs[1])
    #expect(network.constants[id]?.tensor == Tensor(shape: [], values: [0.5]))
    #expect(network.nodes[1].operation == .clip(lower: -.infinity, upper: 0.5))
    // Written again, it is still there.
    for form in WriteOptions.Form.allCases {
      let bytes = try writeNetwork(network, options: WriteOptions(form: form))
      let again = try readNetwork(bytes: bytes)
      let value = try #require(again.nodes[0].inputs[1])
      #expect(again.constants[value]?.tensor == Tensor(shape: [], values: [0.5]))
    }
  }

  @Test func `Their transpose stays codes, with the scales along the other axis`() throws {
    guard case .quantized(let tensor) = try weights(.int2, transposed: true) else {
      throw Mismatch(text: "float")
    }
    #expect(
      tensor
        == QuantizedTensor(
          shape: [4, 2], codes: [0, -1, 1, -1, -2, 0, -1, 1], scales: [0.5, 2], axis: 1,
          storage: .int2))
  }

  @Test func `Other constants become fp32`() throws {
    guard case .stored(let shifted) = try weights(.int8, zero: [0, 1]) else {
      throw Mismatch(text: "codes")
    }
    #expect(shifted.floats == [0, 0.5, -1, -0.5, -4, -4, -2, 0])
    guard case .stored(let unsigned) = try weights(.uint8) else { throw Mismatch(text: "codes") }
    #expect(unsigned.floats == [0, 0.5, 127, 127.5, 510, 510, 0, 2])
    guard case .stored(let blocked) = try weights(.int8, block: 2) else {
      throw Mismatch(text: "codes")
    }
    #expect(blocked.floats == [0, 1, -4, -2, -3, -3, 0, 4])
  }

  @Test func `A quantized constant is rounded as ONNX says`() throws {
    var fixture = ModelFixture()
    fixture.input("x", [6])
    fixture.constant("w", [6], [0.25, 0.75, -0.75, 1.3, 100, -100])
    fixture.constant("step", [], [0.5])
    fixture.constant("zero", [], .int8, bytes: [0])
    fixture.node("QuantizeLinear", ["w", "step", "zero"], ["codes"])
    fixture.node("DequantizeLinear", ["codes", "step", "zero"], ["d"])
    fixture.node("Add", ["x", "d"], ["y"])
    fixture.output("y")
    let network = try readNetwork(bytes: fixture.serialized())
    let id = try #require(network.nodes[0].inputs[1])
    guard case .quantized(let tensor)? = network.constants[id] else {
      throw Mismatch(text: "float")
    }
    #expect(tensor.codes == [0, 2, -2, 3, 127, -128])
  }
}
