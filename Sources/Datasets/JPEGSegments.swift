internal import Tensors

/// The segments of a JPEG file up to its first scan (ITU-T T.81, B.1).
struct JPEGSegments {
  /// Where each segment begins, at its last 0xFF, and its marker.
  private(set) var starts: [(offset: Int, marker: UInt8)] = []
  /// The first byte behind the header of the first scan; nil where there is no scan.
  private(set) var scan: Int?
  /// Bytes between segments that belong to none.
  private(set) var strayCount = 0

  init(_ bytes: [UInt8]) {
    var position = 2
    while true {
      let expected = position
      // A marker is 0xFF, any number of times, and a byte that is neither 0 nor 0xFF.
      while position + 1 < bytes.count,
        bytes[position] != 0xFF || bytes[position + 1] == 0xFF || bytes[position + 1] == 0
      {
        position += 1
      }
      guard position + 4 <= bytes.count else { return }
      strayCount += bytes[expected..<position].count { $0 != 0xFF }
      let marker = bytes[position + 1]
      let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      guard marker != 0xD9, length >= 2, position + 2 + length <= bytes.count else { return }
      starts.append((position, marker))
      position += 2 + length
      if marker == 0xDA {
        scan = position
        return
      }
    }
  }

  /// The file without the bytes that belong to no segment.
  func cleaned(_ bytes: [UInt8]) -> [UInt8] {
    guard let scan else { return bytes }
    var result = Array(bytes.prefix(2))
    for start in starts {
      let length = Int(bytes[start.offset + 2]) << 8 | Int(bytes[start.offset + 3])
      result += bytes[start.offset..<start.offset + 2 + length]
    }
    return result + bytes[scan...]
  }

  /// Whether the image has its end: a marker behind the first scan.
  func hasEnd(_ bytes: [UInt8]) -> Bool {
    guard let scan else { return false }
    return zip(bytes[scan...], bytes[scan...].dropFirst()).contains { $0 == 0xFF && $1 == 0xD9 }
  }
}
