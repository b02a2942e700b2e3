import Network
import Planning
import Tensors
import TestSupport
import Testing

@Suite struct `Opening a fixed batch` {
  /// Convolution, Reshape to rows, Gemm, for `batch` images.
  private func network(
    _ batch: Int, target: [Int]? = nil, seed: UInt64 = 3
  ) -> Network {
    var random = SplitMix64(seed: seed)
    var network = Network(name: "fixed")
    let x = network.input("x", [2, 4, 4])
    network[x].declaredShape?[0] = .fixed(batch)
    let a = network.convolution("conv", x, 2, to: 3)
    let b = network.node(
      "rows", .reshape(Reshape(target: target ?? [batch, -1], allowsZero: false)), [a])
    let w = network.constant("w", random.tensor([48, 5]))
    let c = network.node("head", .matMul, [b, w])
    network[c].declaredShape = [.fixed(batch), .fixed(5)]
    network.outputs = [c]
    return network
  }

  @Test(arguments: [1, 4])
  func `lets any number of images through, each with the values it had`(batch: Int) throws {
    let fixed = network(batch)
    let open = try #require(fixed.openingBatch())
    #expect(open.fixedBatchSize == nil)
    #expect(open.nodes[1].operation == .reshape(Reshape(target: [0, -1], allowsZero: false)))
    var random = SplitMix64(seed: 9)
    let images = random.tensor([10, 2, 4, 4])
    let found = try evaluateInBatches(open, inputs: [images])[0]
    let expected = try evaluateInBatches(fixed, inputs: [images], fixedBatch: batch)[0]
    #expect(found.shape == [10, 5])
    #expect(expected.shape == [10, 5])
    for (one, other) in zip(found.values, expected.values) {
      #expect(abs(one - other) <= 1e-5 * max(1, abs(other)))
    }
    #expect(open.openingBatch() == nil)
    let closed = open.closingBatch(as: fixed)
    #expect(closed.nodes[1].operation == fixed.nodes[1].operation)
    for value in fixed.inputs + fixed.outputs {
      #expect(closed[value].declaredShape == fixed[value].declaredShape)
    }
  }

  @Test func `is refused where images are not kept apart`() throws {
    // The target takes two images for one row.
    var mixed = network(2)
    mixed.nodes[1].operation = .reshape(Reshape(target: [1, -1], allowsZero: false))
    mixed.constants[try #require(mixed.nodes[2].inputs[1])] =
      .stored(StoredTensor(Tensor(shape: [96, 5])))
    #expect(mixed.openingBatch() == nil)
    // One image of several is taken.
    var first = network(1)
    let taken = first.node(
      "first", .slice([SliceAxis(axis: 0, start: 0, end: 1, step: 1)]), [first.outputs[0]])
    first.outputs = [first.node("sum", .add, [first.outputs[0], taken])]
    #expect(first.openingBatch() == nil)
    // A constant has a row for each image.
    var constant = network(4)
    let rows = constant.constant("rows", Tensor(shape: [4, 5]))
    constant.outputs = [constant.node("sum", .add, [constant.outputs[0], rows])]
    #expect(constant.openingBatch() == nil)
  }

  @Test(
    arguments: [
      ("MeanVarianceNormalization", [:], false),
      ("MeanVarianceNormalization", ["axes": .integers([2, 3])], true),
      ("LpNormalization", ["axis": .integer(0)], false), ("LpNormalization", [:], true),
      ("LogSoftmax", ["axis": .integer(-4)], false), ("LogSoftmax", ["axis": .integer(1)], true),
      ("CumSum", [:], false), ("DynamicQuantizeLinear", [:], false),
    ] as [(String, [String: GeneralOperation.Attribute], Bool)])
  func `is refused where an operation runs along the images`(
    name: String, attributes: [String: GeneralOperation.Attribute], isOpened: Bool
  ) {
    var network = Network(name: "fixed")
    let x = network.input("x", [2, 4, 4])
    network[x].declaredShape?[0] = .fixed(4)
    var inputs: [ValueID?] = [x]
    if name == "CumSum" {
      inputs.append(network.addConstant(.stored(StoredTensor(int64: [0], shape: [])), name: "axis"))
    }
    network.outputs = [
      network.node(
        "mixing", .general(GeneralOperation(name: name, attributes: attributes)), inputs)
    ]
    #expect((network.openingBatch() != nil) == isOpened)
  }

  @Test func `is not needed to measure a layer`() throws {
    let fixed = network(3)
    var random = SplitMix64(seed: 11)
    let images = random.tensor([8, 2, 4, 4])
    var frontier = Frontier(network: fixed, inputs: [images])
    try frontier.advance(to: 2, in: fixed)
    let rows = try frontier.values([try #require(fixed.nodes[2].inputs[0])], in: fixed)[0]
    #expect(rows.shape == [8, 48])
    let expected = try evaluateInBatches(fixed, inputs: [images], fixedBatch: 3)[0]
    #expect(try frontier.values(fixed.outputs, in: fixed)[0].shape == expected.shape)
  }

  @Test func `A network that cannot be measured is refused by its value`() throws {
    try network(4).requireQuantizable(sampleShape: [2, 4, 4])
    let error = #expect(throws: PlanningError.self) {
      try network(2, target: [4, -1]).requireQuantizable(sampleShape: [2, 4, 4])
    }
    #expect(error != nil)
    #expect(throws: PlanningError.self) {
      try network(2).requireQuantizable(sampleShape: [3, 4, 4])
    }
  }
}
