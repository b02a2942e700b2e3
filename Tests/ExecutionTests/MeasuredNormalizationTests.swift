import Execution
import Network
import Tensors
import Testing

/// Batch normalization by the batch's own statistics, against differences of a judge in double
/// precision.
@Suite struct `Normalization that measures its batch` {
  private static let epsilon: Float = 1e-3

  /// A convolution and what normalizes it, for a batch of five.
  private struct Example {
    var network = Network(name: "measured")
    let convolved: ValueID
    let normalized: ValueID
    /// Weights, gain, shift.
    let parameters: [ValueID]
    let values: [Tensor]
    let images: Tensor

    init(channels: Int) {
      var dice = Dice(seed: UInt64(channels))
      let x = network.input("x", [5, 3, 4, 4])
      values = [
        dice.tensor([channels, 3, 3, 3]), dice.tensor([channels]), dice.tensor([channels]),
      ]
      images = dice.tensor([5, 3, 4, 4])
      let (weights, gain, shift) = (
        network.constant("w", values[0]), network.constant("gain", values[1]),
        network.constant("shift", values[2])
      )
      parameters = [weights, gain, shift]
      // Never read: the batch has others.
      let zeros = network.constant("zeros", Tensor(shape: [channels]))
      convolved = network.node(
        .convolution(
          Convolution(
            kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padding: .sameUpper, groups: 1)),
        [x, weights])
      normalized = network.node(
        .batchNormalization(epsilon: `Normalization that measures its batch`.epsilon),
        [convolved, gain, shift, zeros, zeros])
      network.outputs = [normalized]
    }

    /// The convolution's result, its mean and variance per channel, and what comes of them.
    func judged(_ values: [Tensor]) -> (moments: [[Double]], output: Naive) {
      var cut = network
      cut.outputs = [convolved]
      cut.constants[parameters[0]] = .stored(StoredTensor(values[0]))
      var result = evaluateNaively(cut.extracting(from: cut.inputs, to: [convolved]), [images])[
        convolved]!
      let channels = result.shape[1]
      var moments = [[Double]](repeating: [], count: 2)
      for channel in 0..<channels {
        let places = result.values.indices.filter { $0 / 16 % channels == channel }
        let mean = places.reduce(0) { $0 + result.values[$1] } / Double(places.count)
        let variance =
          places.reduce(0) { $0 + (result.values[$1] - mean) * (result.values[$1] - mean) }
          / Double(places.count)
        moments[0].append(mean)
        moments[1].append(variance)
        let deviation = (variance + Double(`Normalization that measures its batch`.epsilon))
          .squareRoot()
        for place in places {
          result.values[place] =
            Double(values[1].values[channel]) * (result.values[place] - mean) / deviation
            + Double(values[2].values[channel])
        }
      }
      return (moments, result)
    }
  }

  @Test(arguments: [2, 20])
  func `goes back through mean and variance, and tells what they were`(channels: Int) throws {
    let example = Example(channels: channels)
    let evaluator = try TrainingEvaluator(
      network: example.network, batchSize: 5, parameters: example.parameters,
      measured: [example.normalized])
    var dice = Dice(seed: 9)
    let seed = dice.tensor(evaluator.outputShapes[0])
    func loss(_ values: [Tensor]) -> Double {
      zip(example.judged(values).output.values, seed.values).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    try evaluator.set(parameters: example.values)
    let found = try evaluator.forward([example.images])[0]
    let expected = example.judged(example.values)
    expectClose(found, expected.output, 1e-5, "the value")
    let early = try evaluator.moments()
    let gradients = try evaluator.pullBack([seed])
    #expect(early == gradients.moments)
    #expect(gradients.moments.count == 2)
    for (tensor, moments) in zip(gradients.moments, expected.moments) {
      expectClose(tensor, Naive(shape: [channels]) { moments[$0[0]] }, 1e-5, "moments")
    }
    for (place, gradient) in gradients.parameters.enumerated() {
      var differences = Naive(example.values[place])
      for index in stride(from: 0, to: differences.values.count, by: place == 0 ? 7 : 1) {
        let (step, x) = (Float(0x1p-12), example.values[place].values[index])
        var (above, below) = (example.values, example.values)
        above[place].values[index] = x + step
        below[place].values[index] = x - step
        differences.values[index] =
          (loss(above) - loss(below)) / (Double(x + step) - Double(x - step))
      }
      // Of the weights every seventh is tried.
      if place == 0 {
        for index in differences.values.indices where index % 7 != 0 {
          differences.values[index] = Double(gradient.values[index])
        }
      }
      expectClose(gradient, differences, 2e-4, "parameter \(place)")
    }
  }

  @Test func `without measuring it takes the statistics that the network has`() throws {
    let example = Example(channels: 2)
    let evaluator = try TrainingEvaluator(
      network: example.network, batchSize: 5, parameters: example.parameters)
    try evaluator.set(parameters: example.values)
    let found = try evaluator.forward([example.images])[0]
    let judged = evaluateNaively(example.network, [example.images])[example.normalized]!
    expectClose(found, judged, 1e-5, "the value")
    #expect(try evaluator.pullBack([found]).moments.isEmpty)
  }
}
