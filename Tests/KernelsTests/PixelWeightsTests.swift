import Kernels
import TestSupport
import Testing

/// Weighted sums of pixels, against their plain twins.
@Suite struct `pixel weights` {
  /// Weights of random numbers of values, the first and the last ones included.
  private func weights(
    extent: Int, count: Int, most: Int, _ random: inout SplitMix64
  ) -> PixelWeights {
    var starts: [Int] = []
    var rows: [[Int32]] = []
    for index in 0..<count {
      let taps = 1 + Int(random.next() % UInt64(min(most, extent)))
      let room = UInt64(extent - taps + 1)
      starts.append(index == 0 ? 0 : index == 1 ? extent - taps : Int(random.next() % room))
      // Sums may reach 1, or pass it and be cut to a byte.
      let largest = UInt64(PixelWeights.one) * 5 / 4 / UInt64(taps)
      rows.append(
        (0..<taps).map { _ in min(Int32(random.next() % (largest + 1)), PixelWeights.one) })
    }
    return PixelWeights(extent: extent, starts: starts, rows: rows)
  }

  @Test func `along rows and columns give what their plain twins give`() {
    var random = SplitMix64(seed: 8)
    for (extent, other) in [(1, 1), (1, 9), (2, 3), (3, 2), (5, 6), (17, 4), (40, 13), (131, 21)] {
      for most in [1, 2, 3, 6, 11] {
        let axis = weights(extent: extent, count: 2 + extent / 2, most: most, &random)
        let image = (0..<extent * other * 3).map { index in
          index % 7 == 0 ? 255 : UInt8(truncatingIfNeeded: random.next())
        }
        for rows in [0..<other, other / 2..<other, 0..<max(1, other - 1)] {
          #expect(
            axis.weighingColumns(of: image.span, rows: rows)
              == axis.plainColumns(of: image.span, rows: rows), "\(extent) \(other) \(most)")
        }
        let stride = other * 3
        let part = Array(
          image[axis.sources.lowerBound * stride..<axis.sources.upperBound * stride])
        #expect(
          axis.weighingRows(part.span, stride: stride)
            == axis.plainRows(part.span, stride: stride), "\(extent) \(other) \(most)")
      }
    }
  }

  @Test func `of one copy, and of halves round up`() {
    let whole = [PixelWeights.one]
    let one = PixelWeights(extent: 3, starts: [2, 0], rows: [whole, whole])
    let image: [UInt8] = [0, 1, 2, 3, 4, 5, 254, 255, 0]
    #expect(one.weighingColumns(of: image.span, rows: 0..<1) == [254, 255, 0, 0, 1, 2])
    let half = PixelWeights.one / 2
    let mean = PixelWeights(extent: 3, starts: [0, 1], rows: [[half, half], [half, half]])
    #expect(mean.weighingColumns(of: image.span, rows: 0..<1) == [2, 3, 4, 129, 130, 3])
    #expect(mean.weighingRows(image.span, stride: 3) == [2, 3, 4, 129, 130, 3])
  }
}
