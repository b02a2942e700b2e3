package import Network

/// How the inputs of a layer's regression are held.
package enum CodeForm: Sendable, Equatable {
  /// Codes of a signed byte, value code · step.
  case signed(ActivationQuantizer)
  /// Codes of an unsigned byte, value code · step.
  case unsigned(ActivationQuantizer)
  /// Values: float inputs, or codes that fit neither byte.
  case real

  /// - Parameter quantizer: whose codes the layer reads; nil where it reads values.
  package init(_ quantizer: ActivationQuantizer?) {
    guard let quantizer else {
      self = .real
      return
    }
    if quantizer.lowestCode >= -128, quantizer.highestCode <= 127 {
      self = .signed(quantizer)
    } else if quantizer.lowestCode >= 0, quantizer.highestCode <= 255 {
      self = .unsigned(quantizer)
    } else {
      self = .real
    }
  }

  /// The value of one unit of the codes; nil for values.
  package var step: Float? {
    switch self {
    case .signed(let quantizer), .unsigned(let quantizer): quantizer.step
    case .real: nil
    }
  }
}

/// Adding this rounds a small number to an integer that then stands in the low bits of the sum, in
/// two's complement.
private let integerBits: Float = 0x1.8p23

/// The codes of values that are already multiples of `step`.
///
/// - Parameter values: at most 255 steps each way.
func signedCodes(_ values: Span<Float>, step: Float, into codes: inout MutableSpan<Int8>) {
  precondition(codes.count == values.count, "one code per value")
  let inverse = 1 / step
  for index in values.indices {
    let bits = (values[index] * inverse + integerBits).bitPattern
    codes[index] = Int8(truncatingIfNeeded: bits)
  }
}

/// Like `signedCodes`, for codes 0 … 255.
func unsignedCodes(_ values: Span<Float>, step: Float, into codes: inout MutableSpan<UInt8>) {
  precondition(codes.count == values.count, "one code per value")
  let inverse = 1 / step
  for index in values.indices {
    let bits = (values[index] * inverse + integerBits).bitPattern
    codes[index] = UInt8(truncatingIfNeeded: bits)
  }
}
