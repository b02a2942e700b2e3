import Execution
import Network
import Tensors
import Testing

@Suite struct `activation quantizers` {
  static let quantizers = [
    ActivationQuantizer(bits: 2, step: 0.5),
    ActivationQuantizer(bits: 2, step: 0.6487),
    ActivationQuantizer(bits: 2, step: 0.6487, threshold: 0.32),
    ActivationQuantizer(bits: 1, step: 1),
    ActivationQuantizer(bits: 3, step: 0.1, lowestCode: -4),
    ActivationQuantizer(bits: 8, step: 0.0123, lowestCode: -128),
    ActivationQuantizer(bits: 8, step: 3e-5),
    ActivationQuantizer(bits: 4, step: 0.3, lowestCode: -8, threshold: 0.29),
    ActivationQuantizer(bits: 2, step: 0.25, threshold: 0.01),
    ActivationQuantizer(bits: 2, step: 0.5, lowestCode: 2, threshold: 0.2),
    ActivationQuantizer(bits: 2, step: 0.5, lowestCode: -7),
    ActivationQuantizer(bits: 2, step: 0.5, lowestCode: 1 << 23),
  ]

  /// The values that decide: around every tie and threshold the nearest floats, and all that is
  /// special.
  private func decisiveValues(_ quantizer: ActivationQuantizer) -> [Float] {
    var centres: [Float] = [0, -0.0, quantizer.threshold ?? 0, -(quantizer.threshold ?? 0)]
    for code in (quantizer.lowestCode - 2)...(quantizer.highestCode + 2) {
      centres += [(Float(code) + 0.5) * quantizer.step, Float(code) * quantizer.step]
    }
    var values: [Float] = [
      .nan, -.nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
      .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 1e9, -1e9, 0x1p22, 0x1p23, 0x1.8p23,
    ]
    for centre in centres {
      var up = centre
      var down = centre
      for _ in 0..<32 {
        values += [up, down]
        up = up.nextUp
        down = down.nextDown
      }
    }
    return values
  }

  @Test(arguments: quantizers)
  func `a quantizer fused into other nodes gives the same bits`(
    quantizer: ActivationQuantizer
  ) throws {
    // One channel, one weight of 1, so that the convolution hands its input on.
    let values = decisiveValues(quantizer)
    var network = Network(name: "fused")
    let x = network.input("x", [1, 1, 1, values.count])
    let one = Convolution(
      kernel: [1, 1], strides: [1, 1], dilations: [1, 1], padding: .sameUpper, groups: 1)
    let w = network.constant("w", Tensor(shape: [1, 1, 1, 1], repeating: 1))
    let zeros = network.constant("z", Tensor(shape: [1, 1, 1, values.count]))
    let convolved = network.node(.convolution(one), [x, w])
    let added = network.node(.add, [x, zeros])
    network.outputs = [
      network.node(.quantize(quantizer), [convolved]), network.node(.quantize(quantizer), [added]),
      network.node(.quantize(quantizer), [network.node(.clip(lower: 0, upper: 6), [added])]),
    ]
    let executor = try Executor(network: network, batchSize: 1)
    let found = try executor.run([Tensor(shape: [1, 1, 1, values.count], values: values)])
    let expected = values.map { quantizer.value($0).bitPattern }
    for (result, name) in [(0, "convolution"), (1, "sum")] {
      let bits = found[result].values.map(\.bitPattern)
      let wrong = values.indices.filter { bits[$0] != expected[$0] }
      #expect(wrong.isEmpty, "\(name) of \(wrong.first.map { values[$0] } ?? 0)")
    }
    let wrong = values.indices.filter {
      let clipped = quantizer.value(min(max(values[$0], 0), 6)).bitPattern
      return found[2].values[$0].bitPattern != clipped && !values[$0].isNaN
    }
    #expect(wrong.isEmpty, "clip of \(wrong.first.map { values[$0] } ?? 0)")
  }

  @Test(arguments: quantizers)
  func `every value is the definition's, bit for bit`(quantizer: ActivationQuantizer) throws {
    let values = decisiveValues(quantizer)
    var network = Network(name: "quantizer")
    let x = network.input("x", [values.count])
    network.outputs = [network.node(.quantize(quantizer), [x])]
    let executor = try Executor(network: network, batchSize: 1)
    let found = try executor.run([Tensor(shape: [values.count], values: values)])[0].values
    let wrong = values.indices.filter {
      found[$0].bitPattern != quantizer.value(values[$0]).bitPattern
    }
    #expect(wrong.isEmpty, "first at \(wrong.first.map { values[$0] } ?? 0)")
  }

  @Test
  func `codes are taken between layers as the judge does`() throws {
    var dice = Dice(seed: 21)
    var network = Network(name: "coded")
    let x = network.input("x", [3, 3, 9, 9])
    let convolution = Convolution(
      kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padding: .sameUpper, groups: 1)
    let w1 = network.constant("w1", dice.tensor([20, 3, 3, 3]))
    let w2 = network.constant("w2", dice.tensor([6, 20, 3, 3]))
    let first = network.node(.relu, [network.node(.convolution(convolution), [x, w1])])
    let coded = network.node(.quantize(ActivationQuantizer(bits: 2, step: 0.7)), [first])
    network.outputs = [network.node(.convolution(convolution), [coded, w2]), coded]
    // A value this near to a tie may fall on the other side in double precision.
    let executor = try Executor(network: network, batchSize: 3, observing: [first])
    let input = dice.tensor([3, 3, 9, 9])
    let found = try executor.run([input])
    let quantizer = ActivationQuantizer(bits: 2, step: 0.7)
    #expect(found[1].values == found[2].values.map { quantizer.value($0) })
    #expect(Set(found[1].values).count == 4)
  }
}
