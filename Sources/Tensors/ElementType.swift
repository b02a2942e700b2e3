/// The element types that weights, codes and data files can have.
package enum ElementType: String, Sendable, Equatable, CaseIterable, Codable {
  case float32, float16, bfloat16, float64
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case bool
  case int4, uint4
  case int2, uint2

  /// Storage of one element, in bits.
  package var bitCount: Int {
    switch self {
    case .int2, .uint2: 2
    case .int4, .uint4: 4
    case .int8, .uint8, .bool: 8
    case .int16, .uint16, .float16, .bfloat16: 16
    case .int32, .uint32, .float32: 32
    case .int64, .uint64, .float64: 64
    }
  }

  /// Bytes that `count` elements take when packed densely, rounded up to whole bytes.
  package func byteCount(of count: Int) -> Int { (count * bitCount + 7) / 8 }

  /// The integer values this type can hold, or nil for a floating-point type.
  package var integerRange: ClosedRange<Int>? {
    switch self {
    case .int2: -2...1
    case .uint2: 0...3
    case .int4: -8...7
    case .uint4: 0...15
    case .int8: -128...127
    case .uint8: 0...255
    case .bool: 0...1
    case .int16: -32768...32767
    case .uint16: 0...65535
    case .int32: Int(Int32.min)...Int(Int32.max)
    case .uint32: 0...Int(UInt32.max)
    case .int64: Int.min...Int.max
    case .uint64: 0...Int.max
    case .float32, .float16, .bfloat16, .float64: nil
    }
  }
}
