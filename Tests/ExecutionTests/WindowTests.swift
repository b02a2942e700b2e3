import Execution
import Network
import Tensors
import Testing

@Suite struct `convolution and pooling` {
  @Test(arguments: UInt64(0)..<60)
  func `a convolution of any kind is the judge's`(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let rank = dice.pick([1, 2, 2, 2, 3])
    let groups = dice.pick([1, 1, 2, 4])
    let inputs = groups * dice.pick([1, 3, 4, 16])
    let outputs = groups * dice.pick([1, 4, 5, 16])
    let kernel = (0..<rank).map { _ in dice.int(1...3) }
    let dilations = (0..<rank).map { _ in dice.pick([1, 1, 2]) }
    let padding: SpatialPadding = dice.pick([
      .explicit(
        before: [0, 0, 0].prefix(rank).map { $0 }, after: [1, 0, 2].prefix(rank).map { $0 }),
      .explicit(
        before: [1, 2, 0].prefix(rank).map { $0 }, after: [0, 1, 1].prefix(rank).map { $0 }),
      .sameUpper, .sameLower,
    ])
    let convolution = Convolution(
      kernel: kernel, strides: (0..<rank).map { _ in dice.pick([1, 2, 3]) }, dilations: dilations,
      padding: padding, groups: groups)
    let spatial = (0..<rank).map { _ in dice.int(5...8) }
    let bias: Tensor? = dice.pick([true, false]) ? dice.tensor([outputs]) : nil
    try expectJudged(
      .convolution(convolution),
      [
        dice.tensor([2, inputs] + spatial), dice.tensor([outputs, inputs / groups] + kernel), bias,
      ])
  }

  @Test(arguments: UInt64(0)..<90)
  func `a pooling of any kind is the judge's`(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let rank = dice.pick([1, 2, 2, 3])
    let kernel = (0..<rank).map { _ in dice.int(2...3) }
    let padding: SpatialPadding = dice.pick([
      .explicit(
        before: [0, 1, 0].prefix(rank).map { $0 }, after: [1, 0, 1].prefix(rank).map { $0 }),
      .explicit(
        before: [1, 1, 1].prefix(rank).map { $0 }, after: [1, 1, 1].prefix(rank).map { $0 }),
      .explicit(
        before: [0, 0, 0].prefix(rank).map { $0 }, after: [0, 0, 0].prefix(rank).map { $0 }),
      .sameUpper, .sameLower,
    ])
    let pooling = Pooling(
      kernel: kernel, strides: (0..<rank).map { _ in dice.int(1...3) },
      dilations: (0..<rank).map { _ in dice.pick([1, 1, 2]) }, padding: padding,
      ceilMode: dice.pick([true, false]))
    let x = dice.tensor([2, dice.pick([3, 16])] + (0..<rank).map { _ in dice.int(5...9) })
    let operation: Operation = dice.pick([
      .maxPool(pooling), .averagePool(pooling, countsPadding: true),
      .averagePool(pooling, countsPadding: false),
    ])
    try expectJudged(operation, [x])
  }

  @Test
  func `what hangs over in ceil mode is not counted as padding`() throws {
    // onnx 1.23 reference: the last window of 3 starts at 2 and sees 2 of 4 elements and no
    // declared padding.
    let pooling = Pooling(
      kernel: [3], strides: [2], dilations: [1], padding: .explicit(before: [0], after: [0]),
      ceilMode: true)
    var network = Network(name: "ceil")
    let x = network.input("x", [1, 1, 4])
    network.outputs = [network.node(.averagePool(pooling, countsPadding: true), [x])]
    let executor = try Executor(network: network, batchSize: 1)
    let found = try executor.run([Tensor(shape: [1, 1, 4], values: [1, 2, 3, 4])])
    #expect(found[0].values == [2, 3.5])
  }

  @Test(arguments: [[2, 5, 4], [1, 16, 6, 5], [2, 3, 3, 4, 2]])
  func `the global average is over all spatial axes`(shape: [Int]) throws {
    var dice = Dice(seed: 7)
    try expectJudged(.globalAveragePool, [dice.tensor(shape)])
  }

  @Test(arguments: [[2, 5], [3, 16, 4], [2, 20, 3, 4]])
  func `batch normalization uses the given statistics`(shape: [Int]) throws {
    var dice = Dice(seed: 8)
    var variance = dice.tensor([shape[1]])
    variance.values = variance.values.map { abs($0) + 0.1 }
    try expectJudged(
      .batchNormalization(epsilon: 1e-3),
      [
        dice.tensor(shape), dice.tensor([shape[1]]), dice.tensor([shape[1]]),
        dice.tensor([shape[1]]), variance,
      ])
  }
}
