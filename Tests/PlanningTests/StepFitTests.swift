import Glibc
import Network
import Planning
import TestSupport
import Testing

/// Counts in proportion to a density, at 200,000 points of −limit … limit.
private func histogram(limit: Double = 6, _ density: (Double) -> Double) -> ValueHistogram {
  var counts = [Int64](repeating: 0, count: ValueHistogram.binCount)
  for point in 0..<200_000 {
    let x = (Double(point) + 0.5) / 100_000 * limit - limit
    counts[Int(Float(x).bitPattern >> 16)] += Int64(density(x) * 1e9)
  }
  return ValueHistogram(counts: counts)
}

private func gaussian(_ x: Double) -> Double { exp(-x * x / 2) }

/// The least squared error, relative to Σ x², over a fine grid of steps and all lowest codes.
private func leastError(
  _ histogram: ValueHistogram, bits: Int, lowestCodes: ClosedRange<Int>
) -> Double {
  let bins = histogram.bins
  let energy = bins.reduce(0) { $0 + $1.count * $1.value * $1.value }
  var least = Double.infinity
  for step in stride(from: 0.02, through: 3, by: 0.01) {
    for lowest in lowestCodes {
      let highest = lowest + (1 << bits) - 1
      var error = 0.0
      for bin in bins {
        let code = min(max((bin.value / step).rounded(), Double(lowest)), Double(highest))
        error += bin.count * (bin.value - code * step) * (bin.value - code * step)
      }
      least = min(least, error)
    }
  }
  return least / energy
}

@Suite struct `Step fit` {
  private let half = histogram { $0 > 0 ? gaussian($0) : 0 }

  @Test(arguments: [(1, 1.2240), (2, 0.6508), (3, 0.3534), (4, 0.1932)])
  func `Rectified normal values get the optimal step`(bits: Int, step: Double) {
    let (found, error) = StepFit(bits: bits, significantBits: 24)(half)
    #expect(abs(Double(found.step) - step) <= 0.01 * step)
    #expect(found.lowestCode == 0)
    #expect(found.bits == bits)
    #expect(found.threshold == nil)
    #expect(error <= 1.001 * leastError(half, bits: bits, lowestCodes: 0...0))
  }

  @Test(arguments: [2, 3, 4])
  func `Signed values get the best step and lowest code`(bits: Int) {
    let codes = 1 - (1 << bits)...0
    for skew in [0.2, 1.0] {
      let signed = histogram { gaussian($0) * ($0 < 0 ? skew : 1) }
      let (found, error) = StepFit(bits: bits, significantBits: 24)(signed)
      let least = leastError(signed, bits: bits, lowestCodes: codes)
      #expect(error <= 1.002 * least, "\(bits) bits, skew \(skew): \(found)")
      #expect(found.lowestCode < 0)
    }
  }

  @Test func `Eight bits of signed values fit a signed byte`() {
    let (found, error) = StepFit(bits: 8, significantBits: 24)(histogram(gaussian))
    #expect(found.lowestCode == -128)
    #expect(found.highestCode == 127)
    #expect(error < 1e-3)
  }

  @Test func `One far outlier does not decide the step`() {
    var counts = half.counts
    counts[Int(Float(400).bitPattern >> 16)] += 1
    let (found, _) = StepFit(bits: 2, significantBits: 24)(ValueHistogram(counts: counts))
    #expect(abs(found.step - 0.65) <= 0.02)
  }

  @Test func `The scale of the values scales the step`() {
    let wide = histogram(limit: 600) { $0 > 0 ? gaussian($0 / 100) : 0 }
    let (found, _) = StepFit(bits: 2, significantBits: 24)(wide)
    #expect(abs(found.step - 65.08) <= 0.7)
  }

  @Test func `Rounding noise below zero makes no signed site`() {
    var counts = half.counts
    counts[Int(Float(-1e-6).bitPattern >> 16)] += 1000
    #expect(StepFit(bits: 2, significantBits: 24)(ValueHistogram(counts: counts)).0.lowestCode == 0)
  }

  @Test(arguments: [[Float](repeating: 0, count: 5), [], [-0.0]])
  func `Zeros, or nothing, get step 1`(values: [Float]) {
    var histogram = ValueHistogram()
    histogram.add(values)
    let (found, error) = StepFit(bits: 2, significantBits: 6)(histogram)
    #expect(found.step == 1)
    #expect(error == 0)
  }

  @Test(arguments: [1, 2, 3, 4, 8])
  func `Degenerate values are fitted without a trap`(bits: Int) {
    let cases: [[Float]] = [
      [-2], [-2, -2, 5], [3], [1000 * .leastNonzeroMagnitude], [-.leastNonzeroMagnitude],
      [.greatestFiniteMagnitude],
      [.leastNormalMagnitude], [-.greatestFiniteMagnitude, .greatestFiniteMagnitude],
    ]
    for values in cases {
      var histogram = ValueHistogram()
      histogram.add(values)
      let (found, error) = StepFit(bits: bits, significantBits: 6)(histogram)
      #expect(found.step > 0 && found.step.isFinite, "\(values)")
      #expect(error >= 0 && error <= 1.0001, "\(values)")
    }
  }

  @Test(arguments: [1, 4, 6, 24])
  func `A step has as many significant bits as asked for`(count: Int) {
    let (found, _) = StepFit(bits: 3, significantBits: count)(half)
    #expect(found.step.significandBitPattern % (1 << UInt32(24 - count)) == 0)
  }
}

@Suite struct `Value histograms` {
  @Test func `Shards add up to the histogram of all`() {
    var random = SplitMix64(seed: 9)
    let values = (0..<10_000).map { _ in Float(random.normal()) }
    var whole = ValueHistogram()
    whole.add(values)
    var sum = ValueHistogram()
    for start in stride(from: 0, to: values.count, by: 777) {
      var part = ValueHistogram()
      part.add(Array(values[start..<min(start + 777, values.count)]))
      sum += part
    }
    #expect(sum == whole)
    #expect(sum.total == 10_000)
    #expect(sum.bins.reduce(0) { $0 + $1.count } == 10_000)
  }

  @Test func `A bin stands for values within a hundredth`() {
    for value: Float in [1e-30, 0.003, 1, 1.99, -7.3, 65_504, -1e30] {
      var histogram = ValueHistogram()
      histogram.add([value])
      #expect(histogram.bins.count == 1)
      let found = histogram.bins.first?.value ?? .nan
      #expect(abs(found - Double(value)) <= abs(Double(value)) / 128)
    }
  }

  @Test func `What is not finite is told and left out`() {
    var histogram = ValueHistogram()
    histogram.add([1, 2])
    #expect(!histogram.hasNonFinite)
    for value in [Float.nan, .infinity, -.infinity] {
      var copy = histogram
      copy.add([value])
      #expect(copy.hasNonFinite)
      #expect(copy.bins.count == 2)
    }
  }
}
