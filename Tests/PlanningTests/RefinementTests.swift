import Network
import Planning
import Quantization
import Tensors
import TestSupport
import Testing

/// A residual block with ternary layers that were rounded, not solved.
private struct RoundedBlock {
  let reference = residualNetwork()
  let network: Network
  let plan: BlockPlan
  let solutions: [LayerSolution]
  let images: Tensor
  let given: [Tensor]
  let target: Tensor

  init(codes: Bool, scale: ScaleGranularity = .row) throws {
    var random = SplitMix64(seed: 5)
    let network = codes ? coded(reference) : reference
    self.network = network
    let block = try #require(network.blocks.first { $0.layers.contains("one.a") })
    plan = try #require(BlockPlan(block: block, network: network, learned: block.layers))
    solutions = try block.layers.map { name in
      let layer = try #require(layerNamed(name, in: network))
      let rows = network.weightRows(of: layer).values
      let step = 0.6 * rows.reduce(0) { $0 + abs($1) } / Float(rows.count)
      return LayerSolution(
        layer: name, weights: .ternary,
        codes: rows.map { abs($0) < step ? 0 : $0 > 0 ? 1 : -1 },
        scales: [Float](repeating: 2 * step, count: scale == .row ? layer.outputs : 1),
        offsets: network.biasValues(of: layer))
    }
    images = random.tensor([64, 3, 8, 8])
    let part = network.computing(plan.given, from: network.inputs)
    given = try evaluateInBatches(part, inputs: [images])
    let output = try #require(reference.value(named: network[plan.output].name))
    target = try evaluateInBatches(
      reference.computing([output], from: reference.inputs), inputs: [images])[0]
  }

  func start(scaleBits: Int? = nil) throws -> [RefinementState.LayerState] {
    try solutions.map { solution in
      let layer = try #require(layerNamed(solution.layer, in: reference))
      return .init(
        solution, weights: reference.weightRows(of: layer).values, scaleBits: scaleBits)
    }
  }

  /// The squared error as the executor finds it, on the images that nothing is learned from.
  func error(_ solutions: [LayerSolution]) throws -> Double {
    var solved = network
    for solution in solutions { solved = try solved.applying(solution) }
    let part = solved.computing([plan.output], from: solved.inputs)
    let found = try evaluateInBatches(part, inputs: [images])[0]
    let size = found.values.count / 64
    var sum = 0.0
    for image in stride(from: 7, to: 64, by: 8) {
      for index in image * size..<(image + 1) * size {
        let difference = Double(found.values[index]) - Double(target.values[index])
        sum += difference * difference
      }
    }
    return sum
  }
}

@Suite(.timeLimit(.minutes(10))) struct `Refinement` {
  private let settings = RefinementSettings(epochs: 30, rounds: 2, batchSize: 8, dropping: 0)

  private func learned(
    _ block: RoundedBlock, _ settings: RefinementSettings, scaleBits: Int? = nil
  ) throws -> (start: RefinementState, end: RefinementState, refinement: BlockRefinement) {
    let refinement = BlockRefinement(
      plan: block.plan, network: block.network, settings: settings)
    let start = refinement.start(try block.start(scaleBits: scaleBits))
    var state = start
    for round in 0..<settings.rounds {
      state = try refinement.learn(
        state, given: block.given, target: block.target, round: round, seed: 1)
    }
    return (start, state, refinement)
  }

  @Test(arguments: [true, false], [ScaleGranularity.row, .layer])
  func `lowers the error of a block's output on images it has not seen`(
    codes: Bool, scale: ScaleGranularity
  ) throws {
    let block = try RoundedBlock(codes: codes, scale: scale)
    let (start, end, refinement) = try learned(block, settings)
    let before = try refinement.error(start, given: block.given, target: block.target)
    let after = try refinement.error(end, given: block.given, target: block.target)
    #expect(after.residual < 0.8 * before.residual)
    #expect(after.energy == before.energy)
    // The account is the truth, for what is really put into the network.
    let solutions = end.solutions(plan: block.plan, network: block.network)
    let tolerance = Tolerance(relative: 1e-3)
    let first = start.solutions(plan: block.plan, network: block.network)
    #expect(tolerance.accepts(before.residual, expected: try block.error(first)))
    #expect(tolerance.accepts(after.residual, expected: try block.error(solutions)))
    #expect(solutions.map(\.layer) == block.plan.learned)
    #expect(solutions != block.solutions)
    for solution in solutions {
      #expect(Set(solution.codes).isSubset(of: [-1, 0, 1]))
      #expect(solution.scales.count == (scale == .row ? 8 : 1))
      #expect((solution.inputStep != nil) == codes)
    }
  }

  @Test func `starts from what was solved`() throws {
    let block = try RoundedBlock(codes: true)
    let refinement = BlockRefinement(
      plan: block.plan, network: block.network, settings: settings)
    let solutions = refinement.start(try block.start()).solutions(
      plan: block.plan, network: block.network)
    for (found, given) in zip(solutions, block.solutions) {
      #expect(found.codes == given.codes)
      // Rounded so that sums are exact.
      #expect(Tolerance(absolute: 5e-3).accepts(found.offsets, expected: given.offsets))
      #expect(Tolerance(relative: 0.02).accepts(found.scales, expected: given.scales))
      #expect(found.inputStep == 0.75)
    }
  }

  @Test func `keeps scales and steps short where sums are to be exact`() throws {
    let block = try RoundedBlock(codes: true)
    let (_, end, _) = try learned(block, settings, scaleBits: 5)
    for solution in end.solutions(plan: block.plan, network: block.network) {
      for scale in solution.scales { #expect(scale == roundedToSignificantBits(scale, bits: 5)) }
      let step = try #require(solution.inputStep)
      #expect(step == roundedToSignificantBits(step, bits: 6))
    }
  }

  @Test func `an offset goes with the scale that is deployed`() throws {
    // 40,000 4-bit codes leave a scale five bits: 0.01 becomes 0.009765625.
    let state = RefinementState.LayerState(
      name: "a", weights: .ternary, latent: [Float](repeating: 1, count: 40_000),
      logScales: [-4.605_170_2], offsets: [3], scaleBits: nil, centres: [-1500])
    let solution = state.solution(
      quantizer: ActivationQuantizer(bits: 4, step: 0.25, lowestCode: 0), inputStep: nil)
    #expect(solution.scales == [0.009_765_625])
    // The output keeps its mean, 0.01 · (−1500) + 3.
    let mean = solution.scales[0] * -1500 + solution.offsets[0]
    #expect(Tolerance(absolute: 1e-3).accepts([mean], expected: [-12]))
  }

  @Test(arguments: [true, false])
  func `measures what layers put out before their offsets`(codes: Bool) throws {
    let block = try RoundedBlock(codes: codes)
    var settings = self.settings
    (settings.weightRate, settings.scaleRate, settings.stepRate, settings.offsetRate) = (0, 0, 0, 0)
    (settings.damping, settings.epochs, settings.rounds) = (0, 1, 1)
    let state = try learned(block, settings).end
    var solved = block.network
    for solution in block.solutions { solved = try solved.applying(solution) }
    for (layer, solution) in zip(state.layers, block.solutions) {
      let value = try #require(layerNamed(layer.name, in: solved)).output
      let part = solved.computing([value], from: solved.inputs)
      let found = try evaluateInBatches(part, inputs: [block.images])[0]
      let positions = found.values.count / (64 * layer.offsets.count)
      try #require(layer.centres.count == layer.offsets.count)
      for (row, centre) in layer.centres.enumerated() {
        var sum = 0.0
        for image in 0..<64 where image % 8 != 7 {
          let start = (image * layer.offsets.count + row) * positions
          sum += found.values[start..<start + positions].reduce(0.0) { $0 + Double($1) }
        }
        let mean = sum / Double(56 * positions)
        let expected =
          (mean - Double(solution.offsets[row]))
          / Double(solution.scales[solution.scales.count == 1 ? 0 : row])
        #expect(Tolerance(absolute: 1e-3).accepts([Double(centre)], expected: [expected]))
      }
    }
  }

  @Test func `gives the same state again, and another with another seed`() throws {
    let block = try RoundedBlock(codes: true)
    var settings = self.settings
    settings.epochs = 3
    settings.dropping = 0.5
    let first = try learned(block, settings).end
    #expect(try learned(block, settings).end == first)
    let refinement = BlockRefinement(
      plan: block.plan, network: block.network, settings: settings)
    let start = refinement.start(try block.start())
    let one = try refinement.learn(
      start, given: block.given, target: block.target, round: 0, seed: 1)
    let other = try refinement.learn(
      start, given: block.given, target: block.target, round: 0, seed: 2)
    #expect(one != other)
  }

  @Test func `averages states element by element`() throws {
    let layer = RefinementState.LayerState(
      name: "a", weights: .ternary, latent: [1, 2], logScales: [0], offsets: [4], scaleBits: 3)
    var other = layer
    other.latent = [3, -2]
    other.logScales = [1]
    other.offsets = [0]
    let mean = RefinementState.mean([
      RefinementState(layers: [layer], logSteps: [1]),
      RefinementState(layers: [other], logSteps: [2]),
    ])
    #expect(mean.layers[0].latent == [2, 0])
    #expect(mean.layers[0].logScales == [0.5])
    #expect(mean.layers[0].offsets == [2])
    #expect(mean.logSteps == [1.5])
  }
}
