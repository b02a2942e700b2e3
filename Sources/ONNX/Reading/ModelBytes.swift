internal import Tensors

/// The bytes of a model: a mapped file, or an array.
enum ModelBytes {
  case mapped(MappedFile)
  case owned([UInt8])

  var count: Int {
    switch self {
    case .mapped(let file): file.count
    case .owned(let bytes): bytes.count
    }
  }

  func withBytes<Result>(
    _ body: (RawSpan) throws(ONNXProblem) -> Result
  ) throws(ONNXProblem) -> Result {
    switch self {
    case .mapped(let file): try file.withBytes(body)
    case .owned(let bytes): try body(unsafe bytes.span.bytes)
    }
  }

  /// A tensor over `range`, in place where the bytes are mapped.
  /// - Precondition: `range` lies within the bytes and has the size of `type` and `shape`.
  func tensor(type: ElementType, shape: [Int], range: Range<Int>) -> StoredTensor {
    switch self {
    case .mapped(let file): StoredTensor(type: type, shape: shape, file: file, range: range)
    case .owned(let bytes): StoredTensor(type: type, shape: shape, bytes: Array(bytes[range]))
    }
  }
}

extension Array where Element == UInt8 {
  /// Appends the part `range` of `bytes`.
  mutating func append(_ range: Range<Int>, of bytes: RawSpan) {
    unsafe bytes.extracting(range).withUnsafeBytes { unsafe append(contentsOf: $0) }
  }
}
