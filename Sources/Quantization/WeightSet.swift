package import Tensors

/// The integer levels a weight may take; its value is level × scale.
package enum WeightSet: String, Sendable, Equatable, Codable, CaseIterable {
  /// {±1}
  case binary
  /// {0, ±1}
  case ternary
  /// {0, ±1, ±2}
  case shift1
  /// {0, ±1, ±2, ±4}
  case shift2
  /// {0, ±1, ±2, ±4, ±8}
  case shift3
  /// {−127 … 127}, for the first and the last layer.
  case int8

  /// The levels above zero, ascending.
  package var magnitudes: [Int8] {
    switch self {
    case .binary, .ternary: [1]
    case .shift1: [1, 2]
    case .shift2: [1, 2, 4]
    case .shift3: [1, 2, 4, 8]
    case .int8: (1...127).map { Int8($0) }
    }
  }

  package var includesZero: Bool { self != .binary }

  /// Every level, ascending.
  package var levels: [Int8] {
    magnitudes.reversed().map { -$0 } + (includesZero ? [0] : []) + magnitudes
  }

  /// The narrowest element type that holds every level (+8 does not fit int4).
  package var storage: ElementType {
    switch self {
    case .binary, .ternary: .int2
    case .shift1, .shift2: .int4
    case .shift3, .int8: .int8
    }
  }

  /// Whether the levels are equidistant and too many to try one by one.
  var isUniform: Bool { self == .int8 }
}

/// How many weights share one scale.
package enum ScaleGranularity: String, Sendable, Equatable, Codable, CaseIterable {
  /// One scale per output channel (TSQ).
  case row
  /// One scale per layer (the ADMM paper); couples all rows.
  case layer
}
