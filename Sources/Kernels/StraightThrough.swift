internal import CKernels

/// An activation quantizer as the training kernels take it: code clamp(round(x / step)).
package struct CodeRule: Sendable {
  /// δ.
  package var step: Float
  package let lowestCode: Int
  package let highestCode: Int
  /// ε where it is not step / 2.
  package let threshold: Float?

  package init(step: Float, lowestCode: Int, highestCode: Int, threshold: Float?) {
    precondition(
      abs(lowestCode) < 1 << 22 && abs(highestCode) < 1 << 22, "codes of more than 22 bits")
    self.step = step
    self.lowestCode = lowestCode
    self.highestCode = highestCode
    self.threshold = threshold
  }

  fileprivate var plain: tsq_quantizer {
    tsq_quantizer(
      step: step, low: Float(lowestCode), high: Float(highestCode), threshold: threshold ?? -1)
  }
}

/// The element-wise kernels of training, compiled for some instructions; all give the same bits.
///
/// Operands have `count` elements and may be the same memory.
package struct TrainingKernels: Sendable {
  private let instructions: PanelInstructions

  package init(_ instructions: PanelInstructions = .best) { self.instructions = instructions }

  /// y = code · step.
  @unsafe
  package func codes(
    _ rule: CodeRule, _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
  ) {
    var plain = rule.plain
    switch instructions {
    #if arch(x86_64)
      case .avx512: unsafe tsq_codes_avx512(&plain, x, y, Int64(count))
      case .avx2: unsafe tsq_codes_avx2(&plain, x, y, Int64(count))
    #endif
    default: unsafe tsq_codes_plain(&plain, x, y, Int64(count))
    }
  }

  /// Straight through the rounding: ∂x = ∂y where lowest < x / step < highest code (TSQ's window
  /// 0 < x < 3δ at 2 bits), else 0; plus `other` where given.
  /// - Returns: ∂step = Σ ∂y · (code − x / step inside the window, code outside) (LSQ).
  @unsafe
  package func pullBackCodes(
    _ rule: CodeRule, _ x: UnsafePointer<Float>, gradient dy: UnsafePointer<Float>,
    adding other: UnsafePointer<Float>?, into dx: UnsafeMutablePointer<Float>, count: Int
  ) -> Double {
    var plain = rule.plain
    switch instructions {
    #if arch(x86_64)
      case .avx512:
        return unsafe tsq_codes_pullback_avx512(&plain, x, dy, other, dx, Int64(count))
      case .avx2: return unsafe tsq_codes_pullback_avx2(&plain, x, dy, other, dx, Int64(count))
    #endif
    default: return unsafe tsq_codes_pullback_plain(&plain, x, dy, other, dx, Int64(count))
    }
  }

  /// ∂x = ∂y where y > 0, else slope · ∂y (Relu with slope 0).
  @unsafe
  package func pullBackSlope(
    _ slope: Float, _ y: UnsafePointer<Float>, gradient dy: UnsafePointer<Float>,
    into dx: UnsafeMutablePointer<Float>, count: Int
  ) {
    switch instructions {
    #if arch(x86_64)
      case .avx512: unsafe tsq_slope_pullback_avx512(slope, y, dy, dx, Int64(count))
      case .avx2: unsafe tsq_slope_pullback_avx2(slope, y, dy, dx, Int64(count))
    #endif
    default: unsafe tsq_slope_pullback_plain(slope, y, dy, dx, Int64(count))
    }
  }

  /// ∂x = ∂y where lower ≤ x ≤ upper, else 0.
  @unsafe
  package func pullBackClip(
    lower: Float, upper: Float, _ x: UnsafePointer<Float>, gradient dy: UnsafePointer<Float>,
    into dx: UnsafeMutablePointer<Float>, count: Int
  ) {
    switch instructions {
    #if arch(x86_64)
      case .avx512: unsafe tsq_clip_pullback_avx512(lower, upper, x, dy, dx, Int64(count))
      case .avx2: unsafe tsq_clip_pullback_avx2(lower, upper, x, dy, dx, Int64(count))
    #endif
    default: unsafe tsq_clip_pullback_plain(lower, upper, x, dy, dx, Int64(count))
    }
  }

  /// sum = a + b.
  @unsafe
  package func add(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    into sum: UnsafeMutablePointer<Float>, count: Int
  ) {
    switch instructions {
    #if arch(x86_64)
      case .avx512: unsafe tsq_add_avx512(a, b, sum, Int64(count))
      case .avx2: unsafe tsq_add_avx2(a, b, sum, Int64(count))
    #endif
    default: unsafe tsq_add_plain(a, b, sum, Int64(count))
    }
  }
}

/// The plain twin of `TrainingKernels.codes` and `pullBackCodes`, element by element.
///
/// - Returns: the value, whether x lies in the window, and the derivative of the value by the step.
package func codeReference(
  _ rule: CodeRule, _ x: Float
) -> (value: Float, isInside: Bool, byStep: Float) {
  let (low, high) = (Float(rule.lowestCode), Float(rule.highestCode))
  let scaled = x / rule.step
  var code = scaled > low ? (scaled < high ? scaled : high) : low
  code = code.rounded(.toNearestOrEven)
  if let threshold = rule.threshold {
    if x > threshold {
      code = max(code, min(max(1, low), high))
    } else if x >= -threshold {
      code = min(max(0, low), high)
    }
  }
  let isInside = scaled > low && scaled < high
  return (code * rule.step, isInside, isInside ? code - scaled : code)
}
