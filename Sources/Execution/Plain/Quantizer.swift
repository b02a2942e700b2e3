internal import Network

/// `ActivationQuantizer.value` for many elements, written so that it becomes SSE2 code.
///
/// Clamping comes before rounding, which is the same because the bounds are integers; then
/// |v| < 2²² holds, and adding and subtracting 1.5 · 2²³ rounds to nearest, ties to even.
struct Quantizer {
  private let quantizer: ActivationQuantizer
  private let low: Float
  private let high: Float
  private let isWithinMagic: Bool

  init(_ quantizer: ActivationQuantizer) {
    self.quantizer = quantizer
    low = Float(quantizer.lowestCode)
    high = Float(quantizer.highestCode)
    isWithinMagic = abs(low) < 0x1p22 && abs(high) < 0x1p22
  }

  /// Replaces `source` by code × step; the buffers may be the same.
  @unsafe
  func run(from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int) {
    guard isWithinMagic else {
      for index in 0..<count { unsafe target[index] = quantizer.value(source[index]) }
      return
    }
    if let threshold = quantizer.threshold {
      unsafe runWithThreshold(threshold, from: source, to: target, count: count)
    } else {
      unsafe runRounding(from: source, to: target, count: count)
    }
  }

  private func runRounding(
    from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
  ) {
    let (low, high, step) = (low, high, quantizer.step)
    let magic: Float = 0x1.8p23
    for index in 0..<count {
      let scaled = unsafe source[index] / step
      let raised = scaled > low ? scaled : low
      let clamped = raised < high ? raised : high
      let rounded = (clamped + magic) - magic
      unsafe target[index] = rounded * step
    }
  }

  private func runWithThreshold(
    _ threshold: Float, from source: UnsafePointer<Float>,
    to target: UnsafeMutablePointer<Float>, count: Int
  ) {
    let (low, high, step) = (low, high, quantizer.step)
    let magic: Float = 0x1.8p23
    let zero = min(max(0, low), high)
    let one = min(max(1, low), high)
    for index in 0..<count {
      let x = unsafe source[index]
      let scaled = x / step
      let raised = scaled > low ? scaled : low
      let clamped = raised < high ? raised : high
      let rounded = (clamped + magic) - magic
      let atLeastOne = rounded > one ? rounded : one
      let inner = x >= -threshold ? zero : rounded
      unsafe target[index] = (x > threshold ? atLeastOne : inner) * step
    }
  }
}
