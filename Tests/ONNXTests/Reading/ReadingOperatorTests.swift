import Network
import ONNX
import ONNXSchema
import Tensors
import Testing

/// The operation of a fixture's only node.
private func operation(_ fixture: ModelFixture) throws -> Operation {
  let network = try readNetwork(bytes: fixture.serialized())
  guard network.nodes.count == 1 else { throw Mismatch(text: "\(network.nodes)") }
  return network.nodes[0].operation
}

@Suite struct `Reading operators` {
  private func convolution(_ attributes: [String: Attribute], groups: Int = 1) -> ModelFixture {
    singleNode("Conv", attributes, more: ["w", "b"]) {
      $0.constant(
        "w", [2, 4 / groups, 3, 1], .float, bytes: [UInt8](repeating: 0, count: 96 / groups))
      $0.constant("b", [2], [1, 2])
    }
  }

  @Test func `Convolution attributes have ONNX's defaults`() throws {
    #expect(
      try operation(convolution([:]))
        == .convolution(
          Convolution(
            kernel: [3, 1], strides: [1, 1], dilations: [1, 1],
            padding: .explicit(before: [0, 0], after: [0, 0]), groups: 1)))
  }

  @Test func `Convolution attributes are read`() throws {
    let attributes: [String: Attribute] = [
      "kernel_shape": .ints([3, 1]), "strides": .ints([2, 1]), "dilations": .ints([1, 3]),
      "pads": .ints([1, 2, 3, 4]), "group": .int(2), "auto_pad": .string("NOTSET"),
    ]
    #expect(
      try operation(convolution(attributes, groups: 2))
        == .convolution(
          Convolution(
            kernel: [3, 1], strides: [2, 1], dilations: [1, 3],
            padding: .explicit(before: [1, 2], after: [3, 4]), groups: 2)))
  }

  @Test func `Automatic padding is read`() throws {
    let paddings: [(String, SpatialPadding)] = [
      ("SAME_UPPER", .sameUpper), ("SAME_LOWER", .sameLower),
      ("VALID", .explicit(before: [0, 0], after: [0, 0])),
    ]
    for (name, padding) in paddings {
      guard case .convolution(let found) = try operation(convolution(["auto_pad": .string(name)]))
      else { throw Mismatch(text: name) }
      #expect(found.padding == padding)
    }
  }

  @Test(arguments: [
    ["kernel_shape": Attribute.ints([3, 3])], ["strides": .ints([0, 1])],
    ["strides": .ints([1])], ["dilations": .ints([1, Int.min])], ["pads": .ints([1, 1])],
    ["pads": .ints([-1, 0, 0, 0])], ["pads": .ints([Int.max, 0, 0, 0])], ["group": .int(0)],
    ["group": .int(3)], ["auto_pad": .string("ELSE")], ["group": .float(1)],
  ])
  func `Convolution attributes that contradict the definition are refused`(
    attributes: [String: Attribute]
  ) throws {
    guard case .invalidNode? = try problem(convolution(attributes)) else {
      throw Mismatch(text: "\(attributes) is read")
    }
  }

  @Test func `Pooling attributes are read`() throws {
    let attributes: [String: Attribute] = [
      "kernel_shape": .ints([2, 3]), "strides": .ints([2, 1]), "ceil_mode": .int(1),
      "pads": .ints([1, 0, 0, 0]),
    ]
    let pooling = Pooling(
      kernel: [2, 3], strides: [2, 1], dilations: [1, 1],
      padding: .explicit(before: [1, 0], after: [0, 0]), ceilMode: true)
    #expect(try operation(singleNode("MaxPool", attributes)) == .maxPool(pooling))
    #expect(
      try operation(singleNode("AveragePool", attributes))
        == .averagePool(pooling, countsPadding: false))
    let counting = attributes.merging(["count_include_pad": .int(1)]) { $1 }
    #expect(
      try operation(singleNode("AveragePool", counting))
        == .averagePool(pooling, countsPadding: true))
    #expect(try operation(singleNode("GlobalAveragePool")) == .globalAveragePool)
  }

  @Test func `Clip takes bounds from attributes, and from inputs since operator set 11`() throws {
    let attributes: [String: Attribute] = ["min": .float(-1), "max": .float(6)]
    #expect(try operation(singleNode("Clip", attributes, opset: 10)) == .clip(lower: -1, upper: 6))
    let inputs = singleNode("Clip", more: ["", "high"]) { $0.constant("high", [], [6]) }
    #expect(try operation(inputs) == .clip(lower: -.infinity, upper: 6))
    let reset = singleNode("Clip", more: ["x"])
    #expect(
      try problem(reset)
        == .notConstant(
          NodeLabel(name: "only", operatorName: "Clip"), value: "x", role: "lower bound"))
  }

  @Test func `Softmax flattens before operator set 13`() throws {
    #expect(
      try operation(singleNode("Softmax", opset: 12)) == .softmax(axis: 1, flattensTrailing: true))
    #expect(
      try operation(singleNode("Softmax", opset: 13)) == .softmax(axis: 3, flattensTrailing: false))
    #expect(
      try operation(singleNode("Softmax", ["axis": .int(-3)]))
        == .softmax(axis: 1, flattensTrailing: false))
    #expect(try problem(singleNode("Softmax", ["axis": .int(4)])) != nil)
  }

  @Test func `Axes are counted from the start`() throws {
    #expect(try operation(singleNode("Flatten", ["axis": .int(-1)])) == .flatten(axis: 3))
    #expect(try operation(singleNode("Flatten", ["axis": .int(4)])) == .flatten(axis: 4))
    #expect(
      try operation(singleNode("Concat", ["axis": .int(-3)], more: ["x"])) == .concatenate(axis: 1))
    #expect(try problem(singleNode("Concat", more: ["x"])) != nil)
    #expect(try operation(singleNode("Transpose")) == .transpose(permutation: [3, 2, 1, 0]))
    #expect(
      try operation(singleNode("Transpose", ["perm": .ints([0, 2, 3, 1])]))
        == .transpose(permutation: [0, 2, 3, 1]))
    #expect(try problem(singleNode("Transpose", ["perm": .ints([0, 2, 3, 3])])) != nil)
  }

  @Test func `Slice takes bounds from attributes, and from inputs since operator set 10`() throws {
    let slices = [
      SliceAxis(axis: 2, start: 0, end: Int.max, step: 1),
      SliceAxis(axis: 3, start: -3, end: -1, step: 1),
    ]
    let attributes: [String: Attribute] = [
      "axes": .ints([2, 3]), "starts": .ints([0, -3]), "ends": .ints([Int.max, -1]),
    ]
    #expect(try operation(singleNode("Slice", attributes, opset: 9)) == .slice(slices))
    let inputs = singleNode("Slice", more: ["starts", "ends", "axes", "steps"]) {
      $0.constant("starts", [5, 0])
      $0.constant("ends", [Int.min, 2])
      $0.constant("axes", [-1, 1])
      $0.constant("steps", [-2, 1])
    }
    #expect(
      try operation(inputs)
        == .slice([
          SliceAxis(axis: 3, start: 5, end: Int.min, step: -2),
          SliceAxis(axis: 1, start: 0, end: 2, step: 1),
        ]))
    let standing = singleNode("Slice", more: ["starts", "ends", "", "steps"]) {
      $0.constant("starts", [0])
      $0.constant("ends", [1])
      $0.constant("steps", [0])
    }
    #expect(try problem(standing) != nil)
  }

  @Test func `Pad is read with all its ways to say where`() throws {
    let attributes: [String: Attribute] = [
      "pads": .ints([0, 1, 2, 3, 4, 5, 6, 7]), "mode": .string("edge"),
    ]
    #expect(
      try operation(singleNode("Pad", attributes, opset: 10))
        == .pad(Padding(before: [0, 1, 2, 3], after: [4, 5, 6, 7], mode: .edge)))
    let inputs = singleNode("Pad", more: ["pads", "fill", "axes"]) {
      $0.constant("pads", [1, -2, 3, 4])
      $0.constant("fill", [], [9])
      $0.constant("axes", [-1, 1])
    }
    #expect(
      try operation(inputs)
        == .pad(Padding(before: [0, -2, 0, 1], after: [0, 4, 0, 3], mode: .constant(9))))
    let short = singleNode("Pad", more: ["pads"]) { $0.constant("pads", [1, 2]) }
    #expect(try problem(short) != nil)
  }

  @Test func `Reshape refuses targets that no shape fits`() throws {
    for target in [[-1, -1], [-2], [Int.min], [Int.max]] {
      let fixture = singleNode("Reshape", more: ["s"]) { $0.constant("s", target) }
      #expect(try problem(fixture) != nil, "\(target)")
    }
    let fixture = singleNode("Reshape", ["allowzero": .int(1)], more: ["s"]) {
      $0.constant("s", [0, -1])
    }
    #expect(try operation(fixture) == .reshape(Reshape(target: [0, -1], allowsZero: true)))
  }

  @Test func `Products are read with their factors`() throws {
    let gemm = singleNode(
      "Gemm", ["alpha": .float(2), "beta": .float(0.5), "transB": .int(1)], shape: [1, 3],
      more: ["w", "c"]
    ) {
      $0.constant("w", [2, 3], [1, 2, 3, 4, 5, 6])
      $0.constant("c", [2], [0, 0])
    }
    #expect(
      try operation(gemm)
        == .gemm(Gemm(alpha: 2, beta: 0.5, transposesA: false, transposesB: true)))
    #expect(try operation(singleNode("MatMul", more: ["x"])) == .matMul)
    #expect(try problem(singleNode("Gemm", more: ["x"])) != nil)
    #expect(try operation(singleNode("Mul", more: ["x"])) == .multiply)
    #expect(try operation(singleNode("LeakyRelu")) == .leakyRelu(slope: 0.01))
  }

  @Test func `Normalization and dropout are read for inference only`() throws {
    func normalization(_ attributes: [String: Attribute], opset: Int = 21) -> ModelFixture {
      singleNode("BatchNormalization", attributes, opset: opset, more: ["s", "o", "m", "v"]) {
        for name in ["s", "o", "m", "v"] { $0.constant(name, [4], [1, 1, 1, 1]) }
      }
    }
    #expect(
      try operation(normalization(["epsilon": .float(0.25)]))
        == .batchNormalization(epsilon: 0.25))
    #expect(try problem(normalization(["training_mode": .int(1)])) != nil)
    #expect(try problem(normalization(["spatial": .int(0)], opset: 7)) != nil)

    #expect(try operation(singleNode("Dropout")) == .identity)
    let training = singleNode("Dropout", more: ["", "mode"]) {
      $0.constant("mode", [], .bool, bytes: [1])
    }
    #expect(try problem(training) != nil)
    var masked = singleNode("Dropout")
    masked.model.graph.node[0].output.append("mask")
    #expect(try operation(masked) == .identity)
    masked.output("mask")
    #expect(try operations(masked) == ["Dropout", "Dropout"])
    var indexed = singleNode("MaxPool", ["kernel_shape": .ints([2, 2])])
    indexed.model.graph.node[0].output.append("indices")
    indexed.output("indices")
    #expect(try operations(indexed) == ["MaxPool", "MaxPool"])
  }

  private func operations(_ fixture: ModelFixture) throws -> [String] {
    try readNetwork(bytes: fixture.serialized()).nodes.map(\.operation.operatorName)
  }

  @Test func `Computed constants are folded`() throws {
    var fixture = ModelFixture()
    fixture.input("x", [4, 3])
    fixture.constant("w", [2, 3], [1, 2, 3, 4, 5, 6])
    fixture.node("Transpose", ["w"], ["t"])
    fixture.node("Identity", ["t"], ["i"])
    fixture.node("MatMul", ["x", "i"], ["p"])
    fixture.node("Constant", [], ["four"], ["value_ints": .ints([4])])
    fixture.node(
      "Constant", [], ["rest"],
      ["value": .tensor(tensorMessage("", [1], .int64) { $0.int64Data = [-1] })])
    fixture.node("Concat", ["rest", "four"], ["target"], ["axis": .int(0)])
    fixture.node("Reshape", ["p", "target"], ["y"])
    fixture.output("y")
    let network = try readNetwork(bytes: fixture.serialized())
    #expect(
      network.nodes.map(\.operation)
        == [.matMul, .reshape(Reshape(target: [-1, 4], allowsZero: false))])
    let id = try #require(network.nodes[0].inputs[1])
    #expect(network[id].name == "i")
    #expect(
      network.constants[id]?.tensor == Tensor(shape: [3, 2], values: [1, 4, 2, 5, 3, 6]))
    #expect(network.constants.count == 1)
  }
}
