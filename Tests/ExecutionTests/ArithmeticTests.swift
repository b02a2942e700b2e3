import Execution
import Network
import Tensors
import Testing

@Suite struct `element-wise and matrix operations` {
  static let broadcasts: [([Int], [Int])] = [
    ([2, 3, 4, 5], [2, 3, 4, 5]), ([2, 3, 4, 5], [5]), ([2, 3, 4, 5], [3, 1, 1]), ([], [2, 3]),
    ([4, 1], [3, 4, 5]), ([3, 1, 5], [1, 4, 1]), ([1], [1]), ([], []), ([2, 1, 3], [4, 1]),
    ([1, 16, 1, 1], [2, 16, 3, 3]), ([2, 1, 3, 3], [2, 16, 3, 3]),
  ]

  @Test(arguments: broadcasts)
  func `addition and multiplication broadcast as numpy does`(a: [Int], b: [Int]) throws {
    var dice = Dice(seed: 1)
    for operation in [Operation.add, .multiply] {
      try expectJudged(operation, [dice.tensor(a), dice.tensor(b)])
      try expectJudged(operation, [dice.tensor(b), dice.tensor(a)])
    }
  }

  @Test(arguments: [
    Operation.relu, .leakyRelu(slope: 0.1), .clip(lower: -0.25, upper: 0.5),
    .clip(lower: -.infinity, upper: 0.5), .clip(lower: 0, upper: .infinity),
    .clip(lower: 0.5, upper: -0.5), .clip(lower: 0.25, upper: 0.5), .identity,
  ])
  func `an activation function is the judge's`(operation: Operation) throws {
    var dice = Dice(seed: 2)
    for shape in [[], [7], [2, 5, 3, 3]] { try expectJudged(operation, [dice.tensor(shape)]) }
  }

  @Test
  func `a clip that moves zero does not disturb padded channels`() throws {
    // 5 channels lie in a block of 16: the other 11 must stay zero for the next convolution.
    var dice = Dice(seed: 3)
    var network = Network(name: "padded")
    let x = network.input("x", [2, 5, 6, 6])
    let one = Convolution(
      kernel: [3, 3], strides: [1, 1], dilations: [1, 1],
      padding: .explicit(before: [1, 1], after: [1, 1]), groups: 1)
    let first = network.node(
      .convolution(one), [x, network.constant("w1", dice.tensor([5, 5, 3, 3]))])
    let clipped = network.node(.clip(lower: 1, upper: 2), [first])
    let coded = network.node(
      .quantize(ActivationQuantizer(bits: 2, step: 0.5, lowestCode: 1)), [clipped])
    let second = network.node(
      .convolution(one), [coded, network.constant("w2", dice.tensor([7, 5, 3, 3]))])
    network.outputs = [second]
    try expectJudged(network, [dice.tensor([2, 5, 6, 6])], observing: [first, coded])
  }

  @Test(arguments: [false, true], [false, true])
  func `a Gemm of any kind is the judge's`(transposesA: Bool, transposesB: Bool) throws {
    var dice = Dice(seed: 4)
    let a = dice.tensor(transposesA ? [5, 3] : [3, 5])
    let b = dice.tensor(transposesB ? [4, 5] : [5, 4])
    let addends: [[Int]?] = [nil, [4], [1, 4], [3, 1], [3, 4], [1], []]
    for (alpha, beta) in [(1, 1), (0.5, 1), (1, 0.25), (2, -0.5), (1, 0)] as [(Float, Float)] {
      let gemm = Gemm(
        alpha: alpha, beta: beta, transposesA: transposesA, transposesB: transposesB)
      for addend in addends {
        try expectJudged(.gemm(gemm), [a, b, addend.map { dice.tensor($0) }])
      }
    }
  }

  @Test(arguments: [
    ([3, 4], [4, 5]), ([4], [4]), ([4], [4, 5]), ([3, 4], [4]), ([2, 3, 4], [2, 4, 5]),
    ([2, 3, 4], [4, 5]), ([3, 4], [2, 4, 5]), ([2, 1, 3, 4], [6, 4, 5]), ([2, 3, 4], [4]),
    ([4], [2, 4, 5]), ([1, 1], [1, 1]),
  ])
  func `a matrix product broadcasts its batch axes`(a: [Int], b: [Int]) throws {
    var dice = Dice(seed: 5)
    try expectJudged(.matMul, [dice.tensor(a), dice.tensor(b)])
  }

  @Test(arguments: [0, 1, 2, -1, -3], [false, true])
  func `softmax runs over one axis or all from it on`(axis: Int, flattens: Bool) throws {
    var dice = Dice(seed: 6)
    var x = dice.tensor([3, 4, 5])
    x.values = x.values.map { $0 * 20 }
    try expectJudged(.softmax(axis: axis, flattensTrailing: flattens), [x])
  }
}
