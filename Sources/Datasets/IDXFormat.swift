internal import Tensors

/// IDX files, as MNIST is published in: two zero bytes, a type, the number of axes, big-endian
/// extents and big-endian elements (http://yann.lecun.com/exdb/mnist).
enum IDXFormat {
  /// Whether the content begins as an IDX file does.
  static func matches(_ content: FileContent) -> Bool {
    guard content.count >= 4 else { return false }
    let magic = content.bytes(0..<4)
    return magic[0] == 0 && magic[1] == 0 && type(magic[2]) != nil && (1...4).contains(magic[3])
  }

  static func read(_ content: FileContent) throws(DatasetError) -> ArrayContent {
    let axes = Int(content.byte(3))
    let start = 4 + 4 * axes
    guard let type = type(content.byte(2)), content.count >= start else {
      throw DatasetError(
        .truncated, content.path, "the IDX header of \(start) bytes is cut at \(content.count)",
        remedy: "fetch or write the file again")
    }
    let shape = (0..<axes).map { content.big(4 + 4 * $0, width: 4) }
    return try ArrayContent(
      content: content, start: start, type: type, shape: shape, isBigEndian: true)
  }

  private static func type(_ code: UInt8) -> ElementType? {
    switch code {
    case 0x08: .uint8
    case 0x09: .int8
    case 0x0B: .int16
    case 0x0C: .int32
    case 0x0D: .float32
    case 0x0E: .float64
    default: nil
    }
  }
}
