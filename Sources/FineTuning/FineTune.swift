/// A fine-tune between two steps: parameters with their optimizer.
///
/// Everything that a step changes is here, so a checkpoint of it continues to the same bits.
package struct FineTune: Sendable, Equatable {
  package private(set) var parameters: ParameterArrays
  package private(set) var optimizer: ParameterOptimizer
  /// Steps of the whole schedule.
  package let totalSteps: Int
  private let settings: FineTuningSettings

  /// - Parameter totalSteps: over which rates rise and fall.
  package init(_ parameters: ParameterArrays, totalSteps: Int, settings: FineTuningSettings) {
    self.parameters = parameters
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

  /// Takes one step with the gradients of all shards of a batch, in order.
  ///
  /// - Returns: the mean loss of the batch.
  /// - Throws: `.diverged` where a loss or a gradient is not finite; the state is then as before.
  package mutating func take(
    _ shards: [ShardGradient], layers: [String]
  ) throws(FineTuningError) -> Double {
    var sum = ShardGradient.reduced(shards)
    let rate = share * settings.weightRate
    if let bad = sum.gradients.arrays.firstIndex(where: { !$0.allSatisfy(\.isFinite) }) {
      let layer = bad / 3 < layers.count ? layers[bad / 3] : nil
      throw .diverged(step: step, layer: layer, rate: rate)
    }
    guard sum.loss.isFinite else { throw .diverged(step: step, layer: nil, rate: rate) }
    let factor = 1 / Float(sum.images)
    for index in sum.gradients.arrays.indices {
      sum.gradients.arrays[index] = sum.gradients.arrays[index].map { $0 * factor }
    }
    optimizer.step(&parameters, sum.gradients, share: share)
    return sum.loss / Double(sum.images)
  }
}
