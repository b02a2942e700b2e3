import Network
import ONNX
import ONNXSchema
import SwiftProtobuf
import Tensors
import Testing

/// The model message that a network is written as.
func written(_ network: Network, _ form: WriteOptions.Form) throws -> Onnx_ModelProto {
  try Onnx_ModelProto(serializedBytes: writeNetwork(network, options: WriteOptions(form: form)))
}

extension Onnx_ModelProto {
  func tensor(_ name: String?) -> Onnx_TensorProto? {
    graph.initializer.first { $0.name == name }
  }

  /// The node that computes a value.
  func producer(of value: String?) -> Onnx_NodeProto? {
    graph.node.first { $0.output.contains(value ?? "") }
  }

  func count(_ operatorName: String) -> Int { graph.node.count { $0.opType == operatorName } }
}

/// Site, then convolution with ternary weights.
func codedConvolution(
  _ quantizer: ActivationQuantizer? = ActivationQuantizer(bits: 2, step: 0.5),
  perTensor: Bool = false, storage: ElementType = .int2, channels: Int = 2
) -> Network {
  var builder = NetworkBuilder()
  var value = builder.input("x", [.symbolic("N"), .fixed(2), .fixed(4), .fixed(4)])
  if let quantizer { value = builder.add(.quantize(quantizer), value, name: "site") }
  let weights = builder.codes("w", [channels, 2, 3, 3], perTensor: perTensor, storage: storage)
  value = builder.add(convolution(), value, weights, builder.floats("b", [channels]), name: "conv")
  builder.network.outputs = [value]
  return builder.network
}

@Suite struct `Writing ONNX` {
  @Test(arguments: WriteOptions.Form.allCases)
  func `gives the same bytes for the same network`(form: WriteOptions.Form) throws {
    let options = WriteOptions(form: form)
    let first = try writeNetwork(residualNetwork(), options: options)
    for _ in 0..<5 { #expect(try writeNetwork(residualNetwork(), options: options) == first) }
  }

  @Test func `asks for no newer version than the codes need`() throws {
    func versions(_ network: Network, _ form: WriteOptions.Form) throws -> [Int64] {
      let model = try written(network, form)
      return [model.opsetImport[0].version, model.irVersion]
    }
    let two = codedConvolution()
    let four = codedConvolution(ActivationQuantizer(bits: 4, step: 0.1), storage: .int4)
    let eight = codedConvolution(ActivationQuantizer(bits: 8, step: 0.1), storage: .int8)
    #expect(try versions(two, .lowBit) == [25, 13])
    #expect(try versions(four, .lowBit) == [21, 10])
    #expect(try versions(eight, .lowBit) == [13, 7])
    for network in [two, four, eight] { #expect(try versions(network, .float) == [13, 7]) }
  }

  @Test func `packs codes with the first one in the lowest bits`() throws {
    var network = codedConvolution()
    let codes: [Int8] = [1, -1, 0, 1] + [Int8](repeating: 0, count: 31) + [-1]
    let weights = try #require(network.value(named: "w"))
    network.constants[weights] = .quantized(
      QuantizedTensor(shape: [2, 2, 3, 3], codes: codes, scales: [2, 3], storage: .int2))
    let model = try written(network, .lowBit)
    let tensor = try #require(model.graph.initializer.first { $0.dataType == 26 })
    #expect([UInt8](tensor.rawData) == [0b01_00_11_01, 0, 0, 0, 0, 0, 0, 0, 0b11_00_00_00])
    #expect(tensor.dims == [2, 18])
    let decoder = try #require(model.graph.node.first { $0.input.first == tensor.name })
    let scales = try #require(model.tensor(decoder.input[1]))
    #expect([UInt8](scales.rawData) == [0, 0, 0, 64, 0, 0, 64, 64])
  }

  @Test func `keeps names and leaves out what nothing reads`() throws {
    var network = codedConvolution()
    _ = network.addConstant(
      .stored(StoredTensor(Tensor(shape: [1], values: [1]))), name: "unread")
    for form in WriteOptions.Form.allCases {
      let model = try written(network, form)
      #expect(model.producerName == "tsq")
      #expect(model.graph.input.map(\.name) == ["x"])
      #expect(model.graph.output.map(\.name) == ["conv_out"])
      #expect(model.tensor("unread") == nil)
      #expect(model.graph.node.last?.name == "conv")
      #expect(model.graph.node.last?.input == ["site_out", "w", "b"])
      #expect(model.graph.node.contains { $0.name == "site" })
      #expect(model.graph.valueInfo.isEmpty)
    }
  }

  @Test func `gives values of one name names of their own`() throws {
    var builder = NetworkBuilder()
    let x = builder.input("x", [.fixed(4)])
    var value = builder.add(.relu, x, name: "a")
    builder.network[value].name = "q0"
    value = builder.add(.relu, value, name: "b")
    builder.network[value].name = "q0"
    value = builder.add(.quantize(ActivationQuantizer(bits: 2, step: 1)), value, name: "c")
    builder.network[value].name = ""
    value = builder.add(.relu, value, name: "d")
    builder.network.outputs = [value]
    let bytes = try writeNetwork(builder.network, options: WriteOptions(form: .lowBit))
    try checkExport(bytes: bytes, against: builder.network)
    let model = try Onnx_ModelProto(serializedBytes: bytes)
    #expect(model.graph.node[0].output == ["q0"])
    #expect(model.graph.node[1].output == ["q0_2"])
  }

  @Test func `stores each shared small tensor once`() throws {
    let model = try written(residualNetwork(), .lowBit)
    let scalars = model.graph.initializer.filter { $0.dims.isEmpty && $0.dataType == 1 }
    #expect(Set(scalars.map(\.rawData)).count == scalars.count)
    #expect(model.graph.initializer.count { $0.dataType == 25 } == 1)
  }

  @Test func `names the node or constant that cannot be written`() throws {
    var network = codedConvolution(ActivationQuantizer(bits: 2, step: 1, lowestCode: -9))
    #expect {
      try writeNetwork(network, options: WriteOptions(form: .lowBit))
    } throws: { "\($0)".contains("'site'") && "\($0)".contains("zero point") }
    network = codedConvolution()
    network.constants[try #require(network.value(named: "w"))] = nil
    #expect(
      throws: ONNXWriteError.undefinedValue(node: "conv", value: "w")
    ) { try writeNetwork(network, options: WriteOptions(form: .lowBit)) }
    network = codedConvolution()
    let weights = try #require(network.value(named: "w"))
    network.constants[weights] = .quantized(
      QuantizedTensor(
        shape: [2, 2, 3, 3], codes: [Int8](repeating: 0, count: 36), scales: [1],
        storage: .int16))
    #expect {
      try writeNetwork(network, options: WriteOptions(form: .lowBit))
    } throws: { "\($0)".contains("'w'") }
  }
}
