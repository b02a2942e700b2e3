internal import Glibc
internal import Tensors

/// A function of two elements, or of more one after the other, with numpy's broadcasting.
private struct BinaryRule: Sendable {
  var result: ElementType?
  var reals: @Sendable (GeneralOperation, Float, Float) -> Float
  var integers: @Sendable (GeneralOperation, Int, Int) -> Int

  func rule(opset: Int = 13) -> OperatorRule {
    OperatorRule(opset: opset) { operation, operands throws(ShapeProblem) in
      let type = try operands.type(0)
      var shape = try operands.shape(0)
      for index in 1..<max(operands.count, 1) {
        guard try operands.type(index).isReal == type.isReal || operation.name == "Pow" else {
          throw ShapeProblem("mixes \(type) and \(try operands.type(index))")
        }
        guard let next = broadcast(shape, try operands.shape(index)) else {
          throw ShapeProblem("the shapes cannot be broadcast to each other")
        }
        shape = next
      }
      return ResultForm(result ?? type, shape)
    } compute: { operation, operands, form throws(ShapeProblem) in
      let type = try operands.type(0)
      var sum = try operands.constant(0)
      var shape = sum.shape
      for index in 1..<max(operands.count, 1) {
        let next = try operands.constant(index)
        guard let joined = broadcast(shape, next.shape) else { throw ShapeProblem("shapes differ") }
        shape = joined
        let last = index == operands.count - 1
        sum = TypedTensor(
          type: last ? form.type : type, shape: shape,
          apply(operation, sum, next, shape, last ? form.type : type))
      }
      return sum.elements
    }
  }

  private func apply(
    _ operation: GeneralOperation, _ a: TypedTensor, _ b: TypedTensor, _ shape: [Int],
    _ type: ElementType
  ) -> TypedTensor.Elements {
    let (left, right) = (Places(a.shape, shape), Places(b.shape, shape))
    let count = shape.product
    guard let x = a.integers, let y = b.integers else {
      let (x, y) = (a.reals, b.reals)
      let values = (0..<count).map { reals(operation, x[left[$0]], y[right[$0]]) }
      return type.isReal
        ? .reals(values) : .integers(values.map { type.wrapping(Int(clampedFrom: $0)) })
    }
    return .integers(
      (0..<count).map { type.wrapping(integers(operation, x[left[$0]], y[right[$0]])) })
  }
}

/// Where the elements of a broadcast result come from.
struct Places {
  private let sources: [Int]?
  private let isScalar: Bool

  init(_ shape: [Int], _ result: [Int]) {
    isScalar = shape.product == 1
    sources = shape == result || isScalar ? nil : broadcastSources(shape, to: result)
  }

  @inline(__always)
  subscript(index: Int) -> Int {
    if let sources { return sources[index] }
    return isScalar ? 0 : index
  }
}

private func arithmetic(
  opset: Int = 13, _ reals: @escaping @Sendable (Float, Float) -> Float,
  integers: @escaping @Sendable (Int, Int) -> Int
) -> OperatorRule {
  BinaryRule {
    reals($1, $2)
  } integers: {
    integers($1, $2)
  }.rule(opset: opset)
}

private func comparison(
  opset: Int = 13, _ reals: @escaping @Sendable (Float, Float) -> Bool,
  integers: @escaping @Sendable (Int, Int) -> Bool
) -> OperatorRule {
  BinaryRule(result: .bool) {
    reals($1, $2) ? 1 : 0
  } integers: {
    integers($1, $2) ? 1 : 0
  }
  .rule(opset: opset)
}

private func bitwise(_ function: @escaping @Sendable (Int, Int) -> Int) -> OperatorRule {
  arithmetic(opset: 18) { a, _ in
    a
  } integers: {
    function($0, $1)
  }
}

/// Towards zero; by 0 it gives 0.
private func quotient(_ a: Int, _ b: Int) -> Int {
  b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue
}

private func modulo(_ a: Int, _ b: Int) -> Int {
  guard b != 0 else { return 0 }
  let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
}

/// Wraps around as integer products do.
private func power(_ base: Int, _ exponent: Int) -> Int {
  if exponent < 0 { return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0 }
  var (result, factor, rest) = (1, base, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result = result &* factor }
    factor = factor &* factor
    rest >>= 1
  }
  return result
}

extension GeneralOperation {
  static let binaryRules: [String: OperatorRule] = [
    "Add": arithmetic(opset: 14) {
      $0 + $1
    } integers: {
      $0 &+ $1
    },
    "Sub": arithmetic(opset: 14) {
      $0 - $1
    } integers: {
      $0 &- $1
    },
    "Mul": arithmetic(opset: 14) {
      $0 * $1
    } integers: {
      $0 &* $1
    },
    "Div": arithmetic(opset: 14) {
      $0 / $1
    } integers: {
      quotient($0, $1)
    },
    "Sum": arithmetic {
      $0 + $1
    } integers: {
      $0 &+ $1
    },
    "Max": arithmetic {
      $0.isNaN || $0 > $1 ? $0 : $1
    } integers: {
      max($0, $1)
    },
    "Min": arithmetic {
      $0.isNaN || $0 < $1 ? $0 : $1
    } integers: {
      min($0, $1)
    },
    "Pow": BinaryRule {
      Float(pow(Double($1), Double($2)))
    } integers: {
      power($1, $2)
    }
    .rule(opset: 15),
    "PRelu": arithmetic(opset: 16) {
      $0 < 0 ? $0 * $1 : $0
    } integers: {
      $0 < 0 ? $0 &* $1 : $0
    },
    "Mod": BinaryRule { operation, a, b in
      let rest = fmodf(a, b)
      return operation.flag("fmod") || rest == 0 || (rest < 0) == (b < 0) ? rest : rest + b
    } integers: { operation, a, b in
      operation.flag("fmod")
        ? (b == 0 ? 0 : a.remainderReportingOverflow(dividingBy: b).partialValue) : modulo(a, b)
    }.rule(),
    "Equal": comparison {
      $0 == $1
    } integers: {
      $0 == $1
    },
    "Greater": comparison {
      $0 > $1
    } integers: {
      $0 > $1
    },
    "GreaterOrEqual": comparison(opset: 16) {
      $0 >= $1
    } integers: {
      $0 >= $1
    },
    "Less": comparison {
      $0 < $1
    } integers: {
      $0 < $1
    },
    "LessOrEqual": comparison(opset: 16) {
      $0 <= $1
    } integers: {
      $0 <= $1
    },
    "And": comparison {
      $0 != 0 && $1 != 0
    } integers: {
      $0 & $1 != 0
    },
    "Or": comparison {
      $0 != 0 || $1 != 0
    } integers: {
      $0 | $1 != 0
    },
    "Xor": comparison {
      ($0 != 0) != ($1 != 0)
    } integers: {
      $0 ^ $1 != 0
    },
    "BitwiseAnd": bitwise { $0 & $1 }, "BitwiseOr": bitwise { $0 | $1 },
    "BitwiseXor": bitwise { $0 ^ $1 },
    "BitShift": BinaryRule { _, a, _ in
      a
    } integers: { operation, a, b in
      guard (0..<64).contains(b) else { return 0 }
      let bits = UInt(bitPattern: a)
      let isLeft = operation.text("direction", "LEFT") == "LEFT"
      return Int(bitPattern: isLeft ? bits << UInt(b) : bits >> UInt(b))
    }.rule(),
    "Where": OperatorRule(opset: 16) { _, operands throws(ShapeProblem) in
      guard
        let pair = broadcast(try operands.shape(1), try operands.shape(2)),
        let shape = broadcast(try operands.shape(0), pair)
      else { throw ShapeProblem("the shapes cannot be broadcast to each other") }
      let type = try operands.type(1)
      guard try operands.type(2).isReal == type.isReal else {
        throw ShapeProblem("chooses between \(type) and \(try operands.type(2))")
      }
      return ResultForm(type, shape)
    } compute: { _, operands, form throws(ShapeProblem) in
      let (condition, a, b) = (
        try operands.constant(0), try operands.constant(1), try operands.constant(2)
      )
      let places = [condition, a, b].map { Places($0.shape, form.shape) }
      let chosen = condition.reals
      let range = 0..<form.shape.product
      if let x = a.integers, let y = b.integers {
        return .integers(
          range.map { chosen[places[0][$0]] != 0 ? x[places[1][$0]] : y[places[2][$0]] })
      }
      let (x, y) = (a.reals, b.reals)
      return .reals(
        range.map { chosen[places[0][$0]] != 0 ? x[places[1][$0]] : y[places[2][$0]] })
    },
  ]
}
