import Execution
import Network
import Tensors
import Testing

/// A residual network in small: convolutions, normalizations, shortcuts, joins and activations,
/// drawn at random.
private func randomNetwork(_ dice: inout Dice) -> (network: Network, computed: [ValueID]) {
  var network = Network(name: "random")
  let channels = dice.pick([4, 16, 20])
  let shape = [2, channels, 5, 5]
  var open = [network.input("x", shape), network.input("y", shape)]
  let convolution = Convolution(
    kernel: [3, 3], strides: [1, 1], dilations: [1, 1],
    padding: .explicit(before: [1, 1], after: [1, 1]), groups: 1)
  for step in 0..<dice.int(4...14) {
    let x = dice.pick(open.suffix(4))
    let value: ValueID
    switch dice.int(0...9) {
    case 0...2:
      var weights = dice.tensor([channels, channels, 3, 3])
      weights.values = weights.values.map { $0 / Float(channels) }
      let bias: ValueID? =
        dice.pick([true, false]) ? network.constant("b\(step)", dice.tensor([channels])) : nil
      value = network.node(
        .convolution(convolution), [x, network.constant("w\(step)", weights), bias])
    case 3: value = network.node(.relu, [x])
    case 4: value = network.node(.clip(lower: -0.5, upper: 0.75), [x])
    case 5, 6: value = network.node(.add, [x, dice.pick(open)])
    case 7:
      let scale = network.constant("s\(step)", dice.tensor([channels, 1, 1]))
      value = network.node(dice.pick([.add, .multiply]), [x, scale])
    case 8: value = network.node(.multiply, [dice.pick(open), x])
    default: value = network.node(.leakyRelu(slope: 0.25), [x])
    }
    open.append(value)
  }
  network.outputs = [open[open.count - 1]]
  return (network, Array(open.dropFirst(2)))
}

@Suite struct `fusion and memory` {
  @Test(arguments: UInt64(0)..<60)
  func `fused networks in reused memory compute what their nodes say`(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let (network, computed) = randomNetwork(&dice)
    let inputs = [
      dice.tensor([2, network.inputChannels, 5, 5]), dice.tensor([2, network.inputChannels, 5, 5]),
    ]
    try expectJudged(network, inputs)
    let observed = computed.filter { _ in dice.pick([true, false, false]) }
    try expectJudged(network, inputs, observing: observed)
  }

  @Test
  func `a Relu after a LeakyRelu after a convolution is not mixed up with it`() throws {
    var dice = Dice(seed: 1)
    var network = Network(name: "two slopes")
    let x = network.input("x", [1, 4, 5, 5])
    let one = Convolution(
      kernel: [1, 1], strides: [1, 1], dilations: [1, 1], padding: .sameUpper, groups: 1)
    let y = network.node(
      .convolution(one), [x, network.constant("w", dice.tensor([4, 4, 1, 1]))])
    let leaky = network.node(.leakyRelu(slope: 0.25), [y])
    network.outputs = [network.node(.relu, [leaky])]
    try expectJudged(network, [dice.tensor([1, 4, 5, 5])])
  }

  @Test
  func `memory is reused along a chain`() throws {
    var network = Network(name: "chain")
    var value = network.input("x", [4, 16, 16, 16])
    for _ in 0..<20 { value = network.node(.maxPool(same), [value]) }
    network.outputs = [value]
    let executor = try Executor(network: network, batchSize: 4)
    // 20 results of 64 KiB, of which two are needed at a time.
    #expect(executor.activationBytes <= 3 * 4 * 16 * 16 * 16 * 4)
  }
}

private let same = Pooling(
  kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padding: .sameUpper, ceilMode: false)

extension Network {
  fileprivate var inputChannels: Int {
    guard case .fixed(let channels)? = self[inputs[0]].declaredShape?[1] else { return 0 }
    return channels
  }
}
