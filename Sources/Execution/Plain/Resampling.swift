internal import Network
internal import Tensors

/// Resampling along one axis of row-major memory: each element of the result is a weighted sum of
/// elements of the source.
struct Resampling {
  /// What one index along the axis reads.
  private typealias Taps = [(index: Int, weight: Float)]

  private let taps: [Taps]
  private let outer: Int
  private let extent: Int
  private let inner: Int

  /// The new extent of the axis.
  var length: Int { taps.count }

  /// - Precondition: the mode is not nearest, which is an `IndexMap`.
  init(_ resize: Resize, axis: Int, shape: [Int]) {
    outer = Array(shape[..<axis]).product
    extent = shape[axis]
    inner = Array(shape[(axis + 1)...]).product
    let last = extent - 1
    taps = resize.places(axis: axis, extent: extent).map { place in
      let floor = place.rounded(.down)
      let first = Int(floor)
      let fraction = place - floor
      switch resize.mode {
      case .nearest: preconditionFailure("nearest elements are gathered")
      case .linear:
        return [(first, Float(1 - fraction)), (first + 1, Float(fraction))].map {
          (min(max($0.0, 0), last), $0.1)
        }
      case .cubic(let coefficient, let excludesOutside):
        let weights = Self.cubicWeights(Double(coefficient), fraction)
        var found: [(index: Int, weight: Double)] = []
        for (position, weight) in weights.enumerated() {
          let index = first - 1 + position
          if excludesOutside, !(0...last).contains(index) { continue }
          found.append((min(max(index, 0), last), weight))
        }
        let sum = excludesOutside ? found.reduce(0) { $0 + $1.weight } : 1
        return found.map { ($0.index, Float($0.weight / sum)) }
      }
    }
  }

  /// The weights of the four neighbours (Keys 1981, with coefficient `a`).
  private static func cubicWeights(_ a: Double, _ fraction: Double) -> [Double] {
    let near = { (x: Double) in ((a + 2) * x - (a + 3)) * x * x + 1 }
    let far = { (x: Double) in ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
    return [far(1 + fraction), near(fraction), near(1 - fraction), far(2 - fraction)]
  }

  @unsafe
  func run(from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
    var row = unsafe target
    for block in 0..<outer {
      let base = unsafe source + block * extent * inner
      for place in taps {
        for element in 0..<inner { unsafe row[element] = 0 }
        for (index, weight) in place {
          let from = unsafe base + index * inner
          for element in 0..<inner { unsafe row[element] += weight * from[element] }
        }
        unsafe row += inner
      }
    }
  }
}
