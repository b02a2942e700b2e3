import FineTuning
import Tensors
import TestSupport
import Testing

@Suite struct `The loss on logits` {
  private static let logits = Tensor(
    shape: [2, 3], values: [1.5, -0.25, 0.5, -2, 0.75, 3])
  private static let reference = Tensor(
    shape: [2, 3], values: [2, 0.5, -1, 0.25, 1, 1.5])

  @Test(arguments: [(4.0, 0.0), (1, 1), (2, 0.5)])
  func `has its derivative as gradient`(temperature: Double, labelWeight: Double) {
    let loss = LogitLoss(temperature: temperature, labelWeight: labelWeight)
    func value(_ logits: Tensor) -> Double {
      loss(logits, reference: Self.reference, labels: [2, 0]).sum
    }
    let found = loss(Self.logits, reference: Self.reference, labels: [2, 0])
    for index in 0..<6 {
      var (above, below) = (Self.logits, Self.logits)
      above.values[index] += 0x1p-10
      below.values[index] -= 0x1p-10
      let difference = (value(above) - value(below)) / 0x1p-9
      #expect(abs(Double(found.gradient.values[index]) - difference) < 1e-4)
    }
  }

  @Test func `is zero where nothing is to be learned`() {
    let same = LogitLoss(temperature: 4, labelWeight: 0)(
      Self.logits, reference: Self.logits, labels: nil)
    #expect(abs(same.sum) < 1e-12)
    #expect(same.gradient.values.allSatisfy { abs($0) < 1e-6 })
  }

  @Test func `is what the definitions say`() {
    // Two classes at distance log 3: softmax (3/4, 1/4) against (1/2, 1/2).
    let logits = Tensor(shape: [1, 2], values: [1.0986123, 0])
    let flat = Tensor(shape: [1, 2])
    let distilled = LogitLoss(temperature: 1, labelWeight: 0)(
      logits, reference: flat, labels: nil)
    #expect(abs(distilled.sum - 0.1438410362) < 1e-6)
    let labelled = LogitLoss(temperature: 1, labelWeight: 1)(logits, reference: nil, labels: [0])
    #expect(abs(labelled.sum - 0.2876820724) < 1e-6)
    // Logits that differ by thousands do not overflow.
    let far = Tensor(shape: [1, 2], values: [5000, -5000])
    let extreme = LogitLoss(temperature: 1, labelWeight: 1)(far, reference: far, labels: [1])
    #expect(extreme.sum == 10_000 && extreme.gradient.values == [1, -1])
  }
}

@Suite struct `Shards of a batch` {
  private static func shard(_ value: Float) -> ShardGradient {
    ShardGradient(
      loss: Double(value), images: 2, gradients: ParameterArrays(arrays: [[value, 1], [value]]))
  }

  @Test func `are summed in a fixed tree`() {
    // In single precision (1 + 1e8) + (−1e8 + 1) is 0 and a sum in order is 1.
    let sum = ShardGradient.reduced([1, 1e8, -1e8, 1, 7].map { Self.shard($0) })
    #expect(sum.gradients.arrays == [[7, 5], [7]])
    #expect(sum.images == 10)
    #expect(ShardGradient.reduced([Self.shard(3)]) == Self.shard(3))
  }
}

@Suite struct `A learning rate` {
  @Test func `rises, then falls along a cosine`() {
    let shares = (0..<100).map {
      ParameterOptimizer.schedule(step: $0, of: 100, warmUp: 0.1)
    }
    #expect(abs(shares[0] - 0.05) < 1e-12 && abs(shares[9] - 0.95) < 1e-12)
    #expect(zip(shares[10...], shares[11...]).allSatisfy { $0 > $1 })
    #expect(shares[10] > 0.999 && shares[99] < 0.001 && shares[99] > 0)
    #expect(abs(shares[54] + shares[55] - 1) < 1e-9)
  }
}

@Suite struct `An optimizer` {
  /// Two latent weights, a logarithm of a scale, an offset, a logarithm of a step.
  private static let start = ParameterArrays(arrays: [[1, -2], [0.5], [0.25], [-1]])
  private static let gradients = ParameterArrays(arrays: [[0.5, -4], [1], [0], [2]])

  @Test func `moves by Adam's rule, and decays weights alone`() {
    let settings = FineTuningSettings(
      epochs: 1, weightRate: 0.1, scaleRate: 0.01, decay: 0.5)
    var optimizer = ParameterOptimizer(Self.start, settings: settings)
    var found = Self.start
    optimizer.step(&found, Self.gradients, share: 0.5)
    // The first step is the rate itself, whatever the gradient's size.
    let expected: [[Float]] = [
      [1 - 0.05 - 0.025, -2 + 0.05 + 0.05], [0.5 - 0.005], [0.25], [-1 - 0.005],
    ]
    for (found, expected) in zip(found.arrays, expected) {
      #expect(Tolerance(absolute: 1e-6).accepts(found, expected: expected))
    }
  }

  @Test func `gathers momentum`() {
    let settings = FineTuningSettings(
      epochs: 1, optimizer: .momentum, weightRate: 0.1, scaleRate: 0.01)
    var optimizer = ParameterOptimizer(Self.start, settings: settings)
    var found = Self.start
    optimizer.step(&found, Self.gradients, share: 1)
    optimizer.step(&found, Self.gradients, share: 1)
    // 1 + 1.9 times the gradient.
    #expect(abs(found.arrays[0][0] - (1 - 0.1 * 2.9 * 0.5)) < 1e-6)
    #expect(abs(found.arrays[1][0] - (0.5 - 0.01 * 2.9)) < 1e-6)
    #expect(optimizer.steps == 2)
  }
}
