/// A histogram of fp32 values in bins of equal floating-point prefix (sign, exponent and the top
/// seven mantissa bits), so that bins need no range in advance and counts of shards add exactly.
///
/// A bin is at most 1/128 of its value wide, far finer than any code step that is fitted on it.
package struct ValueHistogram: Sendable, Equatable {
  package private(set) var counts: [Int64]

  package static let binCount = 1 << 16

  package init() { counts = [Int64](repeating: 0, count: Self.binCount) }

  /// - Precondition: one count per bin.
  package init(counts: [Int64]) {
    precondition(counts.count == Self.binCount, "a value histogram has \(Self.binCount) bins")
    self.counts = counts
  }

  /// Counts some values.
  package mutating func add(_ values: [Float]) {
    unsafe counts.withUnsafeMutableBufferPointer { counts in
      for value in values { unsafe counts[Int(value.bitPattern >> 16)] += 1 }
    }
  }

  package static func += (left: inout ValueHistogram, right: ValueHistogram) {
    for index in left.counts.indices { left.counts[index] += right.counts[index] }
  }

  /// Occupied bins as (centre, count), NaN and infinities left out, in no particular order.
  package var bins: [(value: Double, count: Double)] {
    counts.indices.compactMap { index in
      guard counts[index] > 0 else { return nil }
      let prefix = UInt32(index) << 16
      // Zero keeps its value; every other bin is represented by its middle.
      let value = Float(bitPattern: prefix & 0x7FFF_0000 == 0 ? 0 : prefix | 0x8000)
      guard value.isFinite else { return nil }
      return (Double(value), Double(counts[index]))
    }
  }

  /// Whether a NaN or an infinity was added.
  package var hasNonFinite: Bool {
    counts.indices.contains { counts[$0] > 0 && ($0 >> 7) & 0xFF == 0xFF }
  }

  package var total: Int64 { counts.reduce(0, +) }
}
