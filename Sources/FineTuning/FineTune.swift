/// A fine-tune between two steps: parameters with their optimizer.
///
/// Everything that a step changes is here, so a checkpoint of it continues to the same bits.
package struct FineTune: Sendable, Equatable {
  package private(set) var parameters: ParameterArrays
  package private(set) var optimizer: ParameterOptimizer
  /// Nil where weights are not split.
  package private(set) var splitting: WeightSplitting?
  /// Set within a step.
  private var lookahead: Lookahead?
  /// Steps of the whole schedule.
  package let totalSteps: Int
  private let settings: FineTuningSettings

  /// Where a step's second gradient is taken, and the loss where its first one was.
  private struct Lookahead: Equatable {
    let parameters: ParameterArrays
    let loss: Double
  }

  /// - Parameters:
  ///   - splitting: of these parameters, in mode `admm`.
  ///   - totalSteps: over which rates rise and fall.
  package init(
    _ parameters: ParameterArrays, splitting: WeightSplitting? = nil, totalSteps: Int,
    settings: FineTuningSettings
  ) {
    precondition((splitting != nil) == (settings.mode == .admm), "ADMM splits weights")
    self.parameters = parameters
    self.splitting = splitting
    self.totalSteps = totalSteps
    self.settings = settings
    optimizer = ParameterOptimizer(parameters, settings: settings)
  }

  /// Steps taken.
  package var step: Int { optimizer.steps }

  /// The share of the highest rates that the next step has.
  package var share: Double {
    ParameterOptimizer.schedule(step: step, of: totalSteps, warmUp: settings.warmUp)
  }

  /// Whether a step takes a second gradient, at `prediction`.
  package var looksAhead: Bool { splitting != nil && settings.splitting.extragradient }

  /// The parameters that stand for the low-bit network: of split weights their copies.
  package var deployable: ParameterArrays {
    var result = parameters
    for layer in splitting?.layers ?? [] { result[.latent, layer] = splitting!.copies[layer] }
    return result
  }

  /// Everything that steps have changed, besides their number, by name.
  package var parts: [(name: String, arrays: [[Float]])] {
    [
      ("parameters", parameters.arrays), ("first moments", optimizer.first.arrays),
      ("second moments", optimizer.second?.arrays ?? []), ("copies", splitting?.copies ?? []),
      ("duals", splitting?.duals ?? []),
    ]
  }

  /// The state after `step` steps of the fine-tune that this one begins.
  ///
  /// - Parameter arrays: the array lists of `parts`, by name.
  /// - Returns: nil where they are not of such a state.
  package func restored(_ arrays: (String) -> [[Float]]?, step: Int) -> FineTune? {
    guard (0...totalSteps).contains(step) else { return nil }
    var found: [[[Float]]] = []
    for part in parts {
      guard let values = arrays(part.name), values.map(\.count) == part.arrays.map(\.count),
        values.allSatisfy({ largestMagnitude($0) < .infinity })
      else { return nil }
      found.append(values)
    }
    var state = self
    state.parameters = ParameterArrays(arrays: found[0])
    state.optimizer.restore(
      first: ParameterArrays(arrays: found[1]),
      second: optimizer.second.map { _ in ParameterArrays(arrays: found[2]) }, steps: step)
    state.splitting?.restore(copies: found[3], duals: found[4], step: step)
    return state
  }

  /// The first half of an extragradient step: where the second gradient is to be taken, of the same
  /// batch.
  ///
  /// - Parameter shards: gradients of all shards of the batch at `parameters`, in order.
  /// - Throws: `.diverged`.
  /// - Precondition: `looksAhead`.
  package mutating func prediction(
    _ shards: [ShardGradient], layers: [String]
  ) throws(FineTuningError) -> ParameterArrays {
    guard let splitting, looksAhead else { preconditionFailure("only ADMM looks ahead") }
    let (measured, loss) = try mean(of: shards, layers: layers)
    var gradients = measured
    splitting.addPenalty(to: &gradients, at: parameters)
    try requireInRange(gradients, layers)
    let found = optimizer.predicted(
      parameters, gradients, layers: splitting.layers,
      share: share * settings.splitting.prediction)
    lookahead = Lookahead(parameters: found, loss: loss)
    return found
  }

  /// Takes one step with the gradients of all shards of a batch, in order: those at `parameters`,
  /// or at `prediction` where that was asked before.
  ///
  /// - Returns: the mean loss of the batch at `parameters`.
  /// - Throws: `.diverged` where a loss or a gradient is not finite; the state is then as before.
  package mutating func take(
    _ shards: [ShardGradient], layers: [String]
  ) throws(FineTuningError) -> Double {
    let ahead = lookahead
    lookahead = nil
    let (measured, loss) = try mean(of: shards, layers: layers)
    var gradients = measured
    splitting?.addPenalty(to: &gradients, at: ahead?.parameters ?? parameters)
    try requireInRange(gradients, layers)
    optimizer.step(&parameters, gradients, share: share)
    follow(measured)
    let steps = step
    splitting?.update(parameters, after: steps)
    return ahead?.loss ?? loss
  }

  /// The mean gradient and loss over the images of all shards.
  private func mean(
    of shards: [ShardGradient], layers: [String]
  ) throws(FineTuningError) -> (ParameterArrays, loss: Double) {
    var sum = ShardGradient.reduced(shards)
    guard sum.loss.isFinite else { throw .diverged(step: step, layer: nil, rate: rate) }
    sum.gradients.scale(by: 1 / Float(sum.images))
    try requireInRange(sum.gradients, layers)
    return (sum.gradients, sum.loss / Double(sum.images))
  }

  /// Of latent weights now, in a message.
  private var rate: Double { share * settings.weightRate }

  /// - Throws: `.diverged` where a number is none, or so large that its square would be none.
  private func requireInRange(
    _ gradients: ParameterArrays, _ layers: [String]
  ) throws(FineTuningError) {
    // Written so that NaN is found.
    for (index, largest) in gradients.largest.enumerated() where !(largest < Self.largestNumber) {
      let role = gradients.role(at: index)
      // Nothing squares what was measured of a batch.
      let isMeasured = role.map { $0.role == .mean || $0.role == .variance } ?? false
      if isMeasured && largest < .infinity { continue }
      throw .diverged(step: step, layer: role.map { layers[$0.layer] }, rate: rate)
    }
  }

  /// Squares of it, and running sums of these, are far from fp32's end.
  private static let largestNumber: Float = 1e15

  /// Whether a checkpoint of this state would be taken up again.
  ///
  /// - Throws: `.diverged` naming the layer of a number that is none.
  package func requireFinite(layers: [String]) throws(FineTuningError) {
    for part in parts {
      for (index, values) in part.arrays.enumerated() where !(largestMagnitude(values) < .infinity)
      {
        // Copies and duals are lists of layers, all else lists like the parameters.
        let isByLayer = part.arrays.count != parameters.arrays.count
        let layer = isByLayer ? layers[index] : parameters.role(at: index).map { layers[$0.layer] }
        throw .diverged(step: step, layer: layer, rate: rate)
      }
    }
  }

  /// Lets the running means and variances follow what the batch had.
  private mutating func follow(_ measured: ParameterArrays) {
    for layer in 0..<parameters.layerCount {
      let (means, squares) = (measured[.mean, layer], measured[.variance, layer])
      var (running, variances) = (parameters[.mean, layer], parameters[.variance, layer])
      for row in means.indices {
        let variance = max(0, squares[row] - means[row] * means[row])
        running[row] += Self.following * (means[row] - running[row])
        variances[row] += Self.following * (variance - variances[row])
      }
      parameters[.mean, layer] = running
      parameters[.variance, layer] = variances
    }
  }

  /// The weight of a batch in the running means and variances.
  private static let following: Float = 0.1
}
