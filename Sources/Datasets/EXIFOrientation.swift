internal import Tensors

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
  init(jpeg content: FileContent) {
    var position = 2
    while position + 4 <= content.count, content.byte(position) == 0xFF {
      let marker = content.byte(position + 1)
      let length = content.big(position + 2, width: 2)
      // From the scan on there are pixels.
      if marker == 0xDA || length < 2 { break }
      let range = position + 4..<min(position + 2 + length, content.count)
      if marker == 0xE1, range.count >= 14,
        content.bytes(range.lowerBound..<range.lowerBound + 6) == Array("Exif".utf8) + [0, 0]
      {
        self = Self.read(content.bytes(range.lowerBound + 6..<range.upperBound)) ?? .upright
        return
      }
      position += 2 + length
    }
    self = .upright
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
