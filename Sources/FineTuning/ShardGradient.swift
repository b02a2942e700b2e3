/// The gradient of a shard of a mini-batch: sums over its images.
package struct ShardGradient: Sendable, Equatable {
  package var loss: Double
  package var images: Int
  package var gradients: ParameterArrays

  package init(loss: Double, images: Int, gradients: ParameterArrays) {
    self.loss = loss
    self.images = images
    self.gradients = gradients
  }

  /// The sum of the shards in a fixed tree, so that it does not depend on who computed which shard,
  /// or on the order in which they came.
  ///
  /// - Precondition: at least one shard, all of one network.
  package static func reduced(_ shards: [ShardGradient]) -> ShardGradient {
    var sum = GradientSum()
    for shard in shards { sum.append(shard) }
    return sum.total()
  }

  fileprivate static func add(_ sum: inout ShardGradient, _ shard: ShardGradient) {
    sum.loss += shard.loss
    sum.images += shard.images
    sum.gradients.add(shard.gradients)
  }
}

/// The sum of shards that come one by one, in order: neighbours are added first, then neighbours of
/// these. Runs of 2ⁿ shards that begin at a multiple of 2ⁿ may be summed elsewhere, to the same
/// bits.
package struct GradientSum {
  private var sum = PairwiseSum<ShardGradient>()

  package init() {}

  /// Adds the next shard.
  package mutating func append(_ shard: ShardGradient) { sum.append(shard, ShardGradient.add) }

  /// The sum of all that were added.
  ///
  /// - Precondition: at least one shard.
  package consuming func total() -> ShardGradient { sum.total(ShardGradient.add) }
}
