package import Tensors

/// How far a network's outputs are from those of another, in sums that shards add up.
package struct OutputError: Sendable, Equatable {
  /// Σ (other − own)².
  package var squaredError: Double
  /// Σ own, Σ own² and their number.
  package var sum: Double
  package var squares: Double
  package var count: Double

  package init(
    squaredError: Double = 0, sum: Double = 0, squares: Double = 0, count: Double = 0
  ) {
    self.squaredError = squaredError
    self.sum = sum
    self.squares = squares
    self.count = count
  }

  /// Adds the values of one output.
  /// - Precondition: the shapes are equal.
  package mutating func add(_ own: Tensor, _ other: Tensor) {
    precondition(own.shape == other.shape, "both are one output")
    let (own, other) = (own.values.span, other.values.span)
    for index in own.indices {
      let value = Double(own[index])
      let difference = Double(other[index]) - value
      squaredError += difference * difference
      sum += value
      squares += value * value
    }
    count += Double(own.count)
  }

  package static func += (left: inout OutputError, right: OutputError) {
    left.squaredError += right.squaredError
    left.sum += right.sum
    left.squares += right.squares
    left.count += right.count
  }

  /// The squared error as a share of the output's variance; 0 for an output that never changes.
  package var share: Double {
    let variance = squares - sum * sum / max(1, count)
    return variance > 0 ? squaredError / variance : variance.isNaN ? .nan : 0
  }
}
