/// Counts of values in equal bins between two bounds.
package struct Histogram: Sendable, Equatable, Decodable {
  /// Lower bound of the first bin and upper bound of the last.
  package var low: Double
  package var high: Double
  package var counts: [Int]

  /// - Precondition: at least one bin; finite bounds, the lower one first.
  package init(low: Double, high: Double, counts: [Int]) {
    precondition(!counts.isEmpty && low <= high && (high - low).isFinite, "no such histogram")
    self.low = low
    self.high = high
    self.counts = counts
  }

  /// Counts the finite ones of `values`; the outermost bins take what lies beyond the bounds.
  ///
  /// - Parameter range: the bounds; by default ± the largest magnitude.
  /// - Complexity: O(values).
  package init(of values: [Float], bins: Int = 48, range: ClosedRange<Float>? = nil) {
    precondition(bins > 0, "a histogram of \(bins) bins")
    var bound: Float = 0
    if range == nil {
      for value in values where value.isFinite && abs(value) > bound { bound = abs(value) }
    }
    let range = range ?? -bound...bound
    let low = Double(range.lowerBound)
    let high = Double(range.upperBound)
    let perUnit = high > low ? Double(bins) / (high - low) : 0
    var counts = [Int](repeating: 0, count: bins)
    for value in values where value.isFinite {
      let position = (Double(value) - low) * perUnit
      counts[Int(max(0, min(Double(bins - 1), position.rounded(.down))))] += 1
    }
    self.init(low: low, high: high, counts: counts)
  }

  package var json: JSONText {
    .members([
      "low": .number(low), "high": .number(high),
      "counts": .list(counts.map { .integer($0) }),
    ])
  }
}
