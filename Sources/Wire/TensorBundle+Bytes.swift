internal import Tensors

// The layout, little-endian; every array starts at a multiple of eight bytes:
//
//     bundle   magic "tsqB", entry count (32 bits), the entries, padding to 8, the arrays
//     entry    name length (32 bits), name (UTF-8), type (8 bits), rank (8 bits), two zero bytes,
//              one length per axis (64 bits each)
//     array    the elements in row-major order, zero padding to 8

extension TensorBundle {
  static let magic = Array("tsqB".utf8)
  /// Arrays in one bundle.
  package static let entryLimit = 1 << 16
  package static let nameByteLimit = 1_024
  package static let rankLimit = 8

  /// The bundle's bytes.
  package func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(TensorBundle.magic)
    writer.append(UInt32(entries.count))
    for entry in entries {
      writer.append(text: entry.name)
      writer.append(entry.elements.code)
      writer.append(UInt8(entry.shape.count))
      writer.append(UInt16(0))
      for length in entry.shape { writer.append(count: length) }
    }
    writer.pad(to: 8)
    writer.reserve(entries.reduce(0) { $0 + $1.elements.byteCount + 8 })
    for entry in entries {
      writer.append(entry.elements.littleEndianBytes)
      writer.pad(to: 8)
    }
    return writer.bytes
  }

  /// Reads a bundle strictly: all lengths are checked against the bytes before anything is made.
  ///
  /// - Throws: `WireError` naming the array and what is wrong with it.
  package init(decoding bytes: [UInt8]) throws(WireError) {
    self.init()
    var reader = ByteReader(bytes)
    guard bytes.count >= 8, try reader.bytes(4, "bundle") == TensorBundle.magic else {
      throw WireError("bundle", .foreign)
    }
    let count: UInt32 = try reader.integer("bundle count")
    // An entry takes eight bytes at least.
    guard count <= TensorBundle.entryLimit, Int(count) <= reader.remaining / 8 else {
      throw WireError("bundle count", .outOfRange(found: "\(count)", limit: "what the bytes hold"))
    }
    var heads: [Head] = []
    var names: Set<String> = []
    var total = 0
    for _ in 0..<count {
      let head = try Head(&reader)
      guard names.insert(head.name).inserted else {
        throw WireError(head.name, .malformed("the name occurs twice"))
      }
      total += head.byteCount
      guard total <= reader.remaining else { throw WireError(head.name, .truncated) }
      heads.append(head)
    }
    try reader.skipPadding(to: 8, "bundle")
    for head in heads {
      let raw = try reader.bytes(head.byteCount, head.name)
      try reader.skipPadding(to: 8, head.name)
      append(head.name, shape: head.shape, Elements(head.type, raw))
    }
    try reader.finish("bundle")
  }

  /// What precedes the arrays.
  private struct Head {
    let name: String
    let type: ElementType
    let shape: [Int]
    let byteCount: Int

    init(_ reader: inout ByteReader) throws(WireError) {
      let name = try reader.text("array name", limit: TensorBundle.nameByteLimit)
      let code: UInt8 = try reader.integer(name)
      guard let type = Elements.types[code] else {
        throw WireError(name, .malformed("its element type \(code) is unknown"))
      }
      let rank: UInt8 = try reader.integer(name)
      guard rank <= TensorBundle.rankLimit else {
        throw WireError(
          name, .outOfRange(found: "\(rank) axes", limit: "\(TensorBundle.rankLimit)"))
      }
      let zero: UInt16 = try reader.integer(name)
      guard zero == 0 else { throw WireError(name, .malformed("reserved bytes are not zero")) }
      var shape: [Int] = []
      var product = 1
      for _ in 0..<rank {
        let length = try reader.count(name, limit: WireLimits.blobBytes)
        let (next, overflow) = product.multipliedReportingOverflow(by: length)
        guard !overflow, next <= WireLimits.blobBytes else {
          throw WireError(name, .malformed("its shape is too large"))
        }
        product = next
        shape.append(length)
      }
      self.name = name
      self.type = type
      self.shape = shape
      byteCount = type.byteCount(of: product)
    }
  }
}

extension TensorBundle.Elements {
  /// Numbers of the element types in the layout; never reused.
  static let types: [UInt8: ElementType] = [
    1: .float32, 2: .float64, 3: .int8, 4: .uint8, 5: .int32, 6: .int64,
  ]

  var code: UInt8 {
    switch self {
    case .float32: 1
    case .float64: 2
    case .int8: 3
    case .uint8: 4
    case .int32: 5
    case .int64: 6
    }
  }

  var byteCount: Int { elementType.byteCount(of: count) }

  /// The elements in memory order, which on the machines that this builds for is little-endian.
  var littleEndianBytes: [UInt8] {
    switch self {
    case .float32(let values): unsafe values.withUnsafeBytes { unsafe Array($0) }
    case .float64(let values): unsafe values.withUnsafeBytes { unsafe Array($0) }
    case .int8(let values): unsafe values.withUnsafeBytes { unsafe Array($0) }
    case .uint8(let values): values
    case .int32(let values): unsafe values.withUnsafeBytes { unsafe Array($0) }
    case .int64(let values): unsafe values.withUnsafeBytes { unsafe Array($0) }
    }
  }

  /// - Precondition: `bytes` holds whole elements.
  init(_ type: ElementType, _ bytes: [UInt8]) {
    switch type {
    case .float32: self = .float32(elements(bytes, zero: Float(0)))
    case .float64: self = .float64(elements(bytes, zero: Double(0)))
    case .int8: self = .int8(elements(bytes, zero: Int8(0)))
    case .uint8: self = .uint8(bytes)
    case .int32: self = .int32(elements(bytes, zero: Int32(0)))
    case .int64: self = .int64(elements(bytes, zero: Int64(0)))
    default: preconditionFailure("bundles hold no \(type.rawValue)")
    }
  }
}

/// Copies little-endian bytes into an array of trivial elements.
private func elements<Element: BitwiseCopyable>(_ bytes: [UInt8], zero: Element) -> [Element] {
  let count = bytes.count / MemoryLayout<Element>.stride
  precondition(count * MemoryLayout<Element>.stride == bytes.count, "an element is cut")
  var values = [Element](repeating: zero, count: count)
  unsafe values.withUnsafeMutableBytes { target in
    unsafe bytes.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
  }
  return values
}

#if _endian(big)
  #error("arrays are stored in memory order, which must be little-endian")
#endif
