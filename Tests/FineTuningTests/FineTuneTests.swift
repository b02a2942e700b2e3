import FineTuning
import Network
import Planning
import Quantization
import Tensors
import TestSupport
import Testing

private func run(
  steps: Int, settings: FineTuningSettings, projects: Bool, lanes: Int = 1
) throws -> (losses: [Double], state: FineTune, trained: TrainedNetwork) {
  let example = try FineTuningExample()
  let trained = try TrainedNetwork(
    example.lowBit, sets: example.sets, projects: projects, normalizes: settings.normalizes)
  var state = FineTune(
    try trained.start(reference: example.reference, images: example.images(16, seed: 0)),
    totalSteps: steps, settings: settings)
  let loss = LogitLoss(temperature: settings.temperature, labelWeight: settings.labelWeight)
  let learners = try (0..<lanes).map { _ in
    try ShardLearner(
      trained, reference: example.reference, shardSize: settings.shardSize, loss: loss)
  }
  var losses: [Double] = []
  for _ in 0..<steps {
    // Later shards first, each by another learner.
    let shards = try (0..<settings.shards).reversed().map { shard in
      try learners[shard % lanes].gradient(
        state.parameters, images: example.images(settings.shardSize, seed: UInt64(shard)),
        labels: [Int](repeating: shard % 5, count: settings.shardSize))
    }
    losses.append(
      try state.take(shards.reversed(), layers: trained.layers.map(\.layer.name)))
  }
  return (losses, state, trained)
}

@Suite struct `A fine-tune` {
  @Test(arguments: [false, true], [false, true])
  func `lowers the loss, and deploys what it has learned`(
    projects: Bool, normalizes: Bool
  ) throws {
    let settings = FineTuningSettings(
      epochs: 1, shards: 2, shardSize: 8, weightRate: 0.02, scaleRate: 0.01,
      normalizes: normalizes, temperature: 1)
    let (losses, state, trained) = try run(steps: 60, settings: settings, projects: projects)
    #expect(losses[59] < 0.5 * losses[0], "\(losses[0]) → \(losses[59])")
    let deployed = try trained.applying(state.parameters)
    for layer in deployed.layers {
      guard case .quantized(let weights)? = deployed.constants[layer.weights] else {
        Issue.record("'\(layer.name)' is not low-bit")
        continue
      }
      #expect(weights.codes.allSatisfy { abs($0) <= (layer.name == "inner" ? 1 : 127) })
    }
    #expect(trained.sites.count == 1)
    #expect(deployed.quantizer(before: "inner")?.step == trained.steps(state.parameters)[0])
  }

  @Test func `starts from the network as it is`() throws {
    let example = try FineTuningExample()
    for projects in [false, true] {
      let trained = try TrainedNetwork(
        example.lowBit, sets: example.sets, projects: projects, normalizes: false)
      let start = try trained.start(
        reference: example.reference, images: example.images(4, seed: 0))
      #expect(trained.steps(start) == [0.25])
      for (index, layer) in example.lowBit.layers.enumerated() {
        let before = example.lowBit.weightRows(of: layer).values
        let acting = trained.acting(start)[index * 2]
        guard layer.kind != .linear(storedTransposed: true) else { continue }
        // Scales on codes have six bits; projection may move an undecided weight.
        let far = zip(acting.values, before).count { abs($0 - $1) > 0.04 * abs($1) + 1e-6 }
        #expect(far <= (projects ? before.count / 20 : 0), "\(layer.name)")
      }
    }
  }

  @Test func `has the same bits for any number of learners`() throws {
    let settings = FineTuningSettings(
      epochs: 1, shards: 4, shardSize: 4, weightRate: 0.02, labelWeight: 0.5)
    let one = try run(steps: 3, settings: settings, projects: true)
    let three = try run(steps: 3, settings: settings, projects: true, lanes: 3)
    #expect(one.losses == three.losses && one.state == three.state)
    #expect(one.trained.solutions(one.state.parameters).count == 3)
  }

  @Test func `goes straight through to latent weights, scales and steps`() throws {
    let example = try FineTuningExample()
    let trained = try TrainedNetwork(
      example.lowBit, sets: example.sets, projects: false, normalizes: false)
    let loss = LogitLoss(temperature: 2, labelWeight: 0)
    let learner = try ShardLearner(
      trained, reference: example.reference, shardSize: 8, loss: loss)
    let images = example.images(8, seed: 3)
    let start = try trained.start(reference: example.reference, images: images)
    let found = try learner.gradient(start, images: images, labels: nil)
    // Offsets of the last layer act without rounding: their gradient is the loss's derivative.
    let place = 2 * 5 + 2
    for index in 0..<5 {
      var (above, below) = (start, start)
      above.arrays[place][index] += 0x1p-6
      below.arrays[place][index] -= 0x1p-6
      let difference =
        (try learner.gradient(above, images: images, labels: nil).loss
          - learner.gradient(below, images: images, labels: nil).loss) / 0x1p-5
      let gradient = Double(found.gradients.arrays[place][index])
      #expect(abs(gradient - difference) < 1e-3 * (1 + abs(difference)))
    }
    #expect(found.gradients.arrays.allSatisfy { $0.isEmpty || $0.contains { $0 != 0 } })
    #expect(found.images == 8)
  }

  @Test func `stops where a number is none, and names the place`() throws {
    let settings = FineTuningSettings(epochs: 1, weightRate: 0.5, warmUp: 0)
    let start = ParameterArrays(arrays: [[1], [0], [0], [], [], [2], [0], [0], [], [], [0]])
    var state = FineTune(start, totalSteps: 1, settings: settings)
    var bad = start.zeros
    bad.arrays[5][0] = .nan
    #expect {
      try state.take(
        [ShardGradient(loss: 1, images: 1, gradients: bad)], layers: ["one", "two"])
    } throws: { error in
      "\(error)".hasPrefix(
        "step 0: a gradient or a parameter of 'two' is not finite at learning rate 0.25; begin")
    }
    #expect(throws: FineTuningError.diverged(step: 0, layer: nil, rate: 0.25)) {
      try state.take(
        [ShardGradient(loss: .nan, images: 1, gradients: start.zeros)], layers: ["one", "two"])
    }
    // Finite, but its square is not: the second moment would never be finite again.
    var large = start.zeros
    large.arrays[5][0] = 1e20
    #expect(throws: FineTuningError.diverged(step: 0, layer: "two", rate: 0.25)) {
      try state.take(
        [ShardGradient(loss: 1, images: 1, gradients: large)], layers: ["one", "two"])
    }
    #expect(state.parameters == start && state.step == 0)
    try state.requireFinite(layers: ["one", "two"])
  }

  @Test func `is not kept with a number that is none`() throws {
    let start = ParameterArrays(arrays: [[1], [0], [0], [], [], [.infinity], [0], [0], [], [], [0]])
    let state = FineTune(
      start, totalSteps: 2, settings: FineTuningSettings(epochs: 1, weightRate: 0.5, warmUp: 0))
    #expect {
      try state.requireFinite(layers: ["one", "two"])
    } throws: { error in
      if case .diverged(step: 0, layer: "two", _)? = error as? FineTuningError {
        true
      } else {
        false
      }
    }
  }

  @Test func `needs a batch of images`() {
    let settings = FineTuningSettings(epochs: 1, shards: 2, shardSize: 8)
    #expect(throws: FineTuningError.tooFewImages(count: 15, batchSize: 16)) {
      try ImageOrder(count: 15, settings: settings)
    }
  }
}

@Suite struct `The order of images` {
  @Test func `takes each image once an epoch, otherwise than before`() throws {
    let settings = FineTuningSettings(epochs: 3, shards: 2, shardSize: 4, seed: 9)
    let order = try ImageOrder(count: 27, settings: settings)
    #expect(order.stepsPerEpoch == 3 && order.totalSteps == 9)
    let (first, second) = (order.order(epoch: 0), order.order(epoch: 1))
    #expect(first.sorted() == Array(0..<27) && first != second)
    #expect(first == (try ImageOrder(count: 27, settings: settings)).order(epoch: 0))
    let taken = (0..<3).flatMap { order.shards(step: $0, order: first).flatMap { $0 } }
    #expect(taken == Array(first.prefix(24)))
  }

  @Test func `draws the images of statistics by itself`() throws {
    func shards(_ count: Int, _ statistics: Int) throws -> [[Int]] {
      try ImageOrder(
        count: count,
        settings: FineTuningSettings(
          epochs: 2, shards: 2, shardSize: 4, statistics: statistics, seed: 5)
      ).statisticsShards
    }
    let some = try shards(100, 10)
    #expect(some.count == 3 && some.allSatisfy { $0.count == 4 })
    #expect(Set(some.flatMap(\.self)).count == 12 && some.flatMap(\.self).max()! > 12)
    #expect(try shards(100, 10) == some)
    #expect(try shards(27, 2048).count == 6)
    #expect(try shards(27, 0).isEmpty)
  }

  @Test func `mixes images with their neighbours until the last epochs`() throws {
    let settings = FineTuningSettings(
      epochs: 20, shards: 1, shardSize: 4, shift: 0, mirrors: false, mixing: 0.5)
    let order = try ImageOrder(count: 64, settings: settings)
    var mixed = 0
    for epoch in 0..<20 {
      let images = Tensor(shape: [4, 1, 1, 2], values: [0, 1, 10, 11, 20, 21, 30, 31])
      let found = order.augmented(images, numbers: [3, 9, 2, 5], epoch: epoch)
      #expect(found == order.augmented(images, numbers: [3, 9, 2, 5], epoch: epoch))
      for place in 0..<4 {
        let values = found.values[2 * place..<2 * place + 2]
        let own = Float(10 * place)
        let other = Float(10 * ((place + 1) % 4))
        let share = (values[2 * place] - own) / (other - own)
        #expect(share >= 0 && share < 0.5)
        #expect(abs(values[2 * place + 1] - values[2 * place] - 1) < 1e-5)
        if share > 0 {
          mixed += 1
          #expect(epoch < 18)
        }
      }
    }
    #expect((24...48).contains(mixed))
  }

  @Test func `moves and mirrors images as their numbers decide`() throws {
    let settings = FineTuningSettings(epochs: 1, shards: 1, shardSize: 1, shift: 2)
    let order = try ImageOrder(count: 64, settings: settings)
    let values = (1...30).map { Float($0) }
    var seen: Set<[Float]> = []
    for number in 0..<64 {
      let image = Tensor(shape: [1, 1, 5, 6], values: values)
      let moved = order.augmented(image, numbers: [number], epoch: 0)
      #expect(moved == order.augmented(image, numbers: [number], epoch: 0))
      seen.insert(moved.values)
      // Every element that is there has the neighbour it had, on one side or the other.
      for y in 0..<5 {
        for x in 0..<5 {
          let (a, b) = (moved.values[y * 6 + x], moved.values[y * 6 + x + 1])
          #expect(a == 0 || b == 0 || abs(a - b) == 1)
        }
      }
      #expect(moved.values.contains(15) || moved.values.contains(16))
    }
    #expect(seen.count > 25)
    let flat = Tensor(shape: [1, 4], values: [1, 2, 3, 4])
    #expect(order.augmented(flat, numbers: [0], epoch: 0) == flat)
  }
}
