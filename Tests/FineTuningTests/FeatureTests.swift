import Execution
import FineTuning
import Network
import Planning
import Tensors
import TestSupport
import Testing

@Suite struct `The loss of features` {
  @Test func `is the relative error, and has the gradient that differences have`() {
    let wanted = Tensor(shape: [2, 2], values: [1, 2, -2, 4])
    let found = Tensor(shape: [2, 2], values: [1.5, 2, -3, 4])
    // w Σ (z − t)² / (2 ‖t‖² / 2) = 3 · 1.25 / 25.
    #expect(abs(FeatureLoss(weight: 3)(found, reference: wanted).sum - 0.15) < 1e-7)
    var random = SplitMix64(seed: 2)
    // More than one piece, and a rest.
    let shape = [3, 7, 61]
    let (value, reference) = (random.tensor(shape), random.tensor(shape))
    let loss = FeatureLoss(weight: 0.5)
    let energy = reference.values.reduce(0.0) { $0 + Double($1) * Double($1) }
    let (sum, gradient) = loss(value, reference: reference)
    var expected = 0.0
    for (index, pair) in zip(value.values, reference.values).enumerated() {
      let difference = Double(pair.0) - Double(pair.1)
      expected += 0.5 * 0.5 * 3 / energy * difference * difference
      let slope = 0.5 * 3 / energy * difference
      #expect(abs(Double(gradient.values[index]) - slope) < 1e-6 * (1 + abs(slope)))
    }
    #expect(abs(sum - expected) < 1e-5 * expected)
  }

  @Test func `of a silent value is finite`() {
    let (sum, gradient) = FeatureLoss(weight: 1)(
      Tensor(shape: [1, 2], values: [1, 0]), reference: Tensor(shape: [1, 2]))
    #expect(sum == 0.5 && gradient.values == [1, 0])
  }
}

@Suite struct `Learning from block outputs` {
  private let example: FineTuningExample

  init() throws { example = try FineTuningExample() }

  private func learner(
    _ trained: TrainedNetwork, _ reference: Network, shardSize: Int = 8, features: Double
  ) throws -> ShardLearner {
    try ShardLearner(
      trained, reference: reference, shardSize: shardSize,
      loss: LogitLoss(temperature: 2, labelWeight: 0), features: features)
  }

  /// A network of the same layers with other weights.
  private var other: Network {
    var network = example.reference
    for layer in network.layers {
      var tensor = network.constants[layer.weights]!.tensor
      for index in tensor.values.indices { tensor.values[index] *= 1 + 0.1 * Float(index % 5) }
      network.constants[layer.weights] = .stored(StoredTensor(tensor))
    }
    return network
  }

  @Test func `pairs the values that blocks end with, before they are rounded`() throws {
    let trained = try TrainedNetwork(
      example.lowBit, sets: example.sets, projects: false, normalizes: true)
    let pairs = try trained.features(in: example.reference, batch: 4)
    #expect(pairs.map { trained.graph[$0.learning].name } == ["relu1.output", "relu2.output"])
    #expect(pairs.map { example.reference[$0.reference].name } == ["relu1.output", "relu2.output"])
  }

  @Test func `adds the relative errors of these to the loss`() throws {
    let trained = try TrainedNetwork(
      example.lowBit, sets: example.sets, projects: false, normalizes: false)
    let images = example.images(8, seed: 3)
    let start = try trained.start(reference: example.reference, images: images)
    func loss(_ features: Double) throws -> Double {
      try learner(trained, example.reference, features: features)
        .loss(start, images: images, labels: nil)
    }
    let deployed = try trained.applying(start)
    let pairs = try trained.features(in: example.reference, batch: 8)
    let found = try BatchedEvaluator(
      network: deployed, batchSize: 8, observing: pairs.map(\.learning)
    ).run([images])
    let wanted = try BatchedEvaluator(
      network: example.reference, batchSize: 8, observing: pairs.map(\.reference)
    ).run([images])
    var errors = 0.0
    for place in 1...2 {
      let energy = wanted[place].values.reduce(0.0) { $0 + Double($1) * Double($1) }
      let error = zip(found[place].values, wanted[place].values).reduce(0.0) {
        $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
      }
      errors += 8 * error / (2 * energy)
    }
    let more = try loss(3) - loss(0)
    #expect(errors > 0.01 && abs(more - 3 * errors) < 1e-3 * (1 + more), "\(more), \(errors)")
  }

  @Test(arguments: [false, true])
  func `has the gradient that differences have`(normalizes: Bool) throws {
    // Without codes nothing is straight through.
    let trained = try TrainedNetwork(
      example.reference, sets: [:], projects: false, normalizes: normalizes)
    let images = example.images(8, seed: 3)
    let learner = try learner(trained, other, features: 4)
    let start = try trained.start(reference: example.reference, images: images)
    let gradients = try learner.gradient(start, images: images, labels: nil).gradients
    let step: Float = 0x1p-8
    for layer in 0..<3 {
      // Weights, scales, offsets.
      for role in 0..<3 {
        let place = layer * 5 + role
        let count = start.arrays[place].count
        for index in stride(from: 0, to: count, by: max(1, count / 6)) {
          var (above, below) = (start, start)
          above.arrays[place][index] += step
          below.arrays[place][index] -= step
          let difference =
            (try learner.loss(above, images: images, labels: nil)
              - learner.loss(below, images: images, labels: nil))
            / Double(above.arrays[place][index] - below.arrays[place][index])
          let gradient = Double(gradients.arrays[place][index])
          #expect(
            abs(gradient - difference) < 0.01 * (0.2 + abs(difference)),
            "array \(place), \(index): \(gradient), \(difference)")
        }
      }
    }
  }

  @Test func `lowers their errors`() throws {
    let trained = try TrainedNetwork(
      example.lowBit, sets: example.sets, projects: false, normalizes: true)
    let images = example.images(16, seed: 3)
    func error(after steps: Int, features: Double) throws -> Double {
      let settings = FineTuningSettings(
        epochs: 1, shards: 1, shardSize: 16, weightRate: 0.03, features: features)
      var state = FineTune(
        try trained.start(reference: example.reference, images: images), totalSteps: steps,
        settings: settings)
      let learner = try learner(trained, example.reference, shardSize: 16, features: features)
      for _ in 0..<steps {
        let shard = try learner.gradient(state.parameters, images: images, labels: nil)
        _ = try state.take([shard], layers: trained.layers.map(\.layer.name))
      }
      func loss(_ features: Double) throws -> Double {
        try self.learner(trained, example.reference, shardSize: 16, features: features)
          .loss(state.parameters, images: images, labels: nil)
      }
      return try loss(1) - loss(0)
    }
    let with = try error(after: 60, features: 20)
    let without = try error(after: 60, features: 0)
    #expect(with < 0.9 * without, "\(with), \(without)")
  }

  @Test func `counts what it takes, and names a network without blocks`() throws {
    let trained = try TrainedNetwork(
      example.lowBit, sets: example.sets, projects: false, normalizes: true)
    let plain = try learner(trained, example.reference, features: 0).bytes
    let more = try learner(trained, example.reference, features: 1).bytes
    // Two values of 8 × 8 × 8 for eight images: of both networks, and the gradient.
    #expect(more >= plain + 2 * 3 * 4 * 8 * 512)
    var single = Network(name: "single")
    let x = single.addValue(
      ValueInfo(name: "x", declaredShape: [.symbolic("n"), .fixed(4)]))
    single.inputs = [x]
    let output = single.addValue(ValueInfo(name: "y"))
    func constant(_ name: String, _ shape: [Int]) -> ValueID {
      single.addConstant(.stored(StoredTensor(Tensor(shape: shape))), name: name)
    }
    single.nodes = [
      Node(
        name: "only",
        operation: .gemm(Gemm(alpha: 1, beta: 1, transposesA: false, transposesB: false)),
        inputs: [x, constant("w", [4, 3]), constant("b", [3])], outputs: [output])
    ]
    single.outputs = [output]
    let alone = try TrainedNetwork(single, sets: [:], projects: false, normalizes: false)
    #expect(throws: FineTuningError.noFeatures(network: "single")) {
      try learner(alone, single, features: 1)
    }
  }
}
