internal import Kernels
internal import Network

/// Element-wise work of our own over operands that lie alike in memory.
enum ElementKernel {
  /// x, code · step, step. The rule's own step is replaced by the one in memory.
  case codes(CodeRule)
  /// x, code · step, of codes that `CodeRule` cannot have.
  case wideCodes(ActivationQuantizer)
  /// x, ∂y, ∂x, step, ∂step, and what is added to ∂x if anything.
  case codesPullback(CodeRule)
  /// y, ∂y, ∂x: by the sign of y.
  case slopePullback(Float)
  /// x, ∂y, ∂x.
  case clipPullback(lower: Float, upper: Float)
  /// x, ∂y, ∂x, row-major.
  case poolPullback(PlainPooling)
  /// a, b, a + b.
  case sum

  /// - Parameter count: elements of the first operand, padding included.
  @unsafe
  func run(_ operands: [UnsafeMutablePointer<Float>], count: Int) {
    let kernels = TrainingKernels()
    switch self {
    case .codes(var rule):
      rule.step = unsafe operands[2].pointee
      unsafe kernels.codes(rule, operands[0], into: operands[1], count: count)
    case .wideCodes(let quantizer):
      for index in 0..<count { unsafe operands[1][index] = quantizer.value(operands[0][index]) }
    case .codesPullback(var rule):
      rule.step = unsafe operands[3].pointee
      let byStep = unsafe kernels.pullBackCodes(
        rule, operands[0], gradient: operands[1], adding: operands.count > 5 ? operands[5] : nil,
        into: operands[2], count: count)
      unsafe operands[4].pointee = Float(byStep)
    case .slopePullback(let slope):
      unsafe kernels.pullBackSlope(
        slope, operands[0], gradient: operands[1], into: operands[2], count: count)
    case .clipPullback(let lower, let upper):
      unsafe kernels.pullBackClip(
        lower: lower, upper: upper, operands[0], gradient: operands[1], into: operands[2],
        count: count)
    case .poolPullback(let pooling):
      unsafe pooling.pullBack(operands[1], input: operands[0], into: operands[2])
    case .sum:
      unsafe kernels.add(operands[0], operands[1], into: operands[2], count: count)
    }
  }
}
