package import Tensors

/// Named arrays with shapes, in one fixed little-endian layout: what statistics, solutions and data
/// shards are made of.
///
/// The same arrays appended in the same order give the same bytes, so bundles may be compared and
/// named by their hash.
package struct TensorBundle: Sendable {
  /// The elements of one array.
  package enum Elements: Sendable, Equatable {
    case float32([Float])
    case float64([Double])
    case int8([Int8])
    case uint8([UInt8])
    case int32([Int32])
    case int64([Int64])

    package var count: Int {
      switch self {
      case .float32(let values): values.count
      case .float64(let values): values.count
      case .int8(let values): values.count
      case .uint8(let values): values.count
      case .int32(let values): values.count
      case .int64(let values): values.count
      }
    }

    package var elementType: ElementType {
      switch self {
      case .float32: .float32
      case .float64: .float64
      case .int8: .int8
      case .uint8: .uint8
      case .int32: .int32
      case .int64: .int64
      }
    }
  }

  /// One array: its elements in row-major order of `shape`.
  package struct Entry: Sendable, Equatable {
    package let name: String
    package let shape: [Int]
    package let elements: Elements
  }

  /// All arrays in the order of appending.
  package private(set) var entries: [Entry] = []
  private var positions: [String: Int] = [:]

  package init() {}

  /// Adds an array.
  ///
  /// - Parameter shape: its product is the number of elements; nil for one axis of all elements.
  /// - Precondition: the name is new, and shape and elements agree.
  package mutating func append(_ name: String, shape: [Int]? = nil, _ elements: Elements) {
    let shape = shape ?? [elements.count]
    precondition(positions[name] == nil, "the bundle has '\(name)' already")
    precondition(
      shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == elements.count,
      "'\(name)' has \(elements.count) elements for the shape \(shape)")
    precondition(shape.count <= TensorBundle.rankLimit, "'\(name)' has too many axes")
    precondition(name.utf8.count <= TensorBundle.nameByteLimit, "the name '\(name)' is too long")
    precondition(entries.count < TensorBundle.entryLimit, "the bundle is full")
    positions[name] = entries.count
    entries.append(Entry(name: name, shape: shape, elements: elements))
  }

  /// Whether an array of this name is there.
  package func contains(_ name: String) -> Bool { positions[name] != nil }

  /// The array of this name.
  ///
  /// - Throws: `WireError` `.missing`.
  package func entry(_ name: String) throws(WireError) -> Entry {
    guard let position = positions[name] else { throw WireError(name, .missing) }
    return entries[position]
  }

  /// The array of 32-bit floating-point values of this name.
  ///
  /// - Parameter shape: checked when given.
  /// - Throws: `WireError` when it is missing, of another type or of another shape.
  package func float32(_ name: String, shape: [Int]? = nil) throws(WireError) -> [Float] {
    guard case .float32(let values) = try entry(name, shape).elements else {
      throw mismatch(name, .float32)
    }
    return values
  }

  /// Like `float32(_:shape:)`.
  package func float64(_ name: String, shape: [Int]? = nil) throws(WireError) -> [Double] {
    guard case .float64(let values) = try entry(name, shape).elements else {
      throw mismatch(name, .float64)
    }
    return values
  }

  /// Like `float32(_:shape:)`.
  package func int8(_ name: String, shape: [Int]? = nil) throws(WireError) -> [Int8] {
    guard case .int8(let values) = try entry(name, shape).elements else {
      throw mismatch(name, .int8)
    }
    return values
  }

  /// Like `float32(_:shape:)`.
  package func uint8(_ name: String, shape: [Int]? = nil) throws(WireError) -> [UInt8] {
    guard case .uint8(let values) = try entry(name, shape).elements else {
      throw mismatch(name, .uint8)
    }
    return values
  }

  /// Like `float32(_:shape:)`.
  package func int32(_ name: String, shape: [Int]? = nil) throws(WireError) -> [Int32] {
    guard case .int32(let values) = try entry(name, shape).elements else {
      throw mismatch(name, .int32)
    }
    return values
  }

  /// Like `float32(_:shape:)`.
  package func int64(_ name: String, shape: [Int]? = nil) throws(WireError) -> [Int64] {
    guard case .int64(let values) = try entry(name, shape).elements else {
      throw mismatch(name, .int64)
    }
    return values
  }

  private func entry(_ name: String, _ shape: [Int]?) throws(WireError) -> Entry {
    let entry = try entry(name)
    if let shape, entry.shape != shape {
      throw WireError(name, .malformed("its shape is \(entry.shape), expected \(shape)"))
    }
    return entry
  }

  private func mismatch(_ name: String, _ expected: ElementType) -> WireError {
    let found = positions[name].map { entries[$0].elements.elementType.rawValue } ?? "missing"
    return WireError(name, .malformed("its elements are \(found), expected \(expected.rawValue)"))
  }
}
