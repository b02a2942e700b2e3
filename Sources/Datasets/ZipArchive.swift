/// A zip file as `numpy.savez` writes it: stored or deflated entries, also of more than 4 GiB
/// (PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3).
struct ZipArchive: Sendable {
  /// One file in the archive.
  struct Entry: Sendable {
    let name: String
    let method: Int
    let checksum: UInt32
    let compressedCount: Int
    let count: Int
    let headerOffset: Int
  }

  static let magic = Array("PK\u{3}\u{4}".utf8)

  let content: FileContent
  let entries: [Entry]

  init(_ content: FileContent) throws(DatasetError) {
    self.content = content
    guard let directory = Self.directory(of: content) else {
      throw DatasetError(
        .truncated, content.path, "has no zip directory at its end",
        remedy: "fetch or write the file again")
    }
    var entries: [Entry] = []
    var offset = directory.offset
    for _ in 0..<directory.count {
      guard let (entry, next) = Self.entry(of: content, at: offset) else {
        throw DatasetError(
          .damaged, content.path, "has a damaged zip directory at byte \(offset)",
          remedy: "fetch or write the file again")
      }
      entries.append(entry)
      offset = next
    }
    self.entries = entries
  }

  /// The inflated and verified content of an entry; not copied where it is stored plainly.
  func read(_ entry: Entry) throws(DatasetError) -> FileContent {
    let name = "\(content.path):\(entry.name)"
    let header = entry.headerOffset
    guard header >= 0, header + 30 <= content.count,
      content.bytes(header..<header + 4) == Self.magic
    else { throw damaged(name, "its header is not at byte \(header)") }
    let start =
      header + 30 + content.little(header + 26, width: 2) + content.little(header + 28, width: 2)
    guard start + entry.compressedCount <= content.count else {
      throw damaged(name, "it reaches beyond the end of the file")
    }
    let packed = content.part(start..<start + entry.compressedCount, name: name)
    let plain: FileContent
    switch entry.method {
    case 0:
      plain = packed
    case 8:
      var bytes: [UInt8] = []
      _ = try packed.withBytes { (span: RawSpan) throws(DatasetError) in
        try inflate(span, framing: .raw, into: &bytes, limit: entry.count, path: name)
      }
      plain = packed.replaced(by: bytes)
    default:
      throw DatasetError(
        .unsupported, name, "is compressed with zip method \(entry.method)",
        remedy: "write it with numpy.savez or numpy.savez_compressed")
    }
    guard plain.count == entry.count, checksum(plain.bytes(0..<plain.count)) == entry.checksum
    else { throw damaged(name, "its checksum or size is wrong") }
    return plain
  }

  private func damaged(_ name: String, _ problem: String) -> DatasetError {
    DatasetError(.damaged, name, problem, remedy: "fetch or write the file again")
  }

  /// Where the central directory starts and how many entries it has.
  private static func directory(of content: FileContent) -> (offset: Int, count: Int)? {
    // The end record has 22 bytes and a comment of up to 65535.
    let lowest = max(0, content.count - 22 - 65535)
    var end = content.count - 22
    while end >= lowest, content.bytes(end..<end + 4) != [0x50, 0x4B, 5, 6] { end -= 1 }
    guard end >= lowest else { return nil }
    var count = content.little(end + 10, width: 2)
    var offset = content.little(end + 16, width: 4)
    if offset == 0xFFFF_FFFF || count == 0xFFFF {
      let locator = end - 20
      guard locator >= 0, content.bytes(locator..<locator + 4) == [0x50, 0x4B, 6, 7] else {
        return nil
      }
      let record = content.little(locator + 8, width: 8)
      guard record >= 0, record <= content.count - 56,
        content.bytes(record..<record + 4) == [0x50, 0x4B, 6, 6]
      else { return nil }
      count = content.little(record + 32, width: 8)
      offset = content.little(record + 48, width: 8)
    }
    // Each entry has at least 46 bytes, which bounds a hostile count.
    guard offset >= 0, offset <= content.count, count >= 0, count <= content.count / 46 else {
      return nil
    }
    return (offset, count)
  }

  private static func entry(of content: FileContent, at offset: Int) -> (Entry, next: Int)? {
    guard offset + 46 <= content.count,
      content.bytes(offset..<offset + 4) == [0x50, 0x4B, 1, 2]
    else { return nil }
    let nameEnd = offset + 46 + content.little(offset + 28, width: 2)
    let extraEnd = nameEnd + content.little(offset + 30, width: 2)
    let next = extraEnd + content.little(offset + 32, width: 2)
    guard next <= content.count else { return nil }
    var sizes = [24, 20, 42].map { content.little(offset + $0, width: 4) }
    var field = nameEnd
    while field + 4 <= extraEnd {
      let length = content.little(field + 2, width: 2)
      if content.little(field, width: 2) == 1 {
        // Only the sizes that do not fit in 32 bits are here, in this order.
        var place = field + 4
        for index in sizes.indices where sizes[index] == 0xFFFF_FFFF {
          guard place + 8 <= min(field + 4 + length, extraEnd) else { return nil }
          sizes[index] = content.little(place, width: 8)
          place += 8
        }
      }
      field += 4 + length
    }
    guard sizes.allSatisfy({ $0 >= 0 }), sizes[1] <= content.count, sizes[2] <= content.count
    else { return nil }
    let entry = Entry(
      name: String(decoding: content.bytes(offset + 46..<nameEnd), as: UTF8.self),
      method: content.little(offset + 10, width: 2),
      checksum: UInt32(content.little(offset + 16, width: 4)),
      compressedCount: sizes[1], count: sizes[0], headerOffset: sizes[2])
    return (entry, next)
  }
}
