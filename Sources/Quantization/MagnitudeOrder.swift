/// Sorts values by magnitude, largest first, without allocating after the first use of a size.
///
/// Radix sort on the bit patterns, which order as the magnitudes do; equal magnitudes come in
/// descending order of their index.
struct MagnitudeOrder {
  /// `magnitude bits << 32 | index`, ascending.
  private var keys: [UInt64] = []
  private var scratch: [UInt64] = []
  private(set) var count = 0

  /// - Complexity: O(values.count).
  mutating func sort(_ values: Span<Float>) {
    count = values.count
    if keys.count < count {
      keys = [UInt64](repeating: 0, count: count)
      scratch = keys
    }
    var histogram = [Int](repeating: 0, count: 4 * 256)
    for index in values.indices {
      let bits = values[index].magnitude.bitPattern
      keys[index] = UInt64(bits) << 32 | UInt64(UInt32(index))
      for pass in 0..<4 { histogram[pass << 8 | Int(bits >> UInt32(8 * pass)) & 255] += 1 }
    }
    // Four passes end where they began.
    for pass in 0..<4 {
      var position = 0
      for digit in pass << 8..<(pass + 1) << 8 {
        let size = histogram[digit]
        histogram[digit] = position
        position += size
      }
      if pass & 1 == 0 {
        Self.scatter(keys, into: &scratch, count, pass, &histogram)
      } else {
        Self.scatter(scratch, into: &keys, count, pass, &histogram)
      }
    }
  }

  /// The magnitude at `rank`; rank 0 is the largest.
  func magnitude(_ rank: Int) -> Float {
    Float(bitPattern: UInt32(truncatingIfNeeded: keys[count - 1 - rank] >> 32))
  }

  /// The index, among the sorted values, of the magnitude at `rank`.
  func index(_ rank: Int) -> Int { Int(UInt32(truncatingIfNeeded: keys[count - 1 - rank])) }

  private static func scatter(
    _ source: [UInt64], into target: inout [UInt64], _ count: Int, _ pass: Int,
    _ positions: inout [Int]
  ) {
    let source = source.span
    var target = target.mutableSpan
    var positions = positions.mutableSpan
    let shift = UInt64(32 + 8 * pass)
    for index in 0..<count {
      let digit = pass << 8 | Int(source[index] >> shift) & 255
      target[positions[digit]] = source[index]
      positions[digit] += 1
    }
  }
}
