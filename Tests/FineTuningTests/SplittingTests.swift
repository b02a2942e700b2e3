import FineTuning
import Network
import Planning
import Quantization
import Tensors
import TestSupport
import Testing

/// Weights and their low-bit copies, drawn together.
@Suite struct `Network-level ADMM` {
  private let example: FineTuningExample
  private let images: Tensor

  init() throws {
    example = try FineTuningExample()
    images = example.images(16, seed: 1)
  }

  private func settings(
    _ optimizer: FineTuningSettings.Optimizer = .adam, extragradient: Bool = true,
    _ splitting: SplittingSettings = SplittingSettings(
      firstPenalty: 0.01, lastPenalty: 1, dualSteps: 5)
  ) -> FineTuningSettings {
    var splitting = splitting
    splitting.extragradient = extragradient
    return FineTuningSettings(
      epochs: 1, shards: 1, shardSize: 16, optimizer: optimizer, weightRate: 0.02, warmUp: 0,
      temperature: 1, mode: .admm, splitting: splitting)
  }

  private func start(
    _ settings: FineTuningSettings, steps: Int
  ) throws -> (FineTune, ShardLearner, TrainedNetwork) {
    let trained = try TrainedNetwork(
      example.lowBit, sets: example.sets, projects: true, relaxes: true, normalizes: true)
    let parameters = try trained.start(reference: example.reference, images: images)
    let learner = try ShardLearner(
      trained, reference: example.reference, shardSize: 16,
      loss: LogitLoss(temperature: 1, labelWeight: 0))
    let state = FineTune(
      parameters,
      splitting: trained.splitting(
        parameters, settings: settings.splitting, totalSteps: steps), totalSteps: steps,
      settings: settings)
    return (state, learner, trained)
  }

  private func step(
    _ state: inout FineTune, _ learner: ShardLearner, _ trained: TrainedNetwork
  ) throws -> Double {
    let layers = trained.layers.map(\.layer.name)
    var shard = try learner.gradient(state.parameters, images: images, labels: nil)
    if state.looksAhead {
      let predicted = try state.prediction([shard], layers: layers)
      shard = try learner.gradient(predicted, images: images, labels: nil)
    }
    return try state.take([shard], layers: layers)
  }

  /// Of the ternary layer, which alone is split.
  private static let inner = 5

  @Test(arguments: [true, false])
  func `draws weights to their copies, and deploys these`(extragradient: Bool) throws {
    var (state, learner, trained) = try start(
      settings(extragradient: extragradient), steps: 100)
    func distance(_ state: FineTune) -> Float {
      zip(state.parameters.arrays[Self.inner], state.splitting!.copies[1]).reduce(0) {
        $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
      }
    }
    #expect(state.looksAhead == extragradient)
    let first = distance(state)
    for _ in 0..<100 { _ = try step(&state, learner, trained) }
    #expect(distance(state) < 0.1 * first, "\(first) → \(distance(state))")
    #expect(state.splitting!.copies[0].isEmpty && state.splitting!.duals[2].isEmpty)
    // Rows of the copies are three levels, and these are the deployed codes.
    let deployed = try trained.deployedForm.applying(state.deployable)
    let layer = deployed.layers[1]
    guard case .quantized(let stored)? = deployed.constants[layer.weights] else {
      Issue.record("'\(layer.name)' is not low-bit")
      return
    }
    for row in 0..<8 {
      let place = row * 72..<(row + 1) * 72
      let values = state.splitting!.copies[1][place]
      #expect(Set(values.map(abs)).subtracting([0]).count == 1)
      #expect(stored.codes[place].map(Int.init) == values.map { $0 == 0 ? 0 : $0 > 0 ? 1 : -1 })
    }
    // What it learned is worth something in the low-bit network too.
    func loss(_ parameters: ParameterArrays) throws -> Double {
      try ShardLearner(
        trained.deployedForm, reference: example.reference, shardSize: 16,
        loss: LogitLoss(temperature: 1, labelWeight: 0)
      ).gradient(parameters, images: images, labels: nil).loss
    }
    let (before, _, _) = try start(settings(), steps: 100)
    let (lossBefore, lossAfter) = (try loss(before.deployable), try loss(state.deployable))
    #expect(lossAfter < 0.5 * lossBefore, "\(lossBefore) → \(lossAfter)")
  }

  @Test func `steps, corrects and updates by the formulas`() throws {
    // Rates by hand: momentum, whose first velocity is the gradient.
    let chosen = settings(
      .momentum, SplittingSettings(firstPenalty: 0.5, lastPenalty: 8, dualSteps: 1, prediction: 2))
    var (state, learner, trained) = try start(chosen, steps: 3)
    let layers = trained.layers.map(\.layer.name)
    let (before, splitting) = (state.parameters, state.splitting!)
    let rate = Float(state.share * 0.02)
    let weights = before.arrays[Self.inner]
    let (copies, duals) = (splitting.copies[1], splitting.duals[1])
    #expect(duals.allSatisfy { $0 == 0 } && splitting.penalty == 0.5)
    let shard = try learner.gradient(before, images: images, labels: nil)
    let predicted = try state.prediction([shard], layers: layers)
    for place in weights.indices {
      let slope =
        shard.gradients.arrays[Self.inner][place] / 16 + 0.5 * (weights[place] - copies[place])
      let expected = weights[place] - 2 * rate * slope
      #expect(abs(predicted.arrays[Self.inner][place] - expected) < 1e-6)
    }
    // Only split weights are predicted.
    for index in before.arrays.indices where index != Self.inner {
      #expect(predicted.arrays[index] == before.arrays[index])
    }
    let ahead = try learner.gradient(predicted, images: images, labels: nil)
    let loss = try state.take([ahead], layers: layers)
    // The loss is that of the weights, not of where they were looking.
    #expect(loss == shard.loss / 16 && ahead.loss != shard.loss)
    let after = state.splitting!
    for place in weights.indices {
      let slope =
        ahead.gradients.arrays[Self.inner][place] / 16
        + 0.5 * (predicted.arrays[Self.inner][place] - copies[place])
      let expected = weights[place] - rate * slope
      #expect(abs(state.parameters.arrays[Self.inner][place] - expected) < 1e-6)
      // ρ goes from 0.5 over 2 to 8; λ is scaled against it.
      let dual = state.parameters.arrays[Self.inner][place] - after.copies[1][place]
      #expect(abs(after.duals[1][place] - dual * 0.25) < 1e-6)
    }
    #expect(abs(after.penalty - 2) < 1e-9)
    // The copies are the nearest rows: no other scale or code of one entry is nearer.
    for row in 0..<8 {
      let place = row * 72..<(row + 1) * 72
      let values = Array(state.parameters.arrays[Self.inner][place])
      var codes = [Int8](repeating: 0, count: 72)
      var workspace = ProjectionWorkspace()
      var span = codes.mutableSpan
      let scale = project(values.span, onto: .ternary, codes: &span, workspace: &workspace)
      #expect(after.copies[1][place].elementsEqual(codes.map { Float(scale) * Float($0) }))
    }
  }

  @Test func `looks ahead by Adam's measure, without momentum`() throws {
    var (state, learner, trained) = try start(settings(), steps: 10)
    let shard = try learner.gradient(state.parameters, images: images, labels: nil)
    let predicted = try state.prediction([shard], layers: trained.layers.map(\.layer.name))
    // In the first step each moves by the rate itself.
    let rate = Float(state.share * 0.02)
    for (found, before) in zip(
      predicted.arrays[Self.inner], state.parameters.arrays[Self.inner])
    { #expect(abs(abs(found - before) - rate) < 0.01 * rate) }
  }

  @Test func `goes on from its parts to the same bits`() throws {
    var (state, learner, trained) = try start(settings(), steps: 12)
    let begun = state
    for _ in 0..<7 { _ = try step(&state, learner, trained) }
    let parts = Dictionary(
      uniqueKeysWithValues: state.parts.map { ($0.name, $0.arrays) })
    var restored = try #require(begun.restored({ parts[$0] }, step: 7))
    #expect(restored == state)
    for _ in 0..<5 {
      _ = try step(&state, learner, trained)
      _ = try step(&restored, learner, trained)
    }
    #expect(restored == state)
    let end = Dictionary(uniqueKeysWithValues: state.parts.map { ($0.name, $0.arrays) })
    #expect(begun.restored({ end[$0] }, step: 12) == state)
    // Parts of a fine-tune that splits nothing are none of this one.
    #expect(begun.restored({ $0 == "duals" ? [] : parts[$0] }, step: 7) == nil)
    #expect(begun.restored({ parts[$0] }, step: 8) != state)
  }

  @Test func `has settings that can be`() {
    func objection(_ change: (inout SplittingSettings) -> Void) -> String? {
      var chosen = settings(.momentum)
      change(&chosen.splitting)
      return chosen.objection
    }
    #expect(objection { _ in } == nil)
    for (change, word) in [
      ({ $0.firstPenalty = 0 }, "first penalty 0.0"), ({ $0.lastPenalty = .nan }, "last penalty"),
      ({ $0.firstPenalty = 2 }, "above the last"), ({ $0.dualSteps = 0 }, "0 steps"),
      ({ $0.prediction = .infinity }, "prediction inf"), ({ $0.lastPenalty = 30 }, "above 0.5"),
    ] as [((inout SplittingSettings) -> Void, String)] {
      #expect(objection(change)?.contains(word) == true, "\(word)")
    }
    let ramp = SplittingSettings(firstPenalty: 1, lastPenalty: 16, dualSteps: 10)
    let found = (0...6).map { ramp.penalty(updates: $0, totalSteps: 45) }
    for (found, expected) in zip(found, [1, 2, 4, 8, 16, 16, 16] as [Double]) {
      #expect(abs(found - expected) < 1e-9)
    }
  }
}

@Suite struct `A fine-tune of scales` {
  @Test func `keeps every weight's code`() throws {
    let example = try FineTuningExample()
    let images = example.images(16, seed: 1)
    let trained = try TrainedNetwork(
      example.lowBit, sets: example.sets, projects: false, normalizes: true)
    let start = try trained.start(reference: example.reference, images: images)
    var state = FineTune(
      start, totalSteps: 40,
      settings: FineTuningSettings(
        epochs: 1, shards: 1, shardSize: 16, weightRate: 1, scaleRate: 0.02, decay: 0.5, warmUp: 0,
        temperature: 1, mode: .scales))
    let learner = try ShardLearner(
      trained, reference: example.reference, shardSize: 16,
      loss: LogitLoss(temperature: 1, labelWeight: 0))
    var losses: [Double] = []
    for _ in 0..<40 {
      losses.append(
        try state.take(
          [try learner.gradient(state.parameters, images: images, labels: nil)],
          layers: trained.layers.map(\.layer.name)))
    }
    #expect(losses[39] < 0.8 * losses[0], "\(losses[0]) → \(losses[39])")
    let deployed = try trained.applying(state.parameters)
    for layer in example.lowBit.layers {
      guard case .quantized(let before)? = example.lowBit.constants[layer.weights],
        case .quantized(let after)? = deployed.constants[layer.weights]
      else {
        Issue.record("'\(layer.name)' is not low-bit")
        continue
      }
      #expect(before.codes == after.codes && before.scales != after.scales, "\(layer.name)")
    }
    for layer in trained.layers.indices {
      #expect(state.parameters.arrays[5 * layer] == start.arrays[5 * layer])
      #expect(state.parameters.arrays[5 * layer + 1] != start.arrays[5 * layer + 1])
    }
  }
}
