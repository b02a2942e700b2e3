internal import CKernels

/// How each result along one axis of an image is made of values that lie next to each other there.
///
/// Images have three interleaved bytes per pixel. Sums are exact and rounded once, so they are the
/// same bytes on every processor.
@safe
package struct PixelWeights: Sendable {
  /// The weight that stands for 1.
  package static let one: Int32 = 1 << 22
  private static let lowBits: Int32 = 11

  /// The values along the axis of the source.
  package let extent: Int
  /// The first value that each result is made of.
  private let starts: [Int32]
  /// `[results, 2 · pairs]`.
  private let weights: [Int32]
  private let pairs: Int
  /// `[results, pairs]`: the upper and lower bits of two weights in a word.
  private let high: [UInt32]
  private let low: [UInt32]

  /// - Parameters:
  ///   - extent: values along the axis.
  ///   - starts: the first value of each result.
  ///   - rows: its weights, each from 0 to `one`.
  package init(extent: Int, starts: [Int], rows: [[Int32]]) {
    precondition(!rows.isEmpty && rows.count == starts.count, "as many starts as results")
    let most = rows.reduce(1) { max($0, $1.count) }
    // Beyond the last value there may be no memory: what is too many goes before the first.
    let width = min((most + 1) / 2 * 2, max(extent, most))
    self.extent = extent
    pairs = (width + 1) / 2
    var shifted: [Int32] = []
    var weights: [Int32] = []
    for (start, row) in zip(starts, rows) {
      precondition(start >= 0 && start + row.count <= extent, "values beyond the axis")
      precondition(row.allSatisfy { (0...Self.one).contains($0) }, "a weight is from 0 to 1")
      let first = min(start, extent - width)
      let before = start - first
      weights += [Int32](repeating: 0, count: before) + row
      weights += [Int32](repeating: 0, count: 2 * pairs - before - row.count)
      shifted.append(Int32(first))
    }
    self.starts = shifted
    self.weights = weights
    high = Self.words(weights) { $0 >> Self.lowBits }
    low = Self.words(weights) { $0 & (1 << Self.lowBits - 1) }
  }

  private static func words(_ weights: [Int32], _ part: (Int32) -> Int32) -> [UInt32] {
    stride(from: 0, to: weights.count, by: 2).map { index in
      UInt32(part(weights[index])) | UInt32(part(weights[index + 1])) << 16
    }
  }

  /// Number of results.
  package var count: Int { starts.count }

  /// The values that any result is made of.
  package var sources: Range<Int> {
    let first = Int(starts.min() ?? 0)
    return first..<min(Int(starts.max() ?? 0) + 2 * pairs, extent)
  }

  /// Whether pairs of values stay within the axis, which they do not where it is shorter.
  private var fits: Bool { 2 * pairs <= extent }

  /// The rows of an image with this axis along them.
  ///
  /// - Parameters:
  ///   - image: `[height, extent, 3]`.
  ///   - rows: which of them.
  /// - Returns: `[rows.count, count, 3]`.
  package func weighingColumns(of image: Span<UInt8>, rows: Range<Int>) -> [UInt8] {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound * extent * 3 <= image.count, "rows beyond the image")
    guard fits else { return plainColumns(of: image, rows: rows) }
    let size = rows.count * count * 3
    return unsafe [UInt8](unsafeUninitializedCapacity: size) { target, filled in
      unsafe image.withUnsafeBufferPointer { image in
        unsafe ckernels_weigh_columns(
          image.baseAddress! + rows.lowerBound * extent * 3, extent * 3, rows.count, starts, high,
          low, pairs, target.baseAddress!, count)
      }
      filled = size
    }
  }

  /// An image with this axis along its columns.
  ///
  /// - Parameters:
  ///   - rows: `[sources.count, stride]`, those of `sources`.
  ///   - stride: bytes of a row.
  /// - Returns: `[count, stride]`.
  package func weighingRows(_ rows: Span<UInt8>, stride: Int) -> [UInt8] {
    precondition(rows.count == sources.count * stride, "rows of another image")
    guard fits else { return plainRows(rows, stride: stride) }
    let first = sources.lowerBound
    return unsafe [UInt8](unsafeUninitializedCapacity: count * stride) { target, filled in
      unsafe rows.withUnsafeBufferPointer { rows in
        unsafe high.withUnsafeBufferPointer { high in
          unsafe low.withUnsafeBufferPointer { low in
            for result in 0..<count {
              unsafe ckernels_weigh_rows(
                rows.baseAddress! + (Int(starts[result]) - first) * stride, stride,
                high.baseAddress! + result * pairs, low.baseAddress! + result * pairs, pairs,
                target.baseAddress! + result * stride, stride)
            }
          }
        }
      }
      filled = count * stride
    }
  }
}

/// The plain twins.
extension PixelWeights {
  /// What `weighingColumns` gives.
  package func plainColumns(of image: Span<UInt8>, rows: Range<Int>) -> [UInt8] {
    var result: [UInt8] = []
    for row in rows {
      for index in 0..<count {
        for channel in 0..<3 {
          result.append(
            sum(of: index) { image[(row * extent + $0) * 3 + channel] })
        }
      }
    }
    return result
  }

  /// What `weighingRows` gives.
  package func plainRows(_ rows: Span<UInt8>, stride: Int) -> [UInt8] {
    let first = sources.lowerBound
    var result: [UInt8] = []
    for index in 0..<count {
      for byte in 0..<stride {
        result.append(sum(of: index) { rows[($0 - first) * stride + byte] })
      }
    }
    return result
  }

  private func sum(of result: Int, _ value: (Int) -> UInt8) -> UInt8 {
    var sum = Self.one / 2
    for tap in 0..<2 * pairs {
      let weight = weights[result * 2 * pairs + tap]
      if weight != 0 { sum &+= Int32(value(Int(starts[result]) + tap)) &* weight }
    }
    return UInt8(clamping: sum / Self.one)
  }
}
