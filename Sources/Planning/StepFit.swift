internal import Glibc
package import Network
internal import Quantization

/// Fits the code step δ of a site to a histogram of the values that reach it.
///
///     minimise over δ   Σ count · (x − Q(x))²          (TSQ equation B3, on the empirical values)
///
/// with ε = δ/2, that is, ordinary rounding. Sites that see negative values get codes below zero
/// as well; the lowest code is chosen with δ.
package struct StepFit: Sendable {
  package var bits: Int
  /// Significant bits that δ is rounded to, so that sums of code products stay exact in fp32.
  package var significantBits: Int

  package init(bits: Int, significantBits: Int) {
    self.bits = bits
    self.significantBits = significantBits
  }

  /// Significant bits of the step of codes of so many bits: few, so that sums of their products
  /// are exact in fp32, and the fewer the wider the codes, of which a coarser step costs less.
  package static func significantBits(bits: Int) -> Int { max(2, 8 - max(2, bits)) }

  /// The quantizer of least squared error, with that error relative to Σ x².
  ///
  /// A site that only ever sees zeros gets step 1.
  package func callAsFunction(
    _ histogram: ValueHistogram
  ) -> (quantizer: ActivationQuantizer, relativeError: Double) {
    let bins = histogram.bins.sorted { $0.value < $1.value }
    let energy = bins.reduce(0) { $0 + $1.count * $1.value * $1.value }
    guard energy > 0, let lowest = bins.first?.value, let highest = bins.last?.value else {
      return (ActivationQuantizer(bits: bits, step: 1), 0)
    }
    // Stray negatives of a rounding error's size do not make a site signed.
    let negativeEnergy = bins.reduce(0) { $1.value < 0 ? $0 + $1.count * $1.value * $1.value : $0 }
    let signed = negativeEnergy > 1e-9 * energy
    let codes = Double((1 << bits) - 1)
    let reach = max(highest, -lowest) * 2
    let range = max(highest, 0) - min(lowest, 0)
    let largest = (signed ? (bits == 8 ? reach : range) : highest) / codes * 1.05
    var best = (error: Double.infinity, step: 0.0, lowestCode: 0)
    func scan(_ steps: [Double], lowestCodes: [Int]) {
      for step in steps {
        let step = Double(roundedToSignificantBits(Float(step), bits: significantBits))
        // Below that fp32 loses significant bits, and 1 / step overflows.
        guard step >= Double(Float.leastNormalMagnitude), step.isFinite else { continue }
        for lowestCode in lowestCodes {
          let error = squaredError(bins, step: step, lowestCode: lowestCode)
          if error < best.error { best = (error, step, lowestCode) }
        }
      }
    }
    // Two passes: a geometric sweep over eight octaves (outliers may lie far out), then finely
    // around its best.
    scan(
      (0...200).map { largest * pow(2, -Double($0) * 0.04) },
      lowestCodes: lowestCodes(signed: signed))
    let coarse = best
    scan(
      (-20...20).map { coarse.step * pow(2, Double($0) * 0.003) },
      lowestCodes: neighbours(of: coarse.lowestCode, signed: signed))
    // Nothing but values that no normal step can tell from zero.
    guard best.step > 0 else { return (ActivationQuantizer(bits: bits, step: 1), 1) }
    let quantizer = ActivationQuantizer(
      bits: bits, step: Float(best.step), lowestCode: best.lowestCode)
    return (quantizer, best.error / energy)
  }

  /// The lowest codes that the sweep tries.
  private func lowestCodes(signed: Bool) -> [Int] {
    guard signed else { return [0] }
    // Eight-bit codes of a signed site must fit a signed byte.
    if bits == 8 { return [-128] }
    return Array(stride(from: 0, to: -(1 << bits), by: bits <= 3 ? -1 : -2))
  }

  /// The lowest codes that the finer pass tries.
  private func neighbours(of lowestCode: Int, signed: Bool) -> [Int] {
    guard signed, bits < 8 else { return [lowestCode] }
    if bits <= 3 { return lowestCodes(signed: signed) }
    let allowed = 1 - (1 << bits)...0
    return [0, -1, 1].map { lowestCode + $0 }.filter(allowed.contains)
  }

  private func squaredError(
    _ bins: [(value: Double, count: Double)], step: Double, lowestCode: Int
  ) -> Double {
    let low = Double(lowestCode)
    let high = low + Double((1 << bits) - 1)
    var sum = 0.0
    for bin in bins {
      let code = min(max((bin.value / step).rounded(.toNearestOrEven), low), high)
      let difference = bin.value - code * step
      sum += bin.count * difference * difference
    }
    return sum
  }
}
