internal import Network

/// Pooling on row-major memory, for the corner cases where oneDNN's definition is not ONNX's.
struct PlainPooling {
  enum Kind: Equatable {
    case maximum
    /// The mean of the input elements in the window.
    case mean
    /// The mean with padding counted as zeros; what hangs over in ceil mode does not count.
    case paddedMean
  }

  /// One axis of a window, clipped to the input.
  private struct Span {
    /// Input indices that the window covers.
    var indices: [Int]
    /// Window elements that lie in the padded input.
    var countWithPadding: Int
  }

  private let kind: Kind
  private let planes: Int
  private let input: [Int]
  private let spans: [[Span]]

  /// - Parameter planes: batch × channels.
  init(_ geometry: WindowGeometry, _ kind: Kind, planes: Int) {
    self.kind = kind
    self.planes = planes
    // Missing leading axes have extent 1, so that there are always three.
    let missing = max(0, 3 - geometry.input.count)
    input = [Int](repeating: 1, count: missing) + geometry.input
    let single = [Span(indices: [0], countWithPadding: 1)]
    spans =
      [[Span]](repeating: single, count: missing)
      + geometry.input.indices.map { axis in
        (0..<geometry.output[axis]).map { Self.span(geometry, axis: axis, output: $0) }
      }
  }

  private static func span(_ geometry: WindowGeometry, axis: Int, output: Int) -> Span {
    let start = output * geometry.strides[axis] - geometry.before[axis]
    let extent = geometry.input[axis]
    let places = (0..<geometry.kernel[axis]).map { start + $0 * geometry.dilations[axis] }
    return Span(
      indices: places.filter { (0..<extent).contains($0) },
      countWithPadding: places.count { $0 < extent + geometry.after[axis] })
  }

  @unsafe
  func run(from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
    var next = unsafe target
    for plane in 0..<planes {
      let base = unsafe source + plane * input[0] * input[1] * input[2]
      for front in spans[0] {
        for row in spans[1] {
          for column in spans[2] {
            unsafe next.pointee = unsafe pooled(base, front, row, column)
            unsafe next += 1
          }
        }
      }
    }
  }

  private func pooled(
    _ base: UnsafePointer<Float>, _ front: Span, _ row: Span, _ column: Span
  ) -> Float {
    var maximum = -Float.infinity
    var sum: Float = 0
    for z in front.indices {
      for y in row.indices {
        let line = unsafe base + (z * input[1] + y) * input[2]
        for x in column.indices {
          let value = unsafe line[x]
          maximum = value > maximum || value.isNaN ? value : maximum
          sum += value
        }
      }
    }
    let seen = front.indices.count * row.indices.count * column.indices.count
    switch kind {
    case .maximum: return maximum
    case .mean: return seen == 0 ? 0 : sum / Float(seen)
    case .paddedMean:
      let padded = row.countWithPadding * column.countWithPadding * front.countWithPadding
      return padded == 0 ? 0 : sum / Float(padded)
    }
  }

  /// ∂x from ∂y: to the first largest element, or evenly to those that were averaged.
  @unsafe
  func pullBack(
    _ gradient: UnsafePointer<Float>, input source: UnsafePointer<Float>,
    into target: UnsafeMutablePointer<Float>
  ) {
    let size = input[0] * input[1] * input[2]
    unsafe target.update(repeating: 0, count: planes * size)
    var next = unsafe gradient
    for plane in 0..<planes {
      let values = unsafe source + plane * size
      let sums = unsafe target + plane * size
      for front in spans[0] {
        for row in spans[1] {
          for column in spans[2] {
            unsafe spread(next.pointee, values, sums, front, row, column)
            unsafe next += 1
          }
        }
      }
    }
  }

  private func spread(
    _ gradient: Float, _ values: UnsafePointer<Float>, _ sums: UnsafeMutablePointer<Float>,
    _ front: Span, _ row: Span, _ column: Span
  ) {
    let seen = front.indices.count * row.indices.count * column.indices.count
    guard seen > 0 else { return }
    let count =
      kind == .paddedMean
      ? row.countWithPadding * column.countWithPadding * front.countWithPadding : seen
    let share = gradient / Float(count)
    var (largest, place) = (-Float.infinity, -1)
    for z in front.indices {
      for y in row.indices {
        for x in column.indices {
          let index = (z * input[1] + y) * input[2] + x
          if kind != .maximum {
            unsafe sums[index] += share
          } else if unsafe place < 0 || values[index] > largest {
            (largest, place) = unsafe (values[index], index)
          }
        }
      }
    }
    if kind == .maximum { unsafe sums[place] += gradient }
  }
}
