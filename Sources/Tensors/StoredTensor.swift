/// A constant tensor as a file stores it: element type, shape and little-endian bytes, either
/// owned or in place in a mapped file.
///
/// Elements narrower than a byte are packed with the first element in the lowest bits.
package struct StoredTensor: Sendable {
  package let type: ElementType
  package let shape: [Int]
  private let storage: Storage

  private enum Storage: Sendable {
    case owned([UInt8])
    case mapped(MappedFile, Range<Int>)
  }

  package var elementCount: Int { shape.product }
  package var byteCount: Int { type.byteCount(of: elementCount) }

  /// - Precondition: `bytes.count` is what `type` and `shape` need.
  package init(type: ElementType, shape: [Int], bytes: [UInt8]) {
    precondition(bytes.count == type.byteCount(of: shape.product), "byte count does not fit shape")
    self.type = type
    self.shape = shape
    self.storage = .owned(bytes)
  }

  /// A tensor whose bytes stay in `file`.
  /// - Precondition: `range` lies in the file and has the size that `type` and `shape` need.
  package init(type: ElementType, shape: [Int], file: MappedFile, range: Range<Int>) {
    precondition(range.count == type.byteCount(of: shape.product), "byte count does not fit shape")
    precondition(range.lowerBound >= 0 && range.upperBound <= file.count, "outside the file")
    self.type = type
    self.shape = shape
    self.storage = .mapped(file, range)
  }

  /// An fp32 tensor stored as such.
  package init(_ tensor: Tensor) {
    self.init(
      type: .float32, shape: tensor.shape, bytes: tensor.values.flatMap(\.littleEndianBytes))
  }

  /// An int64 vector or scalar.
  package init(int64 values: [Int], shape: [Int]? = nil) {
    self.init(
      type: .int64, shape: shape ?? [values.count],
      bytes: values.flatMap { Int64($0).littleEndianBytes })
  }

  /// Runs `body` over the stored bytes, without a copy.
  package func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch storage {
    case .owned(let bytes):
      return try body(unsafe bytes.span.bytes)
    case .mapped(let file, let range):
      return try file.withBytes { (all: RawSpan) throws(Failure) in
        try body(all.extracting(range))
      }
    }
  }

  /// The stored bytes as an array (a copy when they lie in a mapped file).
  package var bytes: [UInt8] {
    switch storage {
    case .owned(let bytes): bytes
    case .mapped(let file, let range): file.bytes(range)
    }
  }

  /// All elements as fp32; wider types are rounded. Complexity: O(elements).
  package var floats: [Float] { withBytes { decodeFloats($0, type: type, count: elementCount) } }

  /// All elements as integers, or nil when the type is floating point.
  package var integers: [Int]? {
    type.integerRange == nil
      ? nil : withBytes { decodeIntegers($0, type: type, count: elementCount) }
  }

  /// The tensor as fp32.
  package var tensor: Tensor { Tensor(shape: shape, values: floats) }
}

extension FixedWidthInteger {
  package var littleEndianBytes: [UInt8] {
    (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) }
  }
}

extension Float {
  package var littleEndianBytes: [UInt8] { bitPattern.littleEndianBytes }
}
