package import Tensors

// The layout, little-endian:
//
//     chunk    magic "tsqI", form (32 bits: 1 bytes, 2 fp32), number of the first image (64),
//              images (64), axes (32), one length per axis (64 each), labels (64: 0 or one per
//              image; 32 bits each), table (64: 0, or 256 per channel; fp32), padding to 8, images

/// Some images that follow each other in a data set, of which tasks read single ones in place.
package struct ImageChunk: Sendable {
  /// The number of the first image in the data set, and how many there are.
  package let first: Int
  package let count: Int
  /// Of one image.
  package let shape: [Int]
  /// One per image; nil where they are not known.
  package let labels: [Int32]?
  /// What each byte stands for, `[channels, 256]`; nil for images of fp32.
  private let table: [Float]?
  private let bytes: [UInt8]
  private let start: Int

  private static let magic = Array("tsqI".utf8)

  /// The bytes of a chunk of images of bytes.
  ///
  /// - Parameters:
  ///   - images: in row-major order of `shape`.
  ///   - table: what each byte stands for, `[channels, 256]`, channels being the first axis of a
  ///     shape of three and else one.
  package static func encoding(
    first: Int, shape: [Int], labels: [Int]?, images: [UInt8], table: [Float]
  ) -> [UInt8] {
    precondition(table.count == 256 * channels(shape), "a table per channel")
    var writer = head(1, first, images.count / shape.product, shape, labels, table)
    writer.append(images)
    return writer.bytes
  }

  /// The bytes of a chunk of images of fp32.
  package static func encoding(first: Int, labels: [Int]?, images: Tensor) -> [UInt8] {
    var writer = head(2, first, images.shape[0], Array(images.shape.dropFirst()), labels, [])
    unsafe writer.append(images.values.span.bytes)
    return writer.bytes
  }

  private static func head(
    _ form: UInt32, _ first: Int, _ count: Int, _ shape: [Int], _ labels: [Int]?, _ table: [Float]
  ) -> ByteWriter {
    precondition(labels.map { $0.count == count } ?? true, "a label per image")
    var writer = ByteWriter()
    writer.append(magic)
    writer.append(form)
    writer.append(count: first)
    writer.append(count: count)
    writer.append(UInt32(shape.count))
    for length in shape { writer.append(count: length) }
    writer.append(count: labels?.count ?? 0)
    for label in labels ?? [] { writer.append(UInt32(bitPattern: Int32(label))) }
    writer.append(count: table.count)
    for value in table { writer.append(value) }
    writer.pad(to: 8)
    writer.reserve(count * shape.product * (form == 1 ? 1 : 4))
    return writer
  }

  private static func channels(_ shape: [Int]) -> Int { shape.count == 3 ? shape[0] : 1 }

  /// Reads a chunk strictly; the images stay where they are.
  ///
  /// - Throws: `WireError` naming what is wrong.
  package init(decoding bytes: [UInt8]) throws(WireError) {
    var reader = ByteReader(bytes)
    guard bytes.count >= 8, try reader.bytes(4, "chunk") == Self.magic else {
      throw WireError("chunk", .foreign)
    }
    let form: UInt32 = try reader.integer("form")
    guard form == 1 || form == 2 else { throw WireError("form", .malformed("form \(form)")) }
    first = try reader.count("first image", limit: 1 << 40)
    count = try reader.count("images", limit: bytes.count)
    let axes: UInt32 = try reader.integer("axes")
    guard axes <= TensorBundle.rankLimit else {
      throw WireError("axes", .outOfRange(found: "\(axes)", limit: "\(TensorBundle.rankLimit)"))
    }
    var shape: [Int] = []
    var size = form == 1 ? 1 : 4
    for _ in 0..<axes {
      let length = try reader.count("axis", limit: bytes.count)
      let (next, overflow) = size.multipliedReportingOverflow(by: length)
      guard length > 0, !overflow, next <= bytes.count else {
        throw WireError("axis", .malformed("its images are larger than it is"))
      }
      size = next
      shape.append(length)
    }
    self.shape = shape
    let labelCount = try reader.count("labels", limit: reader.remaining / 4)
    guard labelCount == 0 || labelCount == count else {
      throw WireError("labels", .malformed("\(labelCount) labels of \(count) images"))
    }
    var labels: [Int32] = []
    for _ in 0..<labelCount {
      labels.append(Int32(bitPattern: try reader.integer("label") as UInt32))
    }
    self.labels = labelCount > 0 ? labels : nil
    let tableCount = try reader.count("table", limit: reader.remaining / 4)
    guard tableCount == (form == 1 ? 256 * Self.channels(shape) : 0) else {
      throw WireError("table", .malformed("\(tableCount) values"))
    }
    var table: [Float] = []
    for _ in 0..<tableCount { table.append(try reader.float("table")) }
    self.table = form == 1 ? table : nil
    try reader.skipPadding(to: 8, "chunk")
    start = reader.offset
    guard count > 0, reader.remaining / size == count, reader.remaining % size == 0 else {
      throw WireError("images", .malformed("\(reader.remaining) bytes for \(count) images"))
    }
    self.bytes = bytes
  }

  /// Copies an image by its number in the data set.
  ///
  /// - Precondition: the chunk holds it, and `target` has room for it from index `place` on.
  package func copy(image number: Int, into target: inout [Float], at place: Int) {
    precondition(number >= first && number < first + count, "image \(number) is elsewhere")
    let size = shape.product
    let from = start + (number - first) * size * (table == nil ? 4 : 1)
    if let table {
      let plane = size / (table.count / 256)
      for index in 0..<size {
        target[place + index] = table[index / plane * 256 + Int(bytes[from + index])]
      }
    } else {
      unsafe target.withUnsafeMutableBytes { target in
        unsafe bytes.withUnsafeBytes { source in
          unsafe UnsafeMutableRawBufferPointer(rebasing: target[place * 4..<(place + size) * 4])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<from + size * 4]))
        }
      }
    }
  }
}
