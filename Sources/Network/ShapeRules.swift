/// The numpy broadcast of two shapes, or nil where they do not fit.
package func broadcast(_ left: [Int], _ right: [Int]) -> [Int]? {
  let rank = max(left.count, right.count)
  var result: [Int] = []
  for axis in 0..<rank {
    let a = extent(left, axis, rank)
    let b = extent(right, axis, rank)
    guard a == b || a == 1 || b == 1 else { return nil }
    result.append(a == 1 ? b : a)
  }
  return result
}

private func extent(_ shape: [Int], _ axis: Int, _ rank: Int) -> Int {
  let own = axis - (rank - shape.count)
  return own < 0 ? 1 : shape[own]
}

/// An axis counted from the end made one counted from the start, or nil outside the rank.
package func normalizedAxis(_ axis: Int, rank: Int) -> Int? {
  guard (-rank..<max(rank, 0)).contains(axis) else { return nil }
  return axis < 0 ? axis + rank : axis
}

extension SliceAxis {
  /// The first index taken and the number of indices taken from an axis of `extent` elements.
  ///
  /// ONNX's rules: negative bounds count from the end, then both are clamped to the axis.
  package func resolved(extent: Int) -> (start: Int, count: Int) {
    let first = start < 0 ? start + extent : start
    let last = end < 0 ? end + extent : end
    // Steps longer than the axis all mean "one element".
    let stride = min(max(step, -extent - 1), extent + 1)
    if stride > 0 {
      let from = min(max(first, 0), extent)
      let to = min(max(last, 0), extent)
      return (from, max(0, (to - from + stride - 1) / stride))
    }
    guard stride < 0, extent > 0 else { return (0, 0) }
    let from = min(max(first, 0), extent - 1)
    let to = min(max(last, -1), extent - 1)
    return (from, max(0, (from - to - stride - 1) / -stride))
  }
}

extension Reshape {
  /// The target with 0 and −1 filled in for an input of this shape.
  /// - Throws: `ShapeProblem` where the input's elements cannot be arranged so.
  package func resolved(input: [Int]) throws(ShapeProblem) -> [Int] {
    var shape = target
    var inferred: Int?
    for (axis, extent) in target.enumerated() {
      if extent == 0, !allowsZero {
        guard axis < input.count else {
          throw ShapeProblem("target axis \(axis) copies an extent that the input does not have")
        }
        shape[axis] = input[axis]
      } else if extent == -1 {
        guard inferred == nil else { throw ShapeProblem("target \(target) has two open extents") }
        inferred = axis
        shape[axis] = 1
      } else if extent < 0 || extent > attributeLimit {
        throw ShapeProblem("target \(target) has an extent out of range")
      }
    }
    let known = try elementCount(shape)
    let total = try elementCount(input)
    if let axis = inferred {
      guard known > 0, total % known == 0 else {
        throw ShapeProblem("\(total) elements cannot be arranged as \(target)")
      }
      shape[axis] = total / known
    } else if known != total {
      throw ShapeProblem("\(total) elements cannot be arranged as \(target)")
    }
    return shape
  }
}

/// The number of elements of a shape, refused where it is beyond what memory could hold.
func elementCount(_ shape: [Int]) throws(ShapeProblem) -> Int {
  var count = 1
  for extent in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: extent)
    guard !overflow, product <= 1 << 40 else {
      throw ShapeProblem("a tensor of shape \(shape) is too large")
    }
    count = product
  }
  return count
}
