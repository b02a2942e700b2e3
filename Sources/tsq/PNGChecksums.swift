/// The checksums of a PNG file's chunks (W3C PNG, third edition, annex D), for damaged files that
/// are to be read beyond them.
enum PNGChecksums {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1
    }
  }

  /// The bytes with the right checksum behind every chunk that is whole.
  static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var place = 8
    while place + 12 <= bytes.count {
      let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - place - 12 else { break }
      let end = place + 8 + length
      let sum = ~bytes[place + 4..<end].reduce(UInt32.max) { value, byte in
        table[Int((value ^ UInt32(byte)) & 255)] ^ value >> 8
      }
      for index in 0..<4 { bytes[end + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * index)) }
      place = end + 4
    }
    return bytes
  }
}
