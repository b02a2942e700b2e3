import Network
import ONNX
import Tensors
import Testing

/// Compares two networks by what they compute and how their values are called.
func expectSame(_ found: Network, _ expected: Network) {
  #expect(found.nodes.count == expected.nodes.count)
  #expect(found.inputs.map { found[$0] } == expected.inputs.map { expected[$0] })
  #expect(found.outputs.map { found[$0].name } == expected.outputs.map { expected[$0].name })
  for (one, other) in zip(found.nodes, expected.nodes) {
    #expect(one.name == other.name)
    #expect(one.operation == other.operation, "\(other.name)")
    // Inputs left out at the end are not there any more.
    var inputs = other.inputs.map { $0.map { expected[$0].name } }
    while case .some(nil) = inputs.last { inputs.removeLast() }
    #expect(one.inputs.map { $0.map { found[$0].name } } == inputs, "\(other.name)")
    #expect(one.outputs.map { found[$0].name } == other.outputs.map { expected[$0].name })
    for case (let mine?, let theirs?) in zip(one.inputs, other.inputs) {
      switch (found.constants[mine], expected.constants[theirs]) {
      case (nil, nil): break
      case (.quantized(let mine), .quantized(let theirs)): #expect(mine == theirs)
      case (let mine?, let theirs?): #expect(mine.tensor == theirs.tensor)
      default: Issue.record("\(expected[theirs].name) is constant in one network only")
      }
    }
  }
}

@Suite struct `A network written and read again` {
  static let quantizers: [ActivationQuantizer] =
    [
      (1, 0, nil), (2, 0, nil), (3, 0, nil), (4, 0, nil), (8, 0, nil), (2, -1, nil),
      (3, -4, nil), (4, -8, nil), (8, -128, nil), (2, 0, 0.4), (2, 0, 0.05), (3, -4, 0.3),
      (8, -128, 0.01), (5, -3, nil),
    ].map { (bits: Int, lowest: Int, threshold: Float?) in
      ActivationQuantizer(bits: bits, step: 0.37, lowestCode: lowest, threshold: threshold)
    }

  private func reread(_ network: Network, _ form: WriteOptions.Form) throws -> Network {
    let bytes = try writeNetwork(network, options: WriteOptions(form: form))
    try checkExport(bytes: bytes, against: network)
    return try readNetwork(bytes: bytes)
  }

  @Test(arguments: WriteOptions.Form.allCases)
  func `has every operation with all attributes`(form: WriteOptions.Form) throws {
    let network = everyOperation()
    expectSame(try reread(network, form), network)
  }

  @Test(arguments: quantizers)
  func `has its code sites and codes in the low-bit form`(quantizer: ActivationQuantizer) throws {
    for storage in [ElementType.int2, .int4, .int8] {
      let network = residualNetwork(site: quantizer, ternaryStorage: storage)
      expectSame(try reread(network, .lowBit), network)
    }
  }

  @Test(arguments: quantizers)
  func `has its code sites and fp32 weights in the float form`(
    quantizer: ActivationQuantizer
  ) throws {
    let network = residualNetwork(site: quantizer)
    let found = try reread(network, .float)
    var expected = network
    for (value, constant) in network.constants {
      expected.constants[value] = .stored(StoredTensor(constant.tensor))
    }
    expectSame(found, expected)
  }

  @Test func `is written as the same bytes again`() throws {
    for form in WriteOptions.Form.allCases {
      let options = WriteOptions(form: form)
      let bytes = try writeNetwork(residualNetwork(), options: options)
      #expect(try writeNetwork(readNetwork(bytes: bytes), options: options) == bytes)
    }
  }

  @Test func `has its weights without code sites`() throws {
    let network = residualNetwork(site: nil)
    expectSame(try reread(network, .lowBit), network)
  }

  @Test(arguments: [false, true])
  func `has the codes of matrices along either axis`(isCoded: Bool) throws {
    var builder = NetworkBuilder()
    var value = builder.input("x", [.symbolic("N"), .fixed(6)])
    if isCoded {
      value = builder.add(.quantize(ActivationQuantizer(bits: 2, step: 1)), value, name: "site")
    }
    value = builder.add(.matMul, value, builder.codes("m", [6, 5], axis: 1), name: "matMul")
    value = builder.add(
      .gemm(Gemm(alpha: 1, beta: 1, transposesA: false, transposesB: false)), value,
      builder.codes("g", [5, 4], axis: 1, storage: .int4), nil, name: "gemm")
    value = builder.add(
      .gemm(Gemm(alpha: 1, beta: 1, transposesA: false, transposesB: true)), value,
      builder.codes("t", [1, 4]), nil, name: "single")
    builder.network.outputs = [value]
    expectSame(try reread(builder.network, .lowBit), builder.network)
  }

  @Test func `has a site whose codes are read twice and one that is an output`() throws {
    var builder = NetworkBuilder()
    let x = builder.input("x", [.symbolic("N"), .fixed(2), .fixed(4), .fixed(4)])
    let quantizer = ActivationQuantizer(bits: 3, step: 0.5, threshold: 0.3)
    let site = builder.add(.quantize(quantizer), x, name: "site")
    let one = builder.add(convolution(), site, builder.codes("w", [2, 2, 3, 3]), name: "conv")
    let two = builder.add(.add, site, one, name: "sum")
    let last = builder.add(.quantize(quantizer), two, name: "last")
    builder.network.outputs = [last, site]
    for form in WriteOptions.Form.allCases {
      let found = try reread(builder.network, form)
      #expect(found.nodes.map(\.operation) == builder.network.nodes.map(\.operation))
      #expect(found.outputs.map { found[$0].name } == ["last_out", "site_out"])
    }
  }

  @Test func `has its softmax as one node whatever follows the axis`() throws {
    var builder = NetworkBuilder()
    let x = builder.input("x", [.symbolic("N"), .fixed(3), .fixed(2), .fixed(2)])
    let flat = builder.add(.softmax(axis: 1, flattensTrailing: true), x, name: "flat")
    let pooled = builder.add(.globalAveragePool, flat, name: "mean")
    let plain = builder.add(.softmax(axis: 1, flattensTrailing: true), pooled, name: "plain")
    builder.network.outputs = [plain]
    let model = try written(builder.network, .float)
    // Behind the pooling nothing but extents of 1 follows, so that no flattening is needed.
    #expect(model.count("Flatten") == 1)
    let found = try reread(builder.network, .float)
    #expect(found.nodes.map(\.name) == ["flat", "mean", "plain"])
    #expect(found.nodes[0].operation == .softmax(axis: 1, flattensTrailing: true))
    #expect(found.nodes[2].operation == .softmax(axis: 1, flattensTrailing: false))
  }
}
