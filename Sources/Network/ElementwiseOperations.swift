/// An element-wise function of one operand.
package enum Unary: Sendable, Equatable {
  case absolute
  case exponential
  /// x · max(0, min(1, x / 6 + 1 / 2)).
  case hardSwish
  /// Natural.
  case logarithm
  case negation
  case sigmoid
  /// ln(1 + eˣ).
  case softplus
  case squareRoot
  case hyperbolicTangent
  /// x, and `alpha` · (eˣ − 1) below 0.
  case elu(alpha: Float)
  /// `gamma` · elu(x).
  case selu(alpha: Float, gamma: Float)
  /// `alpha` · x + `beta`, clamped to 0...1.
  case hardSigmoid(alpha: Float, beta: Float)
  case power(exponent: Float)
}

/// An element-wise function of two operands with numpy broadcasting.
package enum Binary: Sendable, Equatable {
  case subtract
  case divide
  case maximum
  case minimum
  /// A, and A · B below 0; B is broadcast to A.
  case parametricRelu
}

extension Unary {
  var operatorName: String {
    switch self {
    case .absolute: "Abs"
    case .exponential: "Exp"
    case .hardSwish: "HardSwish"
    case .logarithm: "Log"
    case .negation: "Neg"
    case .sigmoid: "Sigmoid"
    case .softplus: "Softplus"
    case .squareRoot: "Sqrt"
    case .hyperbolicTangent: "Tanh"
    case .elu: "Elu"
    case .selu: "Selu"
    case .hardSigmoid: "HardSigmoid"
    case .power: "Pow"
    }
  }
}

extension Binary {
  var operatorName: String {
    switch self {
    case .subtract: "Sub"
    case .divide: "Div"
    case .maximum: "Max"
    case .minimum: "Min"
    case .parametricRelu: "PRelu"
    }
  }

  func outputShape(_ operand: Operands) throws(ShapeProblem) -> [Int] {
    let (a, b) = (try operand(0), try operand(1))
    guard let shape = broadcast(a, b) else {
      throw ShapeProblem("the shapes cannot be broadcast to each other")
    }
    guard self != .parametricRelu || shape == a else {
      throw ShapeProblem("the slopes \(b) cannot be broadcast to \(a)")
    }
    return shape
  }
}

/// ONNX's LRN: x / (`bias` + `alpha` / `size` · Σ x²)^`beta`, the sum over `size` neighbouring
/// channels (Krizhevsky, Sutskever, Hinton 2012).
package struct LocalResponseNormalization: Sendable, Equatable {
  /// Odd.
  package var size: Int
  package var alpha: Float
  package var beta: Float
  package var bias: Float

  package init(size: Int, alpha: Float, beta: Float, bias: Float) {
    precondition(size > 0 && size % 2 == 1, "a window of channels has a middle")
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }
}
