/// A dense tensor of floats or integers in row-major order, a value.
///
/// Every floating-point type is held as fp32, and every integer type and bool as `Int`; 64-bit
/// unsigned integers beyond `Int.max` are held as that.
package struct TypedTensor: Sendable, Equatable {
  /// Row-major, last axis fastest.
  package enum Elements: Sendable, Equatable {
    case reals([Float])
    case integers([Int])
  }

  package let type: ElementType
  package let shape: [Int]
  package let elements: Elements

  package var count: Int {
    switch elements {
    case .reals(let values): values.count
    case .integers(let values): values.count
    }
  }

  /// - Precondition: the elements fill the shape and are of the type's kind.
  package init(type: ElementType, shape: [Int], _ elements: Elements) {
    self.type = type
    self.shape = shape
    self.elements = elements
    precondition(count == shape.product, "\(count) elements for the shape \(shape)")
    if case .reals = elements {
      precondition(type.integerRange == nil, "\(type) holds integers")
    } else {
      precondition(type.integerRange != nil, "\(type) holds floats")
    }
  }

  /// fp32.
  package init(shape: [Int], _ values: [Float]) {
    self.init(type: .float32, shape: shape, .reals(values))
  }

  /// Integers or booleans; what is beyond the type's range wraps around.
  package init(_ type: ElementType = .int64, shape: [Int], integers: [Int]) {
    self.init(type: type, shape: shape, .integers(integers.map(type.wrapping)))
  }

  package init(_ tensor: StoredTensor) {
    if let integers = tensor.integers {
      self.init(type: tensor.type, shape: tensor.shape, .integers(integers))
    } else {
      self.init(type: tensor.type, shape: tensor.shape, .reals(tensor.floats))
    }
  }

  /// The elements as fp32.
  package var reals: [Float] {
    switch elements {
    case .reals(let values): values
    case .integers(let values): values.map { Float($0) }
    }
  }

  /// The elements as integers, or nil for a floating-point type.
  package var integers: [Int]? {
    if case .integers(let values) = elements { values } else { nil }
  }

  package var tensor: Tensor { Tensor(shape: shape, values: reals) }

  /// The tensor as it is stored: floats as fp32, integers in their own type.
  package var stored: StoredTensor {
    switch elements {
    case .reals(let values): return StoredTensor(Tensor(shape: shape, values: values))
    case .integers(let values):
      if type.bitCount < 8 {
        let codes = values.map { Int8(truncatingIfNeeded: $0) }
        return StoredTensor(
          type: type, shape: shape, bytes: packBits(codes, bits: type.bitCount))
      }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(values.count * type.bitCount / 8)
      for value in values {
        for shift in stride(from: 0, to: type.bitCount, by: 8) {
          bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
      }
      return StoredTensor(type: type, shape: shape, bytes: bytes)
    }
  }

  /// The same elements under another shape of equal size.
  package func reshaped(to shape: [Int]) -> TypedTensor {
    TypedTensor(type: type, shape: shape, elements)
  }
}

extension ElementType {
  /// Whether values of this type are computed as floats.
  package var isReal: Bool { integerRange == nil }

  /// `value` modulo the values of this integer type; for bool whether it is other than 0.
  package func wrapping(_ value: Int) -> Int {
    switch self {
    case .bool: return value == 0 ? 0 : 1
    case .int64, .uint64: return value
    case .int8, .int16, .int32, .int4, .int2:
      let unused = Int.bitWidth - bitCount
      return (value << unused) >> unused
    case .uint8, .uint16, .uint32, .uint4, .uint2: return value & ((1 << bitCount) - 1)
    case .float32, .float16, .bfloat16, .float64: return value
    }
  }

  /// `value` as the nearest one that this floating-point type can hold.
  package func rounding(_ value: Float) -> Float {
    switch self {
    case .float16:
      guard value.isFinite else { return value }
      // Below 2⁻¹⁴ the steps are 2⁻²⁴; above, 11 bits are kept.
      let exponent = max(value == 0 ? -14 : Int(value.exponent), -14)
      let step = Float(sign: .plus, exponent: exponent - 10, significand: 1)
      let rounded = (value / step).rounded(.toNearestOrEven) * step
      return abs(rounded) > 65504 ? (rounded < 0 ? -.infinity : .infinity) : rounded
    case .bfloat16:
      guard value.isFinite else { return value }
      let bits = value.bitPattern
      return Float(bitPattern: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) & 0xFFFF_0000)
    default: return value
    }
  }
}
