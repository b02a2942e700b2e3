internal import Kernels

extension PixelWeights {
  /// Weights that make values of a resized axis from the values around them: a triangle as wide as
  /// the ratio of the sizes, so that shrinking averages.
  ///
  /// - Parameter results: which values of the resized axis.
  init(from source: Int, to target: Int, results: Range<Int>) {
    let ratio = Double(source) / Double(target)
    let radius = max(ratio, 1)
    var starts: [Int] = []
    var rows: [[Int32]] = []
    for result in results {
      let centre = (Double(result) + 0.5) * ratio
      let start = max(Int(centre - radius + 0.5), 0)
      let end = min(Int(centre + radius + 0.5), source)
      let row = (start..<end).map { max(0, 1 - abs(Double($0) + 0.5 - centre) / radius) }
      let sum = row.reduce(0, +)
      starts.append(start)
      rows.append(row.map { Int32($0 / sum * Double(Self.one) + 0.5) })
    }
    self.init(extent: source, starts: starts, rows: rows)
  }
}

extension PixelImage {
  /// The middle of the image resized by triangles, first along rows, then along columns, with bytes
  /// between: what Pillow calls bilinear. Only what the middle needs is computed.
  ///
  /// Half a pixel goes to the even side, as Python rounds.
  ///
  /// - Precondition: `part` is not larger than `target`.
  func resized(to target: ImageSize, centre part: ImageSize) -> PixelImage {
    precondition(
      part.width <= target.width && part.height <= target.height, "a crop beyond the image")
    let columns = Self.middle(part.width, of: target.width)
    let rows = Self.middle(part.height, of: target.height)
    let rowWeights =
      target.height == size.height
      ? nil : PixelWeights(from: size.height, to: target.height, results: rows)
    let needed = rowWeights?.sources ?? rows
    let narrow =
      if target.width == size.width {
        cut(columns: columns, rows: needed)
      } else {
        PixelWeights(from: size.width, to: target.width, results: columns)
          .weighingColumns(of: pixels.span, rows: needed)
      }
    return PixelImage(
      size: part,
      pixels: rowWeights?.weighingRows(narrow.span, stride: part.width * 3) ?? narrow)
  }

  private static func middle(_ part: Int, of whole: Int) -> Range<Int> {
    let first = Int((Double(whole - part) / 2).rounded(.toNearestOrEven))
    return first..<first + part
  }

  private func cut(columns: Range<Int>, rows: Range<Int>) -> [UInt8] {
    if columns.count == size.width && rows.count == size.height { return pixels }
    var result: [UInt8] = []
    result.reserveCapacity(columns.count * rows.count * 3)
    for row in rows {
      let start = row * size.width * 3
      result += pixels[start + columns.lowerBound * 3..<start + columns.upperBound * 3]
    }
    return result
  }
}
