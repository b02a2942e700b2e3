internal import Planning

/// What the normalized layers' outputs were on a shard of images, each part of it normalized by
/// itself: sums over its images.
package struct ShardMoments: Sendable, Equatable {
  package var images: Int
  /// Per normalized layer in turn, means and second moments of its rows, times images.
  package var sums: ParameterArrays

  package init(images: Int, sums: ParameterArrays) {
    self.images = images
    self.sums = sums
  }
}

extension TrainedNetwork {
  /// The parameters with mean and variance over all shards in the place of running ones.
  ///
  /// Running ones are of many states, most of them of weights that have moved on; these are of
  /// this one. The sum is a fixed tree, so it does not depend on who computed which shard.
  ///
  /// - Parameter shards: in order; none to keep the running ones.
  package func measured(
    _ parameters: ParameterArrays, by shards: [ShardMoments]
  ) -> ParameterArrays {
    guard !shards.isEmpty else { return parameters }
    let sum = summedInPairs(shards) { sum, shard in
      sum.images += shard.images
      sum.sums.add(shard.sums)
    }
    var result = parameters
    let normalized = layers.indices.filter { layers[$0].gain != nil }
    for (place, layer) in normalized.enumerated() {
      let means = sum.sums.arrays[2 * place].map { $0 / Float(sum.images) }
      let squares = sum.sums.arrays[2 * place + 1].map { $0 / Float(sum.images) }
      result[.mean, layer] = means
      result[.variance, layer] = zip(squares, means).map { max(0, $0 - $1 * $1) }
    }
    return result
  }

  /// Whether moments are of this network's normalized layers, and finite.
  package func fits(_ moments: ShardMoments) -> Bool {
    moments.sums.arrays.map(\.count)
      == layers.filter { $0.gain != nil }.flatMap { [$0.layer.outputs, $0.layer.outputs] }
      && moments.sums.arrays.allSatisfy { $0.allSatisfy(\.isFinite) }
  }
}
