/// Writes a fixed little-endian layout.
package struct ByteWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// One byte.
  package mutating func append(_ value: UInt8) { bytes.append(value) }
  /// Two bytes.
  package mutating func append(_ value: UInt16) { appendLittleEndian(UInt64(value), 2) }
  /// Four bytes.
  package mutating func append(_ value: UInt32) { appendLittleEndian(UInt64(value), 4) }
  /// Eight bytes.
  package mutating func append(_ value: UInt64) { appendLittleEndian(value, 8) }
  /// The bits of a number, four bytes.
  package mutating func append(_ value: Float) { append(value.bitPattern) }
  /// The bits of a number, eight bytes.
  package mutating func append(_ value: Double) { append(value.bitPattern) }
  /// Bytes as they are, without their count.
  package mutating func append(_ value: [UInt8]) { bytes.append(contentsOf: value) }
  /// Bytes as they are, without their count.
  package mutating func append(_ value: RawSpan) {
    unsafe value.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }

  /// A count as 64 bits.
  package mutating func append(count: Int) { append(UInt64(count)) }

  /// A text as its length in bytes (32 bits) and its UTF-8.
  package mutating func append(text: String) {
    append(UInt32(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  /// Zero bytes up to a multiple of `alignment`.
  package mutating func pad(to alignment: Int) {
    while bytes.count % alignment != 0 { bytes.append(0) }
  }

  /// Makes room for `count` more bytes.
  package mutating func reserve(_ count: Int) { bytes.reserveCapacity(bytes.count + count) }

  private mutating func appendLittleEndian(_ value: UInt64, _ count: Int) {
    for shift in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * shift))) }
  }
}

/// Reads a fixed little-endian layout strictly: every length is checked before it is used.
package struct ByteReader: Sendable {
  private let source: [UInt8]
  /// Bytes read so far.
  package private(set) var offset = 0

  package init(_ bytes: [UInt8]) { source = bytes }

  package var remaining: Int { source.count - offset }

  /// The next unsigned integer.
  ///
  /// - Throws: `WireError` `.truncated`, naming `part`.
  package mutating func integer<Value: FixedWidthInteger & UnsignedInteger>(
    _ part: String
  ) throws(WireError) -> Value {
    let count = Value.bitWidth / 8
    try require(count, part)
    var value: UInt64 = 0
    for index in 0..<count { value |= UInt64(source[offset + index]) << UInt64(8 * index) }
    offset += count
    return Value(truncatingIfNeeded: value)
  }

  /// A count of 64 bits that is at most `limit`.
  package mutating func count(_ part: String, limit: Int) throws(WireError) -> Int {
    let value: UInt64 = try integer(part)
    guard value <= UInt64(limit) else {
      throw WireError(part, .outOfRange(found: "\(value)", limit: "at most \(limit)"))
    }
    return Int(value)
  }

  /// The next four bytes as a number.
  package mutating func float(_ part: String) throws(WireError) -> Float {
    Float(bitPattern: try integer(part))
  }

  /// The next eight bytes as a number.
  package mutating func double(_ part: String) throws(WireError) -> Double {
    Double(bitPattern: try integer(part))
  }

  /// The next `count` bytes.
  package mutating func bytes(_ count: Int, _ part: String) throws(WireError) -> [UInt8] {
    Array(source[try range(count, part)])
  }

  /// Where the next `count` bytes lie; they are read over.
  package mutating func range(_ count: Int, _ part: String) throws(WireError) -> Range<Int> {
    try require(count, part)
    defer { offset += count }
    return offset..<offset + count
  }

  /// A text of at most `limit` bytes of valid UTF-8.
  package mutating func text(_ part: String, limit: Int) throws(WireError) -> String {
    let count: UInt32 = try integer(part)
    guard count <= limit else {
      throw WireError(part, .outOfRange(found: "\(count) bytes", limit: "at most \(limit)"))
    }
    guard let text = String(validating: try bytes(Int(count), part), as: UTF8.self) else {
      throw WireError(part, .malformed("it is not UTF-8"))
    }
    return text
  }

  /// Skips the zero bytes up to a multiple of `alignment`.
  package mutating func skipPadding(to alignment: Int, _ part: String) throws(WireError) {
    while offset % alignment != 0 {
      let byte: UInt8 = try integer(part)
      guard byte == 0 else { throw WireError(part, .malformed("the padding is not zero")) }
    }
  }

  /// - Throws: `WireError` `.trailing` unless everything was read.
  package func finish(_ part: String) throws(WireError) {
    guard remaining == 0 else { throw WireError(part, .trailing(byteCount: remaining)) }
  }

  private func require(_ count: Int, _ part: String) throws(WireError) {
    guard count >= 0, count <= remaining else { throw WireError(part, .truncated) }
  }
}
