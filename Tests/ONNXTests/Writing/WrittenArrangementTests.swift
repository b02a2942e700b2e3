import Network
import ONNX
import ONNXSchema
import Tensors
import Testing

/// How codes are arranged so that runtimes at default settings neither refuse nor distort them.
@Suite struct `The arrangement of codes` {
  @Test func `decodes weights in another shape where codes of activations are about`() throws {
    let model = try written(codedConvolution(), .lowBit)
    let reshape = try #require(model.producer(of: "w"))
    #expect(reshape.opType == "Reshape")
    #expect(model.tensor(reshape.input[1])?.dims == [4])
    let decoder = try #require(model.producer(of: reshape.input[0]))
    #expect(decoder.opType == "DequantizeLinear")
    #expect(decoder.input.count == 2)
    #expect(model.tensor(decoder.input[0])?.dims == [2, 18])
    #expect(decoder.attribute.first?.i == 0)
  }

  @Test func `decodes weights directly where there are none`() throws {
    let model = try written(codedConvolution(nil), .lowBit)
    #expect(model.producer(of: "w")?.opType == "DequantizeLinear")
    #expect(model.count("Reshape") == 0)
  }

  @Test(arguments: [
    Operation.matMul,
    .gemm(Gemm(alpha: 1, beta: 1, transposesA: false, transposesB: false)),
  ])
  func `keeps the codes of a matrix product from being packed for 8-bit inputs`(
    operation: Operation
  ) throws {
    var builder = NetworkBuilder()
    let x = builder.input("x", [.symbolic("N"), .fixed(6)])
    let value = builder.add(operation, x, builder.codes("w", [6, 3], axis: 1), name: "product")
    builder.network.outputs = [value]
    let model = try written(builder.network, .lowBit)
    let reshape = try #require(model.producer(of: "w"))
    #expect(reshape.opType == "Reshape")
    let decoder = try #require(model.producer(of: reshape.input[0]))
    #expect(model.tensor(decoder.input[0])?.dims == [6, 3, 1])
    // The default axis is 1.
    #expect(decoder.attribute.isEmpty)
  }

  @Test(arguments: [1, 2])
  func `repeats a single scale in front of a reshape`(channels: Int) throws {
    let network = codedConvolution(perTensor: true, channels: channels)
    let bytes = try writeNetwork(network, options: WriteOptions(form: .lowBit))
    try checkExport(bytes: bytes, against: network)
    let model = try written(network, .lowBit)
    let decoder = try #require(model.producer(of: model.producer(of: "w")?.input[0]))
    let axis = decoder.attribute.first.map(\.i) ?? 1
    let codes = try #require(model.tensor(decoder.input[0]))
    let scales = try #require(model.tensor(decoder.input[1]))
    #expect(scales.dims == [codes.dims[Int(axis)]])
    #expect(scales.dims[0] > 1)
  }

  @Test func `saturates before every code and bounds what only convolutions read not`() throws {
    let model = try written(residualNetwork(), .lowBit)
    #expect(model.count("QuantizeLinear") == 5)
    #expect(model.count("Min") == 5)
    // Only site2 is read by something else: a pooling and a slice.
    #expect(model.count("Max") == 1)
    #expect(model.producer(of: "site2_out")?.opType == "Max")
    for coder in model.graph.node where coder.opType == "QuantizeLinear" {
      #expect(model.producer(of: coder.input[0])?.opType == "Min")
    }
  }

  @Test(arguments: [
    (1, 0, Onnx_TensorProto.DataType.uint2, 0), (2, 0, .uint2, 0), (2, -1, .uint2, 1),
    (3, 0, .uint4, 0), (3, -4, .uint4, 4), (4, -8, .uint4, 8), (8, 0, .uint8, 0),
    (8, -128, .uint8, 128),
  ])
  func `stores codes in the narrowest type with their zero point`(
    bits: Int, lowest: Int, type: Onnx_TensorProto.DataType, zero: Int
  ) throws {
    let quantizer = ActivationQuantizer(bits: bits, step: 0.25, lowestCode: lowest)
    let model = try written(codedConvolution(quantizer), .lowBit)
    let coder = try #require(model.graph.node.first { $0.opType == "QuantizeLinear" })
    let tensor = try #require(model.tensor(coder.input[2]))
    #expect(Int(tensor.dataType) == type.rawValue)
    #expect([UInt8](tensor.rawData) == [UInt8(zero)])
    let ceiling = try #require(model.producer(of: coder.input[0]))
    let highest = Float(lowest + (1 << bits) - 1) * 0.25
    #expect(model.tensor(ceiling.input[1]).map { [UInt8]($0.rawData) } == highest.littleEndianBytes)
  }

  @Test func `uses float operators of opset 13 only in the float form`() throws {
    let allowed: Set<String> = [
      "Conv", "Relu", "Div", "Round", "Clip", "Mul", "Add", "Slice", "Pad", "MaxPool",
      "GlobalAveragePool", "Flatten", "Gemm", "Greater", "Less", "Max", "Where",
    ]
    let network = residualNetwork(
      site: ActivationQuantizer(bits: 3, step: 0.25, lowestCode: -4, threshold: 0.2))
    let model = try written(network, .float)
    #expect(Set(model.graph.node.map(\.opType)).subtracting(allowed).isEmpty)
    #expect(model.graph.initializer.allSatisfy { [1, 7].contains($0.dataType) })
  }
}
