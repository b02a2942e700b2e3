/// Decodes `count` elements of `type` from packed little-endian bytes into fp32.
func decodeFloats(_ bytes: RawSpan, type: ElementType, count: Int) -> [Float] {
  switch type {
  case .float32:
    return decode(count) { Float(bitPattern: bytes.word($0 * 4, as: UInt32.self)) }
  case .float64:
    return decode(count) {
      Float(Double(bitPattern: bytes.word($0 * 8, as: UInt64.self)))
    }
  case .float16:
    return decode(count) { float(half: bytes.word($0 * 2, as: UInt16.self)) }
  case .bfloat16:
    return decode(count) {
      Float(bitPattern: UInt32(bytes.word($0 * 2, as: UInt16.self)) << 16)
    }
  default:
    return decodeIntegers(bytes, type: type, count: count).map { Float($0) }
  }
}

/// Decodes `count` elements of an integer `type` from packed little-endian bytes.
func decodeIntegers(_ bytes: RawSpan, type: ElementType, count: Int) -> [Int] {
  switch type {
  case .int8: decode(count) { Int(bytes.word($0, as: Int8.self)) }
  case .uint8, .bool: decode(count) { Int(bytes.word($0, as: UInt8.self)) }
  case .int16: decode(count) { Int(bytes.word($0 * 2, as: Int16.self)) }
  case .uint16: decode(count) { Int(bytes.word($0 * 2, as: UInt16.self)) }
  case .int32: decode(count) { Int(bytes.word($0 * 4, as: Int32.self)) }
  case .uint32: decode(count) { Int(bytes.word($0 * 4, as: UInt32.self)) }
  case .int64: decode(count) { Int(bytes.word($0 * 8, as: Int64.self)) }
  case .uint64: decode(count) { Int(clamping: bytes.word($0 * 8, as: UInt64.self)) }
  case .uint4, .uint2: decodeNarrow(bytes, bits: type.bitCount, signed: false, count: count)
  case .int4, .int2: decodeNarrow(bytes, bits: type.bitCount, signed: true, count: count)
  case .float32, .float16, .bfloat16, .float64: preconditionFailure("\(type) holds no integers")
  }
}

private func decodeNarrow(_ bytes: RawSpan, bits: Int, signed: Bool, count: Int) -> [Int] {
  let perByte = 8 / bits
  let mask = (1 << bits) - 1
  return decode(count) { index in
    let byte = Int(bytes.word(index / perByte, as: UInt8.self))
    let raw = (byte >> ((index % perByte) * bits)) & mask
    return signed && raw > mask / 2 ? raw - mask - 1 : raw
  }
}

@inline(__always)
private func decode<Value>(_ count: Int, _ element: (Int) -> Value) -> [Value] {
  unsafe [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
    for index in 0..<count { unsafe buffer.initializeElement(at: index, to: element(index)) }
    initialized = count
  }
}

extension RawSpan {
  /// A little-endian integer at a byte offset, bounds-checked, of any alignment.
  @inline(__always)
  fileprivate func word<Word: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, as type: Word.Type
  ) -> Word {
    unsafe Word(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: type))
  }
}

/// IEEE half precision to fp32, written out because Float16 is not available on every x86 Linux.
private func float(half bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = UInt32(bits >> 10) & 0x1F
  let fraction = UInt32(bits & 0x3FF)
  switch exponent {
  case 0:
    let magnitude = Float(fraction) * 0x1p-24
    return sign == 0 ? magnitude : -magnitude
  case 31:
    return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default:
    return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}
