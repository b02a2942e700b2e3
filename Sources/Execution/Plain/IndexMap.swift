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

extension Padding {
  /// The source index of each index along a padded axis.
  ///
  /// Negative padding crops first; the other modes then repeat what is left.
  func indices(axis: Int, extent: Int) -> [Int] {
    let first = max(0, -before[axis])
    let kept = extent - first - max(0, -after[axis])
    let lead = max(0, before[axis])
    let total = lead + kept + max(0, after[axis])
    return (0..<total).map { index in
      let offset = index - lead
      if (0..<kept).contains(offset) { return first + offset }
      switch mode {
      case .constant: return -1
      case .edge: return first + min(max(offset, 0), kept - 1)
      case .wrap: return first + modulo(offset, kept)
      case .reflect:
        let period = max(1, 2 * (kept - 1))
        let phase = modulo(offset, period)
        return first + min(phase, period - phase)
      }
    }
  }

  private func modulo(_ value: Int, _ period: Int) -> Int {
    let rest = value % period
    return rest < 0 ? rest + period : rest
  }
}
