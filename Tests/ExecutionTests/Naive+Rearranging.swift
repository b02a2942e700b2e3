import Glibc
import Network

/// The operations that move elements, and softmax.
func rearrange(_ operation: Operation, _ operands: [Naive]) -> Naive {
  let x = operands[0]
  var result = x
  switch operation {
  case .identity: return x
  case .flatten(let axis):
    let split = axis < 0 ? axis + x.shape.count : axis
    result.shape = [x.shape[..<split].reduce(1, *), x.shape[split...].reduce(1, *)]
    return result
  case .reshape(let reshape):
    var shape = reshape.target.enumerated().map { axis, extent in
      extent == 0 && !reshape.allowsZero ? x.shape[axis] : extent
    }
    if let open = shape.firstIndex(of: -1) {
      shape[open] = 1
      shape[open] = x.values.count / shape.reduce(1, *)
    }
    result.shape = shape
    return result
  case .unsqueeze(let axes):
    for axis in axes { result.shape.insert(1, at: axis) }
    return result
  case .squeeze(let axes):
    for axis in axes.reversed() { result.shape.remove(at: axis) }
    return result
  case .transpose(let permutation):
    return Naive(shape: permutation.map { x.shape[$0] }) { index in
      var from = index
      for (axis, source) in permutation.enumerated() { from[source] = index[axis] }
      return x[from]
    }
  case .slice(let axes): return axes.reduce(x, sliced)
  case .pad(let padding): return padded(x, padding)
  case .concatenate(let axis): return operands.dropFirst().reduce(x) { joined($0, $1, axis) }
  case .softmax(let axis, let flattensTrailing):
    let first = axis < 0 ? axis + x.shape.count : axis
    let along = flattensTrailing ? Array(first..<x.shape.count) : [first]
    let line = indices(along.map { x.shape[$0] })
    return Naive(shape: x.shape) { index in
      let values = line.map { place in
        var other = index
        for (position, axis) in along.enumerated() { other[axis] = place[position] }
        return x[other]
      }
      let peak = values.max()!
      return exp(x[index] - peak) / values.reduce(0) { $0 + exp($1 - peak) }
    }
  default: preconditionFailure("\(operation) moves nothing")
  }
}

/// A slice of one axis: walk from the start until the end is passed.
///
/// Python's, except that a start before the axis is clamped to 0 for negative steps too (ONNX).
private func sliced(_ x: Naive, _ slice: SliceAxis) -> Naive {
  let axis = slice.axis < 0 ? slice.axis + x.shape.count : slice.axis
  let extent = x.shape[axis]
  var start = slice.start < 0 ? slice.start + extent : slice.start
  var end = slice.end < 0 ? slice.end + extent : slice.end
  var taken: [Int] = []
  if slice.step > 0 {
    start = max(start, 0)
    end = min(end, extent)
    while start < end {
      taken.append(start)
      start += min(slice.step, extent + 1)
    }
  } else {
    start = max(min(start, extent - 1), 0)
    end = max(end, -1)
    while start > end {
      taken.append(start)
      start += max(slice.step, -extent - 1)
    }
  }
  var shape = x.shape
  shape[axis] = taken.count
  return Naive(shape: shape) { index in
    var from = index
    from[axis] = taken[index[axis]]
    return x[from]
  }
}

private func padded(_ x: Naive, _ padding: Padding) -> Naive {
  // Cropping first, then growing by one element at a time.
  var current = x
  for axis in x.shape.indices {
    let crop = SliceAxis(
      axis: axis, start: max(0, -padding.before[axis]),
      end: x.shape[axis] - max(0, -padding.after[axis]), step: 1)
    current = sliced(current, crop)
    let kept = current
    let extent = kept.shape[axis]
    let lead = max(0, padding.before[axis])
    var shape = kept.shape
    shape[axis] = lead + extent + max(0, padding.after[axis])
    current = Naive(shape: shape) { index in
      var from = index
      var place = index[axis] - lead
      switch padding.mode {
      case .constant(let value):
        guard (0..<extent).contains(place) else { return Double(value) }
      case .edge: place = min(max(place, 0), extent - 1)
      case .wrap:
        while place < 0 { place += extent }
        while place >= extent { place -= extent }
      case .reflect:
        while !(0..<extent).contains(place) {
          if extent == 1 { place = 0 }
          if place < 0 { place = -place }
          if place >= extent { place = 2 * (extent - 1) - place }
        }
      }
      from[axis] = place
      return kept[from]
    }
  }
  return current
}

private func joined(_ a: Naive, _ b: Naive, _ axis: Int) -> Naive {
  let axis = axis < 0 ? axis + a.shape.count : axis
  var shape = a.shape
  shape[axis] += b.shape[axis]
  return Naive(shape: shape) { index in
    guard index[axis] >= a.shape[axis] else { return a[index] }
    var from = index
    from[axis] -= a.shape[axis]
    return b[from]
  }
}
