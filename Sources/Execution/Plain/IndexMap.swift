internal import Network

/// Where each element of a result comes from, axis by axis.
///
/// Slice, Pad, Transpose and Expand are all of this kind: the source index along one axis depends
/// on the result's index along one axis alone.
struct IndexMap: Equatable {
  struct Axis: Equatable {
    /// The source axis that this axis runs along; nil where it only repeats.
    var source: Int?
    /// The source index of each index, −1 where the fill value stands.
    var indices: [Int]
  }

  /// One per axis of the result.
  var axes: [Axis]
  /// What stands where any axis says −1.
  var fill: Float?

  /// The same elements in the same order.
  init(identity shape: [Int]) {
    axes = shape.enumerated().map { Axis(source: $0, indices: Array(0..<$1)) }
  }

  /// - Precondition: equal ranks; each source extent is the result's, or 1.
  init(broadcasting source: [Int], to shape: [Int]) {
    axes = shape.indices.map { axis in
      let repeats = source[axis] == 1
      return Axis(source: axis, indices: (0..<shape[axis]).map { repeats ? 0 : $0 })
    }
  }

  /// This map, then `next` on its result; nil where two fill values would be needed.
  func followed(by next: IndexMap) -> IndexMap? {
    if let first = fill, let second = next.fill, first.bitPattern != second.bitPattern {
      return nil
    }
    var result = self
    result.fill = fill ?? next.fill
    result.axes = next.axes.map { axis in
      guard let source = axis.source else { return axis }
      let inner = axes[source]
      return Axis(
        source: inner.source, indices: axis.indices.map { $0 < 0 ? -1 : inner.indices[$0] })
    }
    return result
  }
}

extension Operation {
  /// The operation as a map of indices for this input shape, if it is of that kind.
  func indexMap(input shape: [Int]) -> IndexMap? {
    var map = IndexMap(identity: shape)
    switch self {
    case .transpose(let permutation):
      map.axes = permutation.map { map.axes[$0] }
    case .slice(let axes):
      for slice in axes {
        let axis = normalizedAxis(slice.axis, rank: shape.count)!
        let (start, count) = slice.resolved(extent: shape[axis])
        // A lone element may come with any step, however large.
        map.axes[axis].indices =
          count == 1
          ? [start] : (0..<count).map { start + $0 * slice.step }
      }
    case .pad(let padding):
      if case .constant(let fill) = padding.mode { map.fill = fill }
      for axis in shape.indices {
        map.axes[axis].indices = padding.indices(axis: axis, extent: shape[axis])
      }
    case .resize(let resize):
      guard case .nearest(let rounding) = resize.mode else { return nil }
      for axis in shape.indices {
        map.axes[axis].indices = resize.places(axis: axis, extent: shape[axis]).map {
          min(max(rounding($0), 0), shape[axis] - 1)
        }
      }
    default: return nil
    }
    return map
  }
}
