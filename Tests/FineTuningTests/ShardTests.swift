import Execution
import FineTuning
import Network
import Planning
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct `The sum of shards` {
  private func shards(_ count: Int) -> [ShardGradient] {
    var random = SplitMix64(seed: UInt64(count))
    return (0..<count).map { _ in
      ShardGradient(
        loss: random.normal(), images: 3,
        gradients: ParameterArrays(arrays: [(0..<5).map { _ in Float(random.normal() * 1e3) }]))
    }
  }

  /// Level by level, as it is told.
  private func tree(_ shards: [ShardGradient]) -> ShardGradient {
    var level = shards
    while level.count > 1 {
      level = stride(from: 0, to: level.count, by: 2).map { index in
        var sum = level[index]
        guard index + 1 < level.count else { return sum }
        sum.loss += level[index + 1].loss
        sum.images += level[index + 1].images
        sum.gradients.add(level[index + 1].gradients)
        return sum
      }
    }
    return level[0]
  }

  @Test func `is a fixed tree, whose subtrees may be summed elsewhere`() {
    for count in 1...21 {
      let shards = shards(count)
      let expected = tree(shards)
      #expect(expected.images == 3 * count)
      for size in [1, 2, 4, 8] {
        var sum = GradientSum()
        for start in stride(from: 0, to: count, by: size) {
          sum.append(ShardGradient.reduced(Array(shards[start..<min(start + size, count)])))
        }
        #expect(sum.total() == expected, "\(count) shards in runs of \(size)")
      }
    }
  }
}

@Suite struct `A shard` {
  @Test func `that nothing divides is normalized as one`() throws {
    let example = try FineTuningExample()
    let trained = try TrainedNetwork(
      example.lowBit, sets: example.sets, projects: false, normalizes: true)
    let images = example.images(17, seed: 2)
    let start = try trained.start(reference: example.reference, images: images)
    func learner(_ shardSize: Int) throws -> ShardLearner {
      try ShardLearner(
        trained, reference: example.reference, shardSize: shardSize,
        loss: LogitLoss(temperature: 1, labelWeight: 0))
    }
    let whole = try learner(17).loss(start, images: images, labels: nil)
    let single = try learner(1)
    let one = try (0..<17).reduce(0.0) {
      $0 + (try single.loss(start, images: images.rows($1..<$1 + 1), labels: nil))
    }
    #expect(abs(whole - one) > 0.01 * one, "\(whole), \(one)")
  }

  @Test func `of raw outputs is learned from all of them`() throws {
    var example = try FineTuningExample()
    func showing(_ network: Network) -> Network {
      var network = network
      network.outputs.append(
        network.nodes.first { $0.name == "relu2" }!.outputs[0])
      return network
    }
    example.reference = showing(example.reference)
    example.lowBit = showing(example.lowBit)
    let trained = try TrainedNetwork(
      example.lowBit, sets: example.sets, projects: false, normalizes: false)
    let learner = try ShardLearner(
      trained, reference: example.reference, shardSize: 8,
      loss: LogitLoss(temperature: 1, labelWeight: 0))
    let images = example.images(8, seed: 3)
    let start = try trained.start(reference: example.reference, images: images)
    func outputs(_ network: Network) throws -> [Tensor] {
      try BatchedEvaluator(network: network, batchSize: 8).run([images])
    }
    let expected = RawLoss()(
      try outputs(try trained.applying(start)), reference: try outputs(example.reference)
    ).sum
    let found = try learner.gradient(start, images: images, labels: nil)
    #expect(abs(found.loss - expected) < 2e-3 * expected, "\(found.loss), \(expected)")
    // Scales and offsets are shorter where they are deployed.
    // Offsets of the layer before the second output act on both, without rounding.
    for index in 0..<8 {
      var (above, below) = (start, start)
      above.arrays[7][index] += 0x1p-8
      below.arrays[7][index] -= 0x1p-8
      let difference =
        (try learner.loss(above, images: images, labels: nil)
          - learner.loss(below, images: images, labels: nil)) / 0x1p-7
      let gradient = Double(found.gradients.arrays[7][index])
      #expect(abs(gradient - difference) < 2e-3 * (1 + abs(difference)))
    }
    #expect(throws: FineTuningError.noLogits(outputs: 2)) {
      try ShardLearner(
        trained, reference: example.reference, shardSize: 8,
        loss: LogitLoss(temperature: 1, labelWeight: 1))
    }
  }
}

@Suite struct `Matrix products without a bias` {
  private let network: Network
  private let reference: Network

  init() throws {
    var network = Network(name: "products")
    let x = network.addValue(ValueInfo(name: "x", declaredShape: [.symbolic("n"), .fixed(6)]))
    network.inputs = [x]
    var random = SplitMix64(seed: 3)
    func product(_ name: String, _ input: ValueID, _ shape: [Int]) -> ValueID {
      let weights = network.addConstant(
        .stored(StoredTensor(random.tensor(shape))), name: "\(name).w")
      let output = network.addValue(ValueInfo(name: "\(name).output"))
      network.nodes.append(
        Node(name: name, operation: .matMul, inputs: [input, weights], outputs: [output]))
      return output
    }
    let first = product("one", x, [6, 16])
    let activated = network.addValue(ValueInfo(name: "relu.output"))
    network.nodes.append(
      Node(name: "relu", operation: .relu, inputs: [first], outputs: [activated]))
    network.outputs = [product("two", activated, [16, 4])]
    reference = network
    let layer = network.layers[0]
    let rows = network.weightRows(of: layer).values
    self.network = try network.applying(
      LayerSolution(
        layer: "one", weights: .ternary,
        codes: rows.map { value -> Int8 in abs(value) < 0.3 ? 0 : value < 0 ? -1 : 1 },
        scales: [Float](repeating: 0.6, count: 16), offsets: [Float](repeating: 0, count: 16)),
      keepsBias: true)
  }

  @Test func `are learned, and get none`() throws {
    let trained = try TrainedNetwork(
      network, sets: ["one": .ternary], projects: false, normalizes: true)
    #expect(trained.layers.map(\.layer.name) == ["one", "two"])
    var random = SplitMix64(seed: 5)
    let images = random.tensor([16, 6])
    let start = try trained.start(reference: reference, images: images)
    #expect(trained.fits(start) && trained.fits(start.zeros))
    var state = FineTune(
      start, totalSteps: 80,
      settings: FineTuningSettings(epochs: 1, shards: 1, shardSize: 16, weightRate: 0.03))
    let learner = try ShardLearner(
      trained, reference: reference, shardSize: 16, loss: LogitLoss(temperature: 1, labelWeight: 0))
    var losses: [Double] = []
    for _ in 0..<80 {
      let shard = try learner.gradient(state.parameters, images: images, labels: nil)
      losses.append(try state.take([shard], layers: ["one", "two"]))
    }
    #expect(losses[79] < 0.5 * losses[0], "\(losses[0]) → \(losses[79])")
    let deployed = try trained.applying(state.parameters)
    #expect(deployed.nodes.map(\.operation) == network.nodes.map(\.operation))
    for layer in network.layers {
      #expect(deployed.weightRows(of: layer).values != network.weightRows(of: layer).values)
    }
    // What is deployed is what learned.
    let found = try BatchedEvaluator(network: deployed, batchSize: 16).run([images])[0]
    let wanted = try BatchedEvaluator(network: reference, batchSize: 16).run([images])[0]
    let loss = LogitLoss(temperature: 1, labelWeight: 0)(found, reference: wanted, labels: nil).sum
    let own = try learner.loss(state.parameters, images: images, labels: nil)
    #expect(abs(loss - own) < 1e-3 * (1 + own), "\(loss), \(own)")
  }
}
