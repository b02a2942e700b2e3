internal import Glibc
internal import Tensors

/// A function of one float, computed in double precision and rounded to fp32.
private func onReals(
  opset: Int = 13, _ function: @escaping @Sendable (Double) -> Double
) -> OperatorRule {
  parametric(opset: opset) { _ in function }
}

private func parametric(
  opset: Int = 13,
  _ function: @escaping @Sendable (GeneralOperation) -> (@Sendable (Double) -> Double)
) -> OperatorRule {
  OperatorRule(opset: opset) { _, operands throws(ShapeProblem) in
    let type = try operands.type(0)
    guard type.isReal else { throw ShapeProblem("takes floats, not \(type)") }
    return ResultForm(type, try operands.shape(0))
  } compute: { operation, operands, form throws(ShapeProblem) in
    let f = function(operation)
    return .reals(try operands.reals(0).map { Float(f(Double($0))) })
  }
}

private func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

private func elu(_ x: Double, _ alpha: Double) -> Double { x > 0 ? x : alpha * expm1(x) }

extension GeneralOperation {
  static let realFunctionRules: [String: OperatorRule] = [
    "Acos": onReals { acos($0) }, "Acosh": onReals { acosh($0) }, "Asin": onReals { asin($0) },
    "Asinh": onReals { asinh($0) }, "Atan": onReals { atan($0) }, "Atanh": onReals { atanh($0) },
    "Ceil": onReals { $0.rounded(.up) }, "Cos": onReals { cos($0) }, "Cosh": onReals { cosh($0) },
    "Erf": onReals { erf($0) }, "Exp": onReals { exp($0) }, "Floor": onReals { $0.rounded(.down) },
    "HardSwish": onReals(opset: 14) { $0 * max(0, min(1, $0 / 6 + 0.5)) },
    "Log": onReals { log($0) },
    "Mish": onReals(opset: 18) { $0 * tanh(softplus($0)) }, "Reciprocal": onReals { 1 / $0 },
    "Round": onReals { $0.rounded(.toNearestOrEven) }, "Sigmoid": onReals { 1 / (1 + exp(-$0)) },
    "Sin": onReals { sin($0) }, "Sinh": onReals { sinh($0) }, "Softplus": onReals { softplus($0) },
    "Softsign": onReals { $0 / (1 + abs($0)) }, "Sqrt": onReals { $0.squareRoot() },
    "Tan": onReals { tan($0) }, "Tanh": onReals { tanh($0) },
    "Celu": parametric { operation in
      let alpha = Double(operation.real("alpha", 1))
      return { max(0, $0) + min(0, alpha * expm1($0 / alpha)) }
    },
    "Elu": parametric { operation in
      let alpha = Double(operation.real("alpha", 1))
      return { elu($0, alpha) }
    },
    "Gelu": parametric(opset: 20) { operation in
      guard operation.text("approximate", "none") == "tanh" else {
        return { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }
      }
      let factor = (2 / Double.pi).squareRoot()
      return { 0.5 * $0 * (1 + tanh(factor * ($0 + 0.044715 * $0 * $0 * $0))) }
    },
    "HardSigmoid": parametric { operation in
      let alpha = Double(operation.real("alpha", 0.2))
      let beta = Double(operation.real("beta", 0.5))
      return { max(0, min(1, alpha * $0 + beta)) }
    },
    "LeakyRelu": parametric { operation in
      let alpha = Double(operation.real("alpha", 0.01))
      return { $0 < 0 ? alpha * $0 : $0 }
    },
    "Selu": parametric { operation in
      let alpha = Double(operation.real("alpha", 1.67326319217681884765625))
      let gamma = Double(operation.real("gamma", 1.05070102214813232421875))
      return { gamma * elu($0, alpha) }
    },
    "Swish": parametric(opset: 24) { operation in
      let alpha = Double(operation.real("alpha", 1))
      return { $0 / (1 + exp(-alpha * $0)) }
    },
    "ThresholdedRelu": parametric { operation in
      let alpha = Double(operation.real("alpha", 1))
      return { $0 > alpha ? $0 : 0 }
    },
  ]
}
