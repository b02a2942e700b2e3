internal import Network

/// Replaces every value.
@inline(__always)
func mapInPlace(_ values: inout [Float], _ body: (Float) -> Float) {
  unsafe values.withUnsafeMutableBufferPointer { values in
    for index in 0..<values.count { unsafe values[index] = body(values[index]) }
  }
}

/// Adds an array of the same size.
func addInPlace(_ sum: inout [Float], _ addend: [Float]) {
  precondition(sum.count == addend.count, "a sum of arrays of one size")
  unsafe sum.withUnsafeMutableBufferPointer { sum in
    unsafe addend.withUnsafeBufferPointer { addend in
      for index in 0..<sum.count { unsafe sum[index] += addend[index] }
    }
  }
}

/// Replaces values by code · step, rounding to nearest, ties to even.
func quantize(_ values: inout [Float], _ quantizer: ActivationQuantizer, step: Float) {
  let (low, high) = (Float(quantizer.lowestCode), Float(quantizer.highestCode))
  let magic: Float = 0x1.8p23
  mapInPlace(&values) { value in
    let scaled = value / step
    let raised = scaled > low ? scaled : low
    let clamped = raised < high ? raised : high
    return ((clamped + magic) - magic) * step
  }
}

/// Leaves a random share of values in full precision where they would become codes (QDrop), so
/// that weights are not fitted to one pattern of rounding.
struct CodeDropping {
  /// 0 … 1.
  let share: Double
  let seed: UInt64

  /// - Parameter stream: tells the places of one step apart.
  func restore(_ codes: inout [Float], from values: [Float], stream: Int) {
    precondition(codes.count == values.count, "a value per code")
    let limit = UInt32(share * Double(UInt32.max))
    guard limit > 0 else { return }
    var random = SeededBits(seed: seed &+ UInt64(stream))
    let key = UInt32(truncatingIfNeeded: random.next())
    unsafe codes.withUnsafeMutableBufferPointer { codes in
      unsafe values.withUnsafeBufferPointer { values in
        for index in 0..<codes.count {
          // A 32-bit finalizer (Prospector's lowbias32), a few instructions in each lane.
          var bits = UInt32(truncatingIfNeeded: index) &+ key
          bits = (bits ^ (bits >> 16)) &* 0x7feb_352d
          bits = (bits ^ (bits >> 15)) &* 0x846c_a68b
          bits ^= bits >> 16
          unsafe codes[index] = bits < limit ? values[index] : codes[index]
        }
      }
    }
  }
}

/// Numbers that follow from a seed (SplitMix64).
package struct SeededBits: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Equal seeds give equal numbers.
  package init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
