internal import Glibc
internal import Tensors

/// A function of one element of any type.
private func element(
  opset: Int = 13, to type: ElementType? = nil,
  reals: @escaping @Sendable (GeneralOperation, Float) -> Float,
  integers: @escaping @Sendable (GeneralOperation, Int) -> Int
) -> OperatorRule {
  OperatorRule(opset: opset) { _, operands throws(ShapeProblem) in
    let own = try operands.type(0)
    return ResultForm(type ?? own, try operands.shape(0))
  } compute: { operation, operands, form throws(ShapeProblem) in
    switch try operands.constant(0).elements {
    case .reals(let values):
      let results = values.map { reals(operation, $0) }
      return form.type.isReal ? .reals(results) : .integers(results.map { Int($0) })
    case .integers(let values):
      return .integers(values.map { form.type.wrapping(integers(operation, $0)) })
    }
  }
}

extension GeneralOperation {
  static let elementRules: [String: OperatorRule] = [
    "Abs": element {
      abs($1)
    } integers: {
      $1 < 0 ? 0 &- $1 : $1
    },
    "BitwiseNot": element(opset: 18) {
      $1
    } integers: {
      ~$1
    },
    "Identity": element {
      $1
    } integers: {
      $1
    },
    "IsInf": element(opset: 20, to: .bool) { operation, x in
      guard x.isInfinite else { return 0 }
      return operation.flag(x < 0 ? "detect_negative" : "detect_positive", true) ? 1 : 0
    } integers: { _, _ in
      0
    },
    "IsNaN": element(to: .bool) {
      $1.isNaN ? 1 : 0
    } integers: { _, _ in
      0
    },
    "Neg": element {
      -$1
    } integers: {
      0 &- $1
    },
    "Not": element(to: .bool) {
      $1 == 0 ? 1 : 0
    } integers: {
      $1 == 0 ? 1 : 0
    },
    "Relu": element(opset: 14) {
      $1 < 0 ? 0 : $1
    } integers: {
      max($1, 0)
    },
    "Shrink": element { operation, x in
      let bias = operation.real("bias", 0)
      let bound = operation.real("lambd", 0.5)
      return x < -bound ? x + bias : x > bound ? x - bias : 0
    } integers: { operation, x in
      let bias = Int(clampedFrom: operation.real("bias", 0))
      let bound = operation.real("lambd", 0.5)
      return Float(x) < -bound ? x &+ bias : Float(x) > bound ? x &- bias : 0
    },
    "Sign": element {
      $1 > 0 ? 1 : $1 < 0 ? -1 : $1
    } integers: {
      $1.signum()
    },
    "Cast": OperatorRule { operation, operands throws(ShapeProblem) in
      let name = operation.text("to", "")
      guard let type = ElementType(rawValue: name) else {
        throw ShapeProblem("casts to an unknown type")
      }
      return ResultForm(type, try operands.shape(0))
    } compute: { _, operands, form throws(ShapeProblem) in
      try operands.constant(0).elements.cast(to: form.type)
    },
    "CastLike": OperatorRule(opset: 15) { _, operands throws(ShapeProblem) in
      ResultForm(try operands.type(1), try operands.shape(0))
    } compute: { _, operands, form throws(ShapeProblem) in
      try operands.constant(0).elements.cast(to: form.type)
    },
    "Clip": OperatorRule { _, operands throws(ShapeProblem) in
      ResultForm(try operands.type(0), try operands.shape(0))
    } compute: { _, operands, _ throws(ShapeProblem) in
      let (lower, upper) = (try operands.optional(1), try operands.optional(2))
      switch try operands.constant(0).elements {
      case .reals(let values):
        let low = lower?.reals.first ?? -.infinity
        let high = upper?.reals.first ?? .infinity
        return .reals(values.map { $0 < low ? min(low, high) : $0 > high ? high : $0 })
      case .integers(let values):
        let low = lower?.integers?.first ?? .min
        let high = upper?.integers?.first ?? .max
        return .integers(values.map { min(max($0, low), high) })
      }
    },
    "Dropout": OperatorRule { operation, operands throws(ShapeProblem) in
      ResultForm(operation.output == 0 ? try operands.type(0) : .bool, try operands.shape(0))
    } compute: { operation, operands, form throws(ShapeProblem) in
      operation.output == 0
        ? try operands.constant(0).elements
        : .integers([Int](repeating: 1, count: form.shape.product))
    },
  ]
}

extension Int {
  /// Towards zero; what no `Int` can be becomes the nearest one, and NaN 0.
  init(clampedFrom value: Float) {
    if value.isNaN {
      self = 0
    } else if value >= 0x1p63 {
      self = .max
    } else if value <= -0x1p63 {
      self = .min
    } else {
      self = Int(value)
    }
  }
}

extension TypedTensor.Elements {
  /// Towards zero from floats to integers, wrapping from wide to narrow ones.
  func cast(to type: ElementType) -> Self {
    switch self {
    case .reals(let values):
      if type.isReal { return .reals(values.map(type.rounding)) }
      if type == .bool { return .integers(values.map { $0 == 0 ? 0 : 1 }) }
      // Codes of four bits and less saturate, as in quantization.
      if type.bitCount < 8, let range = type.integerRange {
        return .integers(
          values.map { min(max(Int(clampedFrom: $0), range.lowerBound), range.upperBound) })
      }
      return .integers(values.map { type.wrapping(Int(clampedFrom: $0)) })
    case .integers(let values):
      if type.isReal { return .reals(values.map { type.rounding(Float($0)) }) }
      return .integers(values.map(type.wrapping))
    }
  }
}
