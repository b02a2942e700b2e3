/// One field of a protobuf message, by its place in the bytes.
struct WireField {
  let number: UInt64
  let kind: Kind
  /// Tag and payload.
  let whole: Range<Int>
  /// The content of a length-delimited field; for the others the encoded value.
  let payload: Range<Int>

  enum Kind: UInt8 {
    case varint = 0
    case fixed64 = 1
    case delimited = 2
    case fixed32 = 5
  }
}

/// Walks the fields of one protobuf message in place, without copying payloads.
struct WireCursor {
  private var position: Int
  private let end: Int

  init(_ range: Range<Int>) {
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next field, or nil at the end of the message.
  ///
  /// Throws `ONNXProblem.malformed` for anything that is no protobuf, or ends within a field.
  mutating func next(in bytes: RawSpan) throws(ONNXProblem) -> WireField? {
    guard position < end else { return nil }
    let start = position
    let tag = try varint(in: bytes)
    guard let kind = WireField.Kind(rawValue: UInt8(tag & 7)), tag >> 3 != 0 else {
      throw .malformed("it is not an ONNX model (byte \(start) starts no protobuf field)")
    }
    let length: UInt64
    var first = position
    switch kind {
    case .varint:
      _ = try varint(in: bytes)
      length = UInt64(position - first)
      position = first
    case .fixed64: length = 8
    case .fixed32: length = 4
    case .delimited:
      length = try varint(in: bytes)
      first = position
    }
    guard length <= UInt64(end - position) else {
      throw .malformed(
        "it is truncated, or not an ONNX model (a field of \(length) bytes starts at byte "
          + "\(first), and \(end - position) bytes follow)")
    }
    position += Int(length)
    return WireField(
      number: tag >> 3, kind: kind, whole: start..<position, payload: first..<position)
  }

  private mutating func varint(in bytes: RawSpan) throws(ONNXProblem) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard position < end else {
        throw .malformed("it is truncated, or not an ONNX model (it ends within a number)")
      }
      let byte = unsafe bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw .malformed("it is not an ONNX model (a number has more than ten bytes)")
  }
}
