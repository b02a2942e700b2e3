/// How a camera held the picture: tag 0x0112 of EXIF 2.32.
enum EXIFOrientation: Int {
  case upright = 1
  case mirrored, halfTurn, flipped, transposed, rightTurn, transversed, leftTurn

  /// Rows of the file are columns of the picture.
  var isTransposed: Bool { rawValue >= 5 }
  /// Columns of the file run from right to left.
  var mirrorsColumns: Bool { [2, 3, 7, 8].contains(rawValue) }
  /// Rows of the file run from bottom to top.
  var mirrorsRows: Bool { [3, 4, 6, 7].contains(rawValue) }

  /// The orientation that a JPEG file states; upright where it states none or nonsense.
  init(jpeg bytes: [UInt8]) {
    self = .upright
    for start in JPEGSegments(bytes).starts where start.marker == 0xE1 {
      let length = Int(bytes[start.offset + 2]) << 8 | Int(bytes[start.offset + 3])
      let range = start.offset + 4..<start.offset + 2 + length
      guard range.count >= 14, bytes[range].starts(with: Array("Exif".utf8) + [0, 0]) else {
        continue
      }
      self = Self.read(Array(bytes[range].dropFirst(6))) ?? .upright
      return
    }
  }

  /// The orientation that a WebP file states; upright where it states none or nonsense.
  init(webP content: FileContent) {
    var position = 12
    while position + 8 <= content.count {
      let length = content.little(position + 4, width: 4)
      let start = position + 8
      if content.bytes(position..<position + 4) == Array("EXIF".utf8) {
        self = Self.read(content, start..<min(start + length, content.count))
        return
      }
      position = start + length + length % 2
    }
    self = .upright
  }

  /// The orientation that a PNG file states; upright where it states none or nonsense.
  init(png content: FileContent) {
    var position = 8
    while position + 8 <= content.count {
      let length = content.big(position, width: 4)
      let start = position + 8
      if content.bytes(position + 4..<start) == Array("eXIf".utf8) {
        self = Self.read(content, start..<min(start + length, content.count))
        return
      }
      // A checksum follows.
      position = start + length + 4
    }
    self = .upright
  }

  /// The orientation in a part of a file. Some programs keep the head that JPEG files need.
  private static func read(_ content: FileContent, _ range: Range<Int>) -> EXIFOrientation {
    var tiff = content.bytes(range)
    let head = Array("Exif".utf8) + [0, 0]
    if tiff.starts(with: head) { tiff.removeFirst(head.count) }
    return tiff.count >= 8 ? read(tiff) ?? .upright : .upright
  }

  /// The orientation in the first directory of a TIFF structure.
  private static func read(_ tiff: [UInt8]) -> EXIFOrientation? {
    let isLittle = tiff[0] == UInt8(ascii: "I")
    func number(_ offset: Int, _ width: Int) -> Int? {
      guard offset >= 0, offset + width <= tiff.count else { return nil }
      let bytes = tiff[offset..<offset + width]
      return (isLittle ? bytes.reversed() : Array(bytes)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(4, 4), let entries = number(directory, 2) else { return nil }
    for entry in 0..<entries {
      let start = directory + 2 + entry * 12
      guard let tag = number(start, 2) else { return nil }
      if tag == 0x0112 { return number(start + 8, 2).flatMap(EXIFOrientation.init(rawValue:)) }
    }
    return nil
  }
}
