/// Scales and offsets so short that fp32 adds up a row's outputs without rounding, in any order.
///
/// With x = δ k, |k| ≤ K, every term of Σ α q δ k + b is a multiple of one unit u, the product of
/// the lowest bits of α and δ. As long as K Σ|q| · α δ + |b| ≤ 2²⁴ u, all partial sums are fp32
/// numbers, so that an exported layer gives the same bits in every runtime.
package struct ExactSums {
  /// δ, of few significant bits.
  package let step: Float
  /// K.
  package let largestCode: Int

  package init(step: Float, largestCode: Int) {
    self.step = step
    self.largestCode = largestCode
  }

  /// A row that takes part: Σ|q|, and the offset that goes with a scale.
  package struct Row {
    package let magnitude: Int
    package let offset: (Double) -> Double

    package init(magnitude: Int, offset: @escaping (Double) -> Double) {
      self.magnitude = magnitude
      self.offset = offset
    }
  }

  /// Fewer bits would change a scale by more than 6 %, more than exactness is worth. More bits buy
  /// nothing, and make the unit so small that the sum of a branch and its shortcut is rounded.
  package static let usefulBits = 3...6

  /// The scale rounded to as many bits as all rows that share it leave room for, and the unit of
  /// their sums; nil where there is no room.
  package func deployed(_ scale: Double, rows: [Row]) -> (scale: Float, unit: Double)? {
    for bits in Self.usefulBits.reversed() {
      let rounded = roundedToSignificantBits(Float(scale), bits: bits)
      guard rounded.isNormal, rounded > 0 else { return nil }
      let unit = Double(rounded.lowestBit) * Double(step.lowestBit)
      // Below that the terms themselves would be rounded.
      guard unit >= Double(Float.leastNormalMagnitude) else { continue }
      let term = Double(largestCode) * Double(rounded) * Double(step) / unit
      let fits = rows.allSatisfy { row in
        let offset = (row.offset(Double(rounded)) / unit).rounded()
        return Double(row.magnitude) * term + abs(offset) <= 0x1p24
      }
      if fits { return (rounded, unit) }
    }
    return nil
  }
}

extension Float {
  /// The value of the lowest bit that is set in the significand of a normal number.
  fileprivate var lowestBit: Float {
    let trailing = min(significandBitPattern.trailingZeroBitCount, 23)
    return binade.magnitude * Float(sign: .plus, exponent: trailing - 23, significand: 1)
  }
}

/// `value` rounded to nearest, ties to even, with so many significant bits.
package func roundedToSignificantBits(_ value: Float, bits: Int) -> Float {
  precondition((1...24).contains(bits), "fp32 has 24 significant bits")
  guard value.isNormal else { return value }
  let dropped = UInt32(24 - bits)
  if dropped == 0 { return value }
  let half = (UInt32(1) << dropped) >> 1
  let odd = (value.bitPattern >> dropped) & 1
  // Adding just under half, or half when the kept part is odd, carries into it as rounding does.
  let pattern = ((value.bitPattern + half - 1 + odd) >> dropped) << dropped
  return Float(bitPattern: pattern)
}
