import Execution
import Network
import Tensors
import Testing

/// Gradients against differences of the judge, which computes in double precision.
///
/// - Parameter by: which operands are differentiated by; all if nil.
private func expectPullback(
  _ operation: Operation, _ operands: [Tensor?], by chosen: [Int]? = nil, tolerance: Double = 2e-4,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  var network = Network(name: "one node")
  var given: [Tensor] = []
  let values = operands.enumerated().map { index, tensor -> ValueID? in
    guard let tensor else { return nil }
    given.append(tensor)
    return network.input("x\(index)", tensor.shape)
  }
  network.outputs = [network.node(operation, values)]
  let places = chosen ?? Array(given.indices)
  try expectGradients(
    network, given, by: places, tolerance: tolerance, sourceLocation: sourceLocation)
}

private func expectGradients(
  _ network: Network, _ given: [Tensor], by places: [Int], tolerance: Double,
  sourceLocation: SourceLocation
) throws {
  let evaluator = try TrainingEvaluator(
    network: network, batchSize: 1, parameters: places.map { network.inputs[$0] })
  var dice = Dice(seed: 5)
  let seeds = evaluator.outputShapes.map { dice.tensor($0) }
  func loss(_ inputs: [Tensor]) -> Double {
    let values = evaluateNaively(network, inputs)
    return zip(network.outputs, seeds).reduce(0) { sum, pair in
      sum + zip(values[pair.0]!.values, pair.1.values).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
  }
  try evaluator.set(parameters: places.map { given[$0] })
  // Twice, since a run must leave the parameters, and nothing else, for the next.
  for _ in 0..<2 {
    let found = try evaluator.forward(given)
    let expected = evaluateNaively(network, given)
    for (value, tensor) in zip(network.outputs, found) {
      expectClose(tensor, expected[value]!, 1e-5, "the value", sourceLocation)
    }
    let gradients = try evaluator.pullBack(seeds).parameters
    for (place, gradient) in zip(places, gradients) {
      #expect(gradient.shape == given[place].shape, sourceLocation: sourceLocation)
      var differences = Naive(given[place])
      for index in given[place].values.indices {
        let (step, x) = (Float(0x1p-14), given[place].values[index])
        var (above, below) = (given, given)
        above[place].values[index] = x + step
        below[place].values[index] = x - step
        differences.values[index] =
          (loss(above) - loss(below)) / (Double(x + step) - Double(x - step))
      }
      expectClose(gradient, differences, tolerance, "operand \(place)", sourceLocation)
    }
  }
}

@Suite struct `Pullbacks` {
  private static func window(_ kernel: [Int], stride: Int = 1, dilation: Int = 1, side: Int = 0)
    -> (kernel: [Int], strides: [Int], dilations: [Int], padding: SpatialPadding)
  {
    let ones = kernel.map { _ in 1 }
    return (
      kernel, ones.map { _ in stride }, ones.map { _ in dilation },
      .explicit(before: ones.map { _ in side }, after: ones.map { _ in side })
    )
  }

  private static func pooling(
    _ kernel: Int, stride: Int, dilation: Int = 1, side: Int = 0, ceilMode: Bool = false
  ) -> Pooling {
    let window = window([kernel, kernel], stride: stride, dilation: dilation, side: side)
    return Pooling(
      kernel: window.kernel, strides: window.strides, dilations: window.dilations,
      padding: window.padding, ceilMode: ceilMode)
  }

  @Test(arguments: [
    (channels: 3, outputs: 4, groups: 1, stride: 1, dilation: 1, kernel: 3),
    (channels: 4, outputs: 4, groups: 4, stride: 1, dilation: 1, kernel: 3),
    (channels: 4, outputs: 6, groups: 2, stride: 2, dilation: 1, kernel: 3),
    (channels: 2, outputs: 3, groups: 1, stride: 1, dilation: 2, kernel: 3),
    (channels: 16, outputs: 3, groups: 1, stride: 2, dilation: 1, kernel: 1),
  ])
  private func `of convolutions are their derivatives`(
    shape: (channels: Int, outputs: Int, groups: Int, stride: Int, dilation: Int, kernel: Int)
  ) throws {
    var dice = Dice(seed: 1)
    let window = Self.window(
      [shape.kernel, shape.kernel], stride: shape.stride, dilation: shape.dilation,
      side: shape.dilation * (shape.kernel / 2))
    let convolution = Convolution(
      kernel: window.kernel, strides: window.strides, dilations: window.dilations,
      padding: window.padding, groups: shape.groups)
    let weights = dice.tensor(
      [shape.outputs, shape.channels / shape.groups, shape.kernel, shape.kernel])
    let x = dice.tensor([2, shape.channels, 5, 4])
    try expectPullback(.convolution(convolution), [x, weights, dice.tensor([shape.outputs])])
    try expectPullback(.convolution(convolution), [x, weights, nil], by: [0])
    try expectPullback(.convolution(convolution), [x, weights], by: [1])
  }

  @Test func `of matrix products are their derivatives`() throws {
    var dice = Dice(seed: 2)
    for (left, right) in [(false, false), (false, true), (true, false), (true, true)] {
      for (factor, addend) in [(Float(1), [5]), (0.5, [3, 1]), (1, [3, 5])] {
        let gemm = Gemm(alpha: factor, beta: 2, transposesA: left, transposesB: right)
        try expectPullback(
          .gemm(gemm),
          [
            dice.tensor(left ? [4, 3] : [3, 4]), dice.tensor(right ? [5, 4] : [4, 5]),
            dice.tensor(addend),
          ])
      }
    }
    try expectPullback(.matMul, [dice.tensor([3, 4]), dice.tensor([4, 2])])
    try expectPullback(.matMul, [dice.tensor([2, 3, 4]), dice.tensor([4, 2])])
    try expectPullback(.matMul, [dice.tensor([2, 3, 4]), dice.tensor([2, 4, 3])])
  }

  @Test func `of element-wise operations are their derivatives`() throws {
    var dice = Dice(seed: 3)
    let x = dice.tensor([2, 3, 3, 4])
    try expectPullback(.relu, [x])
    try expectPullback(.leakyRelu(slope: 0.25), [x])
    try expectPullback(.leakyRelu(slope: -0.25), [x])
    try expectPullback(.clip(lower: -0.3, upper: 0.6), [x])
    try expectPullback(.identity, [x])
    try expectPullback(.softmax(axis: 1, flattensTrailing: false), [x])
    try expectPullback(.softmax(axis: 2, flattensTrailing: true), [x])
    for shape in [[2, 3, 3, 4], [3, 1, 1], [1], [], [2, 3, 1, 4], [4]] {
      try expectPullback(.add, [x, dice.tensor(shape)])
      try expectPullback(.add, [dice.tensor(shape), x])
      try expectPullback(.multiply, [x, dice.tensor(shape)])
    }
    let positive = Tensor(shape: [3], values: [0.5, 1.5, 2])
    try expectPullback(
      .batchNormalization(epsilon: 1e-3),
      [x, dice.tensor([3]), dice.tensor([3]), dice.tensor([3]), positive], by: [0, 1, 2])
  }

  @Test func `of poolings are their derivatives`() throws {
    var dice = Dice(seed: 4)
    let x = dice.tensor([2, 3, 6, 5])
    let poolings = [
      Self.pooling(2, stride: 2), Self.pooling(3, stride: 2, side: 1),
      Self.pooling(2, stride: 1, dilation: 2), Self.pooling(3, stride: 2, ceilMode: true),
    ]
    for pooling in poolings {
      try expectPullback(.maxPool(pooling), [x])
      try expectPullback(.averagePool(pooling, countsPadding: false), [x])
      try expectPullback(.averagePool(pooling, countsPadding: true), [x])
    }
    try expectPullback(.globalAveragePool, [x])
  }

  @Test func `of rearrangements are their derivatives`() throws {
    var dice = Dice(seed: 6)
    let x = dice.tensor([2, 3, 4, 5])
    try expectPullback(.transpose(permutation: [2, 0, 3, 1]), [x])
    try expectPullback(.flatten(axis: 1), [x])
    try expectPullback(.reshape(Reshape(target: [4, -1], allowsZero: false)), [x])
    try expectPullback(
      .slice([
        SliceAxis(axis: 2, start: 0, end: 4, step: 2),
        SliceAxis(axis: 3, start: 4, end: 0, step: -3),
      ]), [x])
    try expectPullback(
      .pad(Padding(before: [0, 1, 0, -1], after: [0, 2, 1, 1], mode: .constant(0.5))), [x])
    try expectPullback(.concatenate(axis: 1), [x, dice.tensor([2, 1, 4, 5]), x])
  }

  @Test func `add up where a value is read twice`() throws {
    var dice = Dice(seed: 7)
    var network = Network(name: "twice")
    let x = network.input("x", [1, 4, 4, 4])
    let w = network.input("w", [4, 4, 3, 3])
    let window = Self.window([3, 3], side: 1)
    let convolution = Convolution(
      kernel: window.kernel, strides: window.strides, dilations: window.dilations,
      padding: window.padding, groups: 1)
    // Two convolutions with the same weights around a shortcut with stride and padding.
    let first = network.node(.relu, [network.node(.convolution(convolution), [x, w])])
    let second = network.node(.convolution(convolution), [first, w])
    let halved = network.node(.slice([SliceAxis(axis: 2, start: 0, end: 4, step: 2)]), [x])
    let padded = network.node(
      .pad(Padding(before: [0, 0, 0, 0], after: [0, 0, 2, 0], mode: .constant(0))), [halved])
    let sum = network.node(.add, [network.node(.add, [second, padded]), first])
    network.outputs = [network.node(.relu, [sum]), network.node(.multiply, [first, first])]
    let small = { (tensor: Tensor) in
      Tensor(shape: tensor.shape, values: tensor.values.map { $0 * 0.2 })
    }
    try expectGradients(
      network, [dice.tensor([1, 4, 4, 4]), small(dice.tensor([4, 4, 3, 3]))], by: [0, 1],
      tolerance: 1e-3, sourceLocation: #_sourceLocation)
  }

  private static let convolution: Operation = {
    let window = Self.window([3, 3], side: 1)
    return .convolution(
      Convolution(
        kernel: window.kernel, strides: window.strides, dilations: window.dilations,
        padding: window.padding, groups: 1))
  }()

  @Test func `leave a gradient alone that others still read`() throws {
    var dice = Dice(seed: 9)
    var network = Network(name: "shared")
    let x = network.input("x", [1, 3, 4, 4])
    let w = network.input("w", [3, 3, 3, 3])
    let v = network.input("v", [3, 3, 3, 3])
    // The Relu is gone back through first, where it could write to the sum's gradient.
    let branch = network.node(Self.convolution, [x, w])
    let other = network.node(.relu, [network.node(Self.convolution, [x, v])])
    network.outputs = [
      network.node(.leakyRelu(slope: 0.5), [network.node(.add, [branch, other])])
    ]
    try expectGradients(
      network,
      [dice.tensor([1, 3, 4, 4]), dice.tensor([3, 3, 3, 3]), dice.tensor([3, 3, 3, 3])],
      by: [0, 1, 2], tolerance: 1e-3, sourceLocation: #_sourceLocation)
  }

  @Test func `leave parameters alone for the next batch`() throws {
    var dice = Dice(seed: 10)
    var network = Network(name: "chain")
    let x = network.input("x", [2, 16, 8, 8])
    var (value, weights) = (x, [ValueID]())
    for index in 0..<4 {
      let tensor = dice.tensor([16, 16, 3, 3])
      weights.append(
        network.constant(
          "w\(index)", Tensor(shape: tensor.shape, values: tensor.values.map { $0 * 0.1 })))
      value = network.node(.relu, [network.node(Self.convolution, [value, weights[index]])])
    }
    network.outputs = [value]
    let evaluator = try TrainingEvaluator(network: network, batchSize: 2, parameters: weights)
    let (given, seed) = (dice.tensor([2, 16, 8, 8]), dice.tensor([2, 16, 8, 8]))
    try evaluator.set(parameters: weights.map { network.constants[$0]!.tensor })
    let output = try evaluator.forward([given])
    let gradients = try evaluator.pullBack([seed])
    for _ in 0..<2 {
      #expect(try evaluator.forward([given]) == output)
      #expect(try evaluator.pullBack([seed]).parameters == gradients.parameters)
    }
  }

  @Test func `of quantizers go straight through the window of codes`() throws {
    var dice = Dice(seed: 8)
    let quantizers = [
      ActivationQuantizer(bits: 2, step: 0.25),
      ActivationQuantizer(bits: 3, step: 0.2, lowestCode: -4),
      ActivationQuantizer(bits: 2, step: 0.25, threshold: 0.2),
      ActivationQuantizer(bits: 2, step: 0.25, lowestCode: 1),
    ]
    for quantizer in quantizers {
      var network = Network(name: "codes")
      let x = network.input("x", [2, 5, 3, 37])
      let codes = network.node(.quantize(quantizer), [x])
      network.outputs = [codes]
      let evaluator = try TrainingEvaluator(
        network: network, batchSize: 2, parameters: [x], learnedSteps: [codes])
      let (given, seed) = (dice.tensor([2, 5, 3, 37]), dice.tensor([2, 5, 3, 37]))
      let step = quantizer.step * 1.25
      var learned = quantizer
      learned.step = step
      try evaluator.set(parameters: [given], steps: [step])
      let y = try evaluator.forward([given])[0]
      #expect(y.values == given.values.map { learned.value($0) })
      let found = try evaluator.pullBack([seed])
      let (low, high) = (Double(quantizer.lowestCode), Double(quantizer.highestCode))
      var byStep = 0.0
      for (index, value) in given.values.enumerated() {
        let scaled = Double(value) / Double(step)
        let isInside = scaled > low && scaled < high
        let gradient = seed.values[index]
        #expect(found.parameters[0].values[index] == (isInside ? gradient : 0))
        byStep += Double(gradient) * (Double(learned.code(value)) - (isInside ? scaled : 0))
      }
      #expect(abs(Double(found.steps[0]) - byStep) < 1e-4)
    }
  }
}

@Suite struct `An operation without gradient` {
  @Test func `is named before anything runs`() {
    var network = Network(name: "reflect")
    let x = network.input("x", [1, 4])
    network.outputs = [
      network.node(.pad(Padding(before: [0, 1], after: [0, 1], mode: .reflect)), [x])
    ]
    #expect {
      try TrainingEvaluator(network: network, batchSize: 1, parameters: [x])
    } throws: { error in
      "\(error)" == "node 'Pad_0' (Pad) has no gradient: it repeats elements; pad with a constant"
    }
  }

  @Test func `is no obstacle where no gradient is wanted`() throws {
    var network = Network(name: "reflect")
    let (x, y) = (network.input("x", [1, 4]), network.input("y", [1, 6]))
    let padded = network.node(
      .pad(Padding(before: [0, 1], after: [0, 1], mode: .reflect)), [x])
    network.outputs = [network.node(.multiply, [padded, y])]
    let evaluator = try TrainingEvaluator(network: network, batchSize: 1, parameters: [y])
    let given = [
      Tensor(shape: [1, 4], values: [1, 2, 3, 4]), Tensor(shape: [1, 6], repeating: 1),
    ]
    try evaluator.set(parameters: [given[1]])
    _ = try evaluator.forward(given)
    let found = try evaluator.pullBack([Tensor(shape: [1, 6], repeating: 2)])
    #expect(found.parameters[0].values == [4, 2, 4, 6, 8, 6])
  }
}
