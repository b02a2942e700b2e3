import Execution
import Network
import Tensors
import Testing

@Suite struct `functions and resampling` {
  static let unary: [Unary] = [
    .absolute, .exponential, .hardSwish, .negation, .sigmoid, .softplus, .hyperbolicTangent,
    .elu(alpha: 0.7), .selu(alpha: 1.6, gamma: 1.1), .hardSigmoid(alpha: 0.3, beta: 0.4),
    .power(exponent: 2), .power(exponent: 3),
  ]

  @Test(arguments: unary)
  func `a function of one operand is the judge's`(function: Unary) throws {
    var dice = Dice(seed: 21)
    for shape in [[], [7], [2, 5, 3, 3]] {
      var x = dice.tensor(shape)
      x.values = x.values.map { $0 * 5 }
      try expectJudged(.unary(function), [x])
    }
  }

  @Test(arguments: [Unary.logarithm, .squareRoot, .power(exponent: 0.5), .power(exponent: -1.5)])
  func `a function of positive operands is the judge's`(function: Unary) throws {
    var dice = Dice(seed: 22)
    var x = dice.tensor([2, 5, 3, 3])
    x.values = x.values.map { abs($0) * 4 + 0.125 }
    try expectJudged(.unary(function), [x])
  }

  @Test(arguments: `element-wise and matrix operations`.broadcasts)
  func `functions of two operands broadcast and keep their order`(a: [Int], b: [Int]) throws {
    var dice = Dice(seed: 23)
    for function in [Binary.subtract, .maximum, .minimum, .divide] {
      var (left, right) = (dice.tensor(a), dice.tensor(b))
      if function == .divide {
        left.values = left.values.map { abs($0) + 0.5 }
        right.values = right.values.map { abs($0) + 0.5 }
      }
      try expectJudged(.binary(function), [left, right])
      try expectJudged(.binary(function), [right, left])
    }
  }

  @Test(arguments: [[1], [5, 1, 1], [3], [1, 5, 3, 3], [2, 5, 3, 3], []])
  func `slopes of a parametric rectifier are broadcast`(slopes: [Int]) throws {
    var dice = Dice(seed: 24)
    try expectJudged(
      .binary(.parametricRelu), [dice.tensor([2, 5, 3, 3]), dice.tensor(slopes)])
  }

  @Test(arguments: [1, 3, 5])
  func `channels are normalized over their neighbours`(size: Int) throws {
    var dice = Dice(seed: 25)
    let normalization = LocalResponseNormalization(size: size, alpha: 0.9, beta: 0.75, bias: 1.5)
    for channels in [5, 16, 20] {
      try expectJudged(
        .localResponseNormalization(normalization), [dice.tensor([2, channels, 3, 4])])
    }
  }

  @Test
  func `functions that move zero do not disturb padded channels`() throws {
    var dice = Dice(seed: 26)
    let one = Convolution(
      kernel: [3, 3], strides: [1, 1], dilations: [1, 1],
      padding: .explicit(before: [1, 1], after: [1, 1]), groups: 1)
    let normalization = LocalResponseNormalization(size: 3, alpha: 0.9, beta: 0.75, bias: 1.5)
    let functions: [Operation] = [
      .unary(.sigmoid), .unary(.hardSigmoid(alpha: 1, beta: 0.5)), .unary(.exponential),
      .localResponseNormalization(normalization),
    ]
    for function in functions {
      var network = Network(name: "padded")
      let x = network.input("x", [2, 5, 6, 6])
      let first = network.node(
        .convolution(one), [x, network.constant("w1", dice.tensor([5, 5, 3, 3]))])
      let moved = network.node(function, [first])
      let ratio = network.node(.binary(.divide), [first, network.node(.unary(.softplus), [first])])
      let sum = network.node(.add, [moved, ratio])
      let second = network.node(
        .convolution(one), [sum, network.constant("w2", dice.tensor([7, 5, 3, 3]))])
      network.outputs = [second]
      try expectJudged(network, [dice.tensor([2, 5, 6, 6])], tolerance: 1e-4)
    }
  }

  static let coordinates: [Resize.Coordinates] = [
    .halfPixel, .halfPixelSymmetric, .pytorchHalfPixel, .alignCorners, .asymmetric,
  ]

  @Test(arguments: coordinates)
  func `images are resampled by every rule`(coordinates: Resize.Coordinates) throws {
    var dice = Dice(seed: 27)
    let modes: [Resize.Mode] = [
      .nearest(.floor), .nearest(.ceiling), .nearest(.preferFloor), .nearest(.preferCeiling),
      .linear, .cubic(coefficient: -0.75, excludesOutside: false),
      .cubic(coefficient: -0.5, excludesOutside: true),
    ]
    let targets: [Resize.Target] = [
      .scales([1, 1, 2, 2]), .scales([1, 1, 0.5, 1.75]), .sizes([nil, nil, 1, 7]),
      .sizes([2, 5, 9, 4]),
    ]
    for mode in modes {
      for target in targets {
        let resize = Resize(target: target, mode: mode, coordinates: coordinates)
        try expectJudged(.resize(resize), [dice.tensor([2, 5, 4, 5])])
      }
    }
  }

  @Test
  func `axes of extent 1 come and go`() throws {
    var dice = Dice(seed: 28)
    try expectJudged(.unsqueeze(axes: [0, 2, 4]), [dice.tensor([3, 4])])
    try expectJudged(.squeeze(axes: [1, 3]), [dice.tensor([3, 1, 4, 1])])
  }

  @Test
  func `constant sizes for one batch are refused for another`() throws {
    var network = Network(name: "sizes")
    let x = network.input("x", [2, 3, 4, 4])
    let resize = Resize(
      target: .sizes([1, 3, 8, 8]), mode: .linear, coordinates: .halfPixel)
    network.outputs = [network.node(.resize(resize), [x])]
    #expect(throws: ExecutionError.self) { try Executor(network: network, batchSize: 2) }
  }

  @Test
  func `a function without a pullback is named before training`() throws {
    var network = Network(name: "sigmoid")
    let x = network.input("x", [2, 3])
    let w = network.constant("w", Tensor(shape: [3, 3], values: [Float](repeating: 1, count: 9)))
    network.outputs = [network.node(.unary(.sigmoid), [network.node(.matMul, [x, w])])]
    #expect {
      _ = try TrainingEvaluator(network: network, batchSize: 2, parameters: [w])
    } throws: { "\($0)".contains("Sigmoid_1") }
  }
}
