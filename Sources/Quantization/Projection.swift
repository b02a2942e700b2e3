// The exact projection onto scaled levels (A6, A10; TSQ's initialisation, B.5):
//
//   minimise over a > 0, q   Σⱼ dⱼ (vⱼ − a·qⱼ)²
//
// An optimal q takes for each entry the level nearest to v / a. As a falls from infinity, entry j
// moves from level l₍ₖ₋₁₎ to lₖ when a = |vⱼ| / ((l₍ₖ₋₁₎ + lₖ)/2); the assignments met on the way
// contain the optimum, which is the one with the largest A²/B, A = Σ d|v|q and B = Σ d q². The
// error is Σ d v² − A²/B and the scale A/B.

/// Scratch memory of projections; reuse it between calls.
package struct ProjectionWorkspace {
  var order = MagnitudeOrder()

  package init() {}
}

/// Projects `values` onto scaled levels of `set`, exactly for every set but int8.
///
/// - Parameters:
///   - values: v, finite.
///   - importance: d, positive weights of the squares; nil for ones.
///   - codes: q, as many as `values`; ties in distance go to the level nearer zero or farther,
///     whichever sums better.
/// - Returns: The scale a; 0 when every value is 0 (codes are then 0, or 1 for binary).
/// - Complexity: O(n · levels).
package func project(
  _ values: Span<Float>, importance: Span<Float>? = nil, onto set: WeightSet,
  codes: inout MutableSpan<Int8>, workspace: inout ProjectionWorkspace
) -> Double {
  precondition(values.count == codes.count, "as many codes as values")
  switch set {
  case .binary:
    return projectToSigns(values, importance: importance, codes: &codes)
  case .int8:
    return projectUniformly(values, importance: importance, limit: 127, codes: &codes)
  case .ternary, .shift1, .shift2, .shift3:
    return projectBySweep(
      values, importance: importance, magnitudes: set.magnitudes, codes: &codes,
      order: &workspace.order)
  }
}

/// The weight of one square, 1 where none is given.
@inline(__always)
func importanceValue(_ importance: Span<Float>?, _ index: Int) -> Double {
  if let importance { return Double(importance[index]) }
  return 1
}

private func projectToSigns(
  _ values: Span<Float>, importance: Span<Float>?, codes: inout MutableSpan<Int8>
) -> Double {
  var sum = 0.0
  var total = 0.0
  for index in values.indices {
    let value = values[index]
    let weight = importanceValue(importance, index)
    codes[index] = value < 0 ? -1 : 1
    sum += weight * Double(value.magnitude)
    total += weight
  }
  return total > 0 ? sum / total : 0
}

private func projectBySweep(
  _ values: Span<Float>, importance: Span<Float>?, magnitudes: [Int8],
  codes: inout MutableSpan<Int8>, order: inout MagnitudeOrder
) -> Double {
  order.sort(values)
  let sweep = LevelSweep(order: order, importance: importance, magnitudes: magnitudes)
  let (counts, scale) = sweep.best()
  for rank in values.indices {
    var level: Int8 = 0
    for k in magnitudes.indices where rank < counts[k] { level = magnitudes[k] }
    let index = order.index(rank)
    codes[index] = values[index] < 0 ? -level : level
  }
  return scale
}

/// The sweep of the scale from infinity to zero over sorted magnitudes.
private struct LevelSweep {
  let order: MagnitudeOrder
  let thresholds: [Double]
  let importances: [Double]?
  /// Per level, what an entry of magnitude 1 adds to A and to B when it reaches that level.
  let gains: [(a: Double, b: Double)]

  init(order: MagnitudeOrder, importance: Span<Float>?, magnitudes: [Int8]) {
    self.order = order
    let levels: [Double] = [0] + magnitudes.map { Double($0) }
    thresholds = zip(levels, levels.dropFirst()).map { ($0 + $1) / 2 }
    gains = zip(levels, levels.dropFirst()).map { below, above in
      (a: above - below, b: above * above - below * below)
    }
    if let importance {
      var sorted = [Double](repeating: 0, count: order.count)
      for rank in sorted.indices { sorted[rank] = Double(importance[order.index(rank)]) }
      importances = sorted
    } else {
      importances = nil
    }
  }

  /// Per level, how many of the largest entries reach it in the optimum; and the scale.
  func best() -> (counts: [Int], scale: Double) {
    if thresholds.count == 1 { return bestSupport() }
    var reached = [Int](repeating: 0, count: thresholds.count)
    var best = (counts: reached, scale: 0.0)
    var bestScore = 0.0
    var a = 0.0
    var b = 0.0
    while true {
      var next = -1
      var nextScale = 0.0
      for k in thresholds.indices where reached[k] < order.count {
        let scale = Double(order.magnitude(reached[k])) / thresholds[k]
        if scale > nextScale { (next, nextScale) = (k, scale) }
      }
      if next < 0 { return best }
      let rank = reached[next]
      let weight = importances.map { $0[rank] } ?? 1
      a += weight * Double(order.magnitude(rank)) * gains[next].a
      b += weight * gains[next].b
      reached[next] += 1
      if a * a > bestScore * b {
        bestScore = a * a / b
        best = (reached, a / b)
      }
    }
  }

  /// The same for ternary levels, where it is a running mean.
  private func bestSupport() -> (counts: [Int], scale: Double) {
    var best = (count: 0, scale: 0.0, score: 0.0)
    var a = 0.0
    var b = 0.0
    for rank in 0..<order.count {
      let magnitude = Double(order.magnitude(rank))
      if magnitude == 0 { break }
      let weight = importances.map { $0[rank] } ?? 1
      a += weight * magnitude
      b += weight
      if a * a > best.score * b { best = (rank + 1, a / b, a * a / b) }
    }
    return ([best.count], best.scale)
  }
}
