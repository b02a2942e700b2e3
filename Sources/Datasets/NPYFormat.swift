internal import Tensors

/// NumPy's `.npy`: magic, version, a Python dictionary as text, elements
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
enum NPYFormat {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  static func read(_ content: FileContent) throws(DatasetError) -> ArrayContent {
    guard content.count >= 12 else { throw cut(content) }
    let widthOfLength = content.byte(6) == 1 ? 2 : 4
    guard (1...3).contains(content.byte(6)) else {
      throw DatasetError(
        .unsupported, content.path, "has .npy version \(content.byte(6)), not 1 to 3",
        remedy: "write it with numpy.save")
    }
    let length = content.little(8, width: widthOfLength)
    let start = 8 + widthOfLength + length
    guard start <= content.count else { throw cut(content) }
    let header = String(decoding: content.bytes(8 + widthOfLength..<start), as: UTF8.self)
    guard let description = quoted(after: "'descr':", in: header),
      let order = text(after: "'fortran_order':", in: header),
      let shape = shape(in: header)
    else {
      throw DatasetError(
        .unsupported, content.path, "has a header that describes no plain array: \(header)",
        remedy: "save one array of numbers with numpy.save, not records or objects")
    }
    guard order.hasPrefix("False") else {
      throw DatasetError(
        .unsupported, content.path, "is in Fortran order",
        remedy: "save numpy.ascontiguousarray(array)")
    }
    guard let type = types[String(description.dropFirst())],
      let byteOrder = description.first, "<>|=".contains(byteOrder)
    else {
      throw DatasetError(
        .unsupported, content.path, "has elements of type '\(description)'",
        remedy: "save numbers: float16, float32, float64 or an integer type")
    }
    return try ArrayContent(
      content: content, start: start, type: type, shape: shape, isBigEndian: byteOrder == ">")
  }

  private static let types: [String: ElementType] = [
    "f2": .float16, "f4": .float32, "f8": .float64,
    "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64,
    "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64, "b1": .bool,
  ]

  private static func cut(_ content: FileContent) -> DatasetError {
    DatasetError(
      .truncated, content.path, "ends inside the .npy header, after \(content.count) bytes",
      remedy: "fetch or write the file again")
  }

  /// The text that follows a key, without leading blanks.
  private static func text(after key: String, in header: String) -> Substring? {
    let parts = header.split(separator: key, maxSplits: 1, omittingEmptySubsequences: false)
    return parts.count == 2 ? parts[1].drop { $0 == " " } : nil
  }

  private static func quoted(after key: String, in header: String) -> Substring? {
    guard let rest = text(after: key, in: header), rest.first == "'" else { return nil }
    let value = rest.dropFirst().prefix { $0 != "'" }
    return value.isEmpty ? nil : value
  }

  private static func shape(in header: String) -> [Int]? {
    guard let rest = text(after: "'shape':", in: header), rest.first == "(" else { return nil }
    let inside = rest.dropFirst().prefix { $0 != ")" }
    let items = inside.split(separator: ",").map { $0.filter { $0 != " " } }
    let extents = items.filter { !$0.isEmpty }.compactMap { Int($0) }
    let isWhole = extents.count == items.filter { !$0.isEmpty }.count
    return isWhole && extents.allSatisfy { $0 >= 0 } ? extents : nil
  }
}
