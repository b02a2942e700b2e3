import Execution
import Network
import Tensors
import Testing

@Suite struct `moving elements` {
  @Test(arguments: UInt64(0)..<40)
  func `a slice takes what ONNX says`(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let shape = (0..<dice.int(1...4)).map { _ in dice.int(1...7) }
    let axes = shape.indices.filter { _ in dice.pick([true, true, false]) }.map { axis in
      SliceAxis(
        axis: dice.pick([axis, axis - shape.count]),
        start: dice.pick([0, 1, 3, -1, -4, 100, -100, Int.min, Int.max]),
        end: dice.pick([0, 2, 5, -1, -2, 100, -100, Int.max, Int.min]),
        step: dice.pick([1, 1, 2, 3, -1, -2, Int.max, Int.min + 1]))
    }
    try expectJudged(.slice(axes), [dice.tensor(shape)])
  }

  @Test(arguments: [
    Padding.Mode.constant(0), .constant(-1.5), .reflect, .edge, .wrap,
  ])
  func `padding grows and crops in every mode`(mode: Padding.Mode) throws {
    var dice = Dice(seed: 11)
    let cases: [([Int], [Int], [Int])] = [
      ([5], [2], [3]), ([3, 4], [0, 1], [2, 0]), ([3, 4], [-1, 2], [1, -2]),
      ([2, 5, 4, 3], [0, 3, 1, 2], [0, 8, 0, 1]), ([1, 2], [4, 5], [3, 7]),
      ([2, 2], [0, 0], [0, 0]),
    ]
    for (shape, before, after) in cases {
      let padding = Padding(before: before, after: after, mode: mode)
      try expectJudged(.pad(padding), [dice.tensor(shape)])
    }
  }

  @Test(arguments: [[0, 1, 2, 3], [0, 2, 3, 1], [3, 2, 1, 0], [1, 0, 3, 2]])
  func `a transposition permutes axes`(permutation: [Int]) throws {
    var dice = Dice(seed: 12)
    try expectJudged(.transpose(permutation: permutation), [dice.tensor([2, 17, 3, 4])])
  }

  @Test(arguments: [0, 1, 2, 3, -1])
  func `concatenation joins along any axis`(axis: Int) throws {
    var dice = Dice(seed: 13)
    let position = axis < 0 ? axis + 4 : axis
    let parts = [3, 1, 4].map { extent in
      var shape = [2, 3, 4, 5]
      shape[position] = extent
      return dice.tensor(shape)
    }
    try expectJudged(.concatenate(axis: axis), parts)
  }

  @Test
  func `flatten and reshape keep the order of elements`() throws {
    var dice = Dice(seed: 14)
    let x = dice.tensor([2, 3, 4, 5])
    for axis in [0, 1, 2, 4, -1, -4] { try expectJudged(.flatten(axis: axis), [x]) }
    for target in [[6, 20], [-1], [0, -1], [2, 0, 20], [0, 0, 0, 0, 1]] {
      try expectJudged(.reshape(Reshape(target: target, allowsZero: false)), [x])
    }
  }

  @Test
  func `empty tensors pass through`() throws {
    var dice = Dice(seed: 15)
    let empty = SliceAxis(axis: 1, start: 2, end: 2, step: 1)
    var network = Network(name: "empty")
    let x = network.input("x", [2, 3])
    let none = network.node(.slice([empty]), [x])
    let still = network.node(.relu, [none])
    let joined = network.node(.concatenate(axis: 1), [still, x])
    let padded = network.node(
      .pad(Padding(before: [0, 1], after: [0, 1], mode: .constant(3))), [none])
    network.outputs = [none, joined, padded]
    try expectJudged(network, [dice.tensor([2, 3])], observing: [still])
  }

  @Test
  func `slices, pads and transposes after a convolution work on its layout`() throws {
    var dice = Dice(seed: 16)
    for channels in [16, 20, 32] {
      var network = Network(name: "shortcut")
      let x = network.input("x", [2, 3, 8, 8])
      let convolution = Convolution(
        kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padding: .sameUpper, groups: 1)
      let y = network.node(
        .convolution(convolution), [x, network.constant("w", dice.tensor([channels, 3, 3, 3]))])
      let rows = network.node(.slice([SliceAxis(axis: 2, start: 0, end: 8, step: 2)]), [y])
      let both = network.node(.slice([SliceAxis(axis: -1, start: -1, end: -9, step: -2)]), [rows])
      let wider = network.node(
        .pad(Padding(before: [0, 8, 0, 0], after: [0, 8, 0, 1], mode: .constant(0))), [both])
      let edged = network.node(
        .pad(Padding(before: [0, 0, 1, 0], after: [0, 0, 0, 0], mode: .constant(2))), [wider])
      let turned = network.node(.transpose(permutation: [0, 3, 1, 2]), [edged])
      network.outputs = [network.node(.relu, [turned])]
      let image = dice.tensor([2, 3, 8, 8])
      try expectJudged(network, [image])
      try expectJudged(network, [image], observing: [rows, wider, edged])
    }
  }
}
