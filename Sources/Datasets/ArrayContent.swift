internal import Tensors

/// An array in a file: little-endian elements in row-major order from a byte offset.
struct ArrayContent: Sendable {
  let content: FileContent
  let start: Int
  let type: ElementType
  let shape: [Int]

  /// An array from byte `start` to the end of the content, turned to little-endian where needed.
  ///
  /// - Throws: `.truncated` where the content has another size than `type` and `shape` need.
  init(
    content: FileContent, start: Int, type: ElementType, shape: [Int], isBigEndian: Bool
  ) throws(DatasetError) {
    let width = type.bitCount / 8
    var needed: Int? = width
    for extent in shape {
      guard let product = needed?.multipliedReportingOverflow(by: extent), !product.overflow else {
        needed = nil
        break
      }
      needed = product.partialValue
    }
    let present = content.count - start
    guard needed == present else {
      throw DatasetError(
        .truncated, content.path,
        "the header promises \(type) of shape \(shape), \(needed.map(String.init) ?? "too many") "
          + "bytes after byte \(start), but there are \(present)",
        remedy: "fetch or write the file again")
    }
    self.type = type
    self.shape = shape
    if isBigEndian && width > 1 {
      let bytes = content.bytes(start..<content.count)
      var swapped = bytes
      for index in bytes.indices {
        swapped[index] = bytes[index / width * width + (width - 1 - index % width)]
      }
      self.content = content.replaced(by: swapped)
      self.start = 0
    } else {
      self.content = content
      self.start = start
    }
  }

  /// The elements as labels.
  ///
  /// - Throws: `.wrongShape` for anything but `[count]` or `[count, 1]` integers,
  ///   `.labelOutOfRange` for a negative one, or one beyond `labelLimit`.
  func labels() throws(DatasetError) -> [Int] {
    let isColumn = shape.count == 2 && shape[1] == 1
    let stored = StoredTensor(
      type: type, shape: shape, bytes: content.bytes(start..<content.count))
    guard shape.count == 1 || isColumn, let labels = stored.integers else {
      throw DatasetError(
        .wrongShape, content.path, "\(type) of shape \(shape) cannot be labels",
        remedy: "give one integer per sample, shape [count]")
    }
    if let index = labels.firstIndex(where: { $0 < 0 }) {
      throw DatasetError(
        .labelOutOfRange, content.path, "label \(labels[index]) of sample \(index) is negative",
        remedy: "number the classes from 0")
    }
    if let index = labels.firstIndex(where: { $0 > labelLimit }) {
      throw DatasetError(
        .labelOutOfRange, content.path,
        "label \(labels[index]) of sample \(index) is beyond \(labelLimit)",
        remedy: "number the classes from 0; where a label is missing, leave out the sample")
    }
    return labels
  }
}

/// Larger labels are refused: no network has so many classes, and a missing label is often written
/// as the largest number of its type.
let labelLimit = Int(Int32.max)
