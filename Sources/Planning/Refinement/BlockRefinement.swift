internal import Glibc
package import Network
package import Quantization
package import Tensors

/// Learns a block's codes, scales, offsets and code steps together, against the block's
/// full-precision output.
///
///     minimise   Σ ‖block(x̃) − y‖²   over levels, scales, offsets and steps
///
/// Weights are kept as real numbers in units of their scale and act as their nearest level;
/// gradients go straight through the rounding, of weights and of codes (LSQ for the steps). Towards
/// the end weights are drawn to the levels, so that none swings between two of them.
package struct BlockRefinement {
  private let plan: BlockPlan
  private let network: Network
  private let settings: RefinementSettings
  private let quantizers: [ActivationQuantizer]

  /// - Parameter network: with codes and the solutions of all earlier blocks.
  package init(plan: BlockPlan, network: Network, settings: RefinementSettings) {
    self.plan = plan
    self.network = network
    self.settings = settings
    quantizers = plan.sites.map { index in
      guard case .quantize(let quantizer) = network.nodes[index].operation else {
        preconditionFailure("a site is a quantizer")
      }
      return quantizer
    }
  }

  /// The state before the first round.
  /// - Parameter layers: of the plan's learned layers, in order.
  package func start(_ layers: [RefinementState.LayerState]) -> RefinementState {
    RefinementState(layers: layers, logSteps: quantizers.map { log($0.step) })
  }

  /// Images of a share of `count` that nothing is learned from.
  static func heldOut(_ count: Int) -> [Int] { (0..<count).filter { $0 % 8 == 7 } }

  /// One round of learning on a share of the images.
  ///
  /// The state's centres are measured once more when it is over.
  ///
  /// - Parameters:
  ///   - given: the plan's given values, `[N, …]` each.
  ///   - target: the block's full-precision output `[N, …]`.
  ///   - round: which of the settings' rounds, from 0.
  ///   - seed: decides the order of the images.
  ///   - observer: called before each batch; what it throws ends the round.
  package func learn(
    _ state: RefinementState, given: [Tensor], target: Tensor, round: Int, seed: UInt64,
    observer: () throws(PlanningError) -> Void = {}
  ) throws(PlanningError) -> RefinementState {
    let count = target.shape[0]
    let held = Set(Self.heldOut(count))
    var order = (0..<count).filter { !held.contains($0) }
    let size = min(settings.batchSize, order.count)
    guard size > 0 else { return state }
    let perEpoch = order.count / size
    let total = perEpoch * settings.epochs
    let steps = total * round / settings.rounds..<total * (round + 1) / settings.rounds
    let model = try BlockModel(
      plan: plan, network: network, givenShapes: given.map { [size] + $0.shape.dropFirst() })
    var pass = BlockPass(model)
    var learner = BlockLearner(state, plan: plan, settings: settings, quantizers: quantizers)
    var random = SeededWords(seed: seed &+ UInt64(round) << 32)
    let weight = 1 / Float(size)
    var batch: [Float] = []
    for (number, step) in steps.enumerated() {
      try observer()
      let place = number % perEpoch
      if place == 0 { order.shuffle(using: &random) }
      let images = order[place * size..<(place + 1) * size]
      for (slot, tensor) in given.enumerated() { gather(tensor, images, into: &pass.values[slot]) }
      gather(target, images, into: &batch)
      let parameters = learner.parameters
      let dropping = CodeDropping(share: settings.dropping, seed: random.next())
      try pass.forward(parameters, dropping: dropping)
      _ = pass.aim(at: batch, weight: weight)
      var gradients = learner.zeroGradients
      try pass.backward(parameters, into: &gradients)
      learner.step(gradients, parameters, progress: Double(step) / Double(total))
    }
    var sums = OutputSums(learner.state)
    order.sort()
    for start in stride(from: 0, through: order.count - size, by: size) {
      try observer()
      let images = order[start..<start + size]
      for (slot, tensor) in given.enumerated() { gather(tensor, images, into: &pass.values[slot]) }
      try pass.forward(learner.parameters)
      sums.add(pass)
    }
    return sums.centred(learner.state)
  }

  /// Σ ‖block(x̃) − y‖² and Σ ‖y − ȳ‖² over the images that nothing is learned from.
  package func error(
    _ state: RefinementState, given: [Tensor], target: Tensor,
    observer: () throws(PlanningError) -> Void = {}
  ) throws(PlanningError) -> (residual: Double, energy: Double) {
    let images = Self.heldOut(target.shape[0])
    guard !images.isEmpty else { return (0, 0) }
    let size = min(images.count, settings.batchSize)
    let model = try BlockModel(
      plan: plan, network: network, givenShapes: given.map { [size] + $0.shape.dropFirst() })
    var pass = BlockPass(model)
    // As it will be deployed.
    let solutions = state.solutions(plan: plan, network: network)
    let parameters = BlockParameters(
      weights: solutions.map { solution in
        let stride = solution.codes.count / solution.scales.count
        return solution.codes.indices.map {
          Float(solution.codes[$0]) * solution.scales[$0 / stride]
        }
      }, offsets: solutions.map(\.offsets), steps: state.steps(of: quantizers))
    var (residual, sum, squares, count) = (0.0, 0.0, 0.0, 0.0)
    var batch: [Float] = []
    for start in stride(from: 0, through: images.count - size, by: size) {
      try observer()
      let chosen = images[start..<start + size]
      for (slot, tensor) in given.enumerated() { gather(tensor, chosen, into: &pass.values[slot]) }
      gather(target, chosen, into: &batch)
      try pass.forward(parameters)
      residual += pass.aim(at: batch, weight: 0)
      for value in batch {
        sum += Double(value)
        squares += Double(value) * Double(value)
      }
      count += Double(batch.count)
    }
    return (residual, max(0, squares - sum * sum / count))
  }

  /// Copies some rows of a tensor.
  private func gather(_ tensor: Tensor, _ rows: ArraySlice<Int>, into values: inout [Float]) {
    let stride = tensor.values.count / tensor.shape[0]
    if values.count != rows.count * stride {
      values = [Float](repeating: 0, count: rows.count * stride)
    }
    unsafe values.withUnsafeMutableBufferPointer { target in
      unsafe tensor.values.withUnsafeBufferPointer { source in
        guard stride > 0 else { return }
        for (place, row) in rows.enumerated() {
          unsafe (target.baseAddress! + place * stride).update(
            from: source.baseAddress! + row * stride, count: stride)
        }
      }
    }
  }
}
