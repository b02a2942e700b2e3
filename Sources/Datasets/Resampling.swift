/// Weights that make each value of a resized axis from the values around it: a triangle as wide as
/// the ratio of the sizes, so that shrinking averages, in fixed point of 22 fractional bits.
struct ResamplingWeights {
  private static let fraction = 22

  /// The first value that each result is made of, and how many.
  let starts: [Int]
  let counts: [Int]
  /// `[result, widest]`; what is beyond the count is 0.
  let weights: [Int32]
  let widest: Int

  init(from source: Int, to target: Int) {
    let ratio = Double(source) / Double(target)
    let radius = max(ratio, 1)
    widest = Int(radius.rounded(.up)) * 2 + 1
    var starts: [Int] = []
    var counts: [Int] = []
    var weights = [Int32](repeating: 0, count: target * widest)
    for result in 0..<target {
      let centre = (Double(result) + 0.5) * ratio
      let start = max(Int(centre - radius + 0.5), 0)
      let end = min(Int(centre + radius + 0.5), source)
      let row = (start..<end).map { max(0, 1 - abs(Double($0) + 0.5 - centre) / radius) }
      let sum = row.reduce(0, +)
      for (index, weight) in row.enumerated() {
        let scaled = weight / sum * Double(1 << Self.fraction)
        weights[result * widest + index] = Int32(scaled + 0.5)
      }
      starts.append(start)
      counts.append(row.count)
    }
    self.starts = starts
    self.counts = counts
    self.weights = weights
  }

  /// One half, so that sums are rounded.
  static let half: Int32 = 1 << (fraction - 1)

  /// The byte that a sum of weighted bytes stands for.
  @inline(__always)
  static func byte(_ sum: Int32) -> UInt8 { UInt8(clamping: sum >> fraction) }
}

extension PixelImage {
  /// The image resized by triangles, first along rows, then along columns, with bytes between: what
  /// Pillow calls bilinear.
  func resized(to target: ImageSize) -> PixelImage {
    var image = self
    if target.width != size.width { image = image.withWidth(target.width) }
    if target.height != size.height { image = image.withHeight(target.height) }
    return image
  }

  private func withWidth(_ width: Int) -> PixelImage {
    let axis = ResamplingWeights(from: size.width, to: width)
    var result = [UInt8](repeating: 0, count: width * size.height * 3)
    var output = result.mutableSpan
    let input = pixels.span
    let weights = axis.weights.span
    for row in 0..<size.height {
      for column in 0..<width {
        var source = (row * size.width + axis.starts[column]) * 3
        let first = column * axis.widest
        var (red, green, blue) = (
          ResamplingWeights.half, ResamplingWeights.half, ResamplingWeights.half
        )
        for index in first..<first + axis.counts[column] {
          let weight = weights[index]
          red &+= Int32(input[source]) &* weight
          green &+= Int32(input[source + 1]) &* weight
          blue &+= Int32(input[source + 2]) &* weight
          source += 3
        }
        let target = (row * width + column) * 3
        output[target] = ResamplingWeights.byte(red)
        output[target + 1] = ResamplingWeights.byte(green)
        output[target + 2] = ResamplingWeights.byte(blue)
      }
    }
    return PixelImage(size: ImageSize(width: width, height: size.height), pixels: result)
  }

  private func withHeight(_ height: Int) -> PixelImage {
    let axis = ResamplingWeights(from: size.height, to: height)
    let stride = size.width * 3
    var result = [UInt8](repeating: 0, count: stride * height)
    var sums = [Int32](repeating: 0, count: stride)
    for row in 0..<height {
      var sum = sums.mutableSpan
      for index in 0..<stride { sum[index] = ResamplingWeights.half }
      let input = pixels.span
      for tap in 0..<axis.counts[row] {
        let weight = axis.weights[row * axis.widest + tap]
        let source = (axis.starts[row] + tap) * stride
        for index in 0..<stride { sum[index] &+= Int32(input[source + index]) &* weight }
      }
      var output = result.mutableSpan
      for index in 0..<stride {
        output[row * stride + index] = ResamplingWeights.byte(sum[index])
      }
    }
    return PixelImage(size: ImageSize(width: size.width, height: height), pixels: result)
  }
}
