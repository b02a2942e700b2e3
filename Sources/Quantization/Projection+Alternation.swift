/// Projects onto scaled levels by alternation (A11, A12): the scale for the codes, the codes for
/// the scale, from the mean magnitude until the codes stay.
///
/// The ADMM paper's own routine, kept as a baseline; it stops in a local optimum.
///
/// - Returns: The scale and the number of rounds.
package func projectByAlternation(
  _ values: Span<Float>, onto set: WeightSet, roundLimit: Int = 100,
  codes: inout MutableSpan<Int8>
) -> (scale: Double, rounds: Int) {
  precondition(values.count == codes.count, "as many codes as values")
  var total = 0.0
  for index in values.indices { total += Double(values[index].magnitude) }
  var scale = values.isEmpty ? 0 : total / Double(values.count)
  if set.isUniform { scale /= 32 }
  let levels = set.levels
  for round in 1...roundLimit {
    var changed = false
    var a = 0.0
    var b = 0.0
    for index in values.indices {
      let code = nearestLevel(scale > 0 ? Double(values[index]) / scale : 0, levels)
      if code != codes[index] {
        codes[index] = code
        changed = true
      }
      a += Double(values[index]) * Double(code)
      b += Double(code) * Double(code)
    }
    scale = b > 0 ? a / b : 0
    if !changed && round > 1 { return (scale, round) }
  }
  return (scale, roundLimit)
}

/// The level nearest to `value`, the one nearer zero when two are equally near.
func nearestLevel(_ value: Double, _ levels: [Int8]) -> Int8 {
  var best = levels[0]
  var bestDistance = Double.infinity
  for level in levels {
    let distance = (value - Double(level)).magnitude
    if distance < bestDistance || (distance == bestDistance && level.magnitude < best.magnitude) {
      (best, bestDistance) = (level, distance)
    }
  }
  return best
}

/// Symmetric rounding to −limit…limit with the scale of least squared error on a grid of clipping
/// points, polished by alternation.
func projectUniformly(
  _ values: Span<Float>, importance: Span<Float>?, limit: Int, codes: inout MutableSpan<Int8>
) -> Double {
  var largest: Float = 0
  for index in values.indices { largest = max(largest, values[index].magnitude) }
  for index in codes.indices { codes[index] = 0 }
  if largest == 0 { return 0 }

  let top = Double(limit)
  let full = Double(largest) / top
  var best = (scale: full, score: 0.0)
  for step in 0...40 {
    var scale = full * (1 - 0.02 * Double(step))
    for _ in 0..<2 {
      let sums = uniformSums(values, importance, scale: scale, top: top)
      // The score belongs to the codes at `scale`; the best scale for them is a / b.
      if sums.b > 0, sums.a * sums.a / sums.b > best.score {
        best = (scale, sums.a * sums.a / sums.b)
      }
      if sums.b > 0, sums.a > 0 { scale = sums.a / sums.b }
    }
  }
  for index in values.indices {
    codes[index] = Int8(uniformCode(values[index], scale: best.scale, top: top))
  }
  let sums = uniformSums(values, importance, scale: best.scale, top: top)
  return sums.b > 0 ? sums.a / sums.b : 0
}

private func uniformSums(
  _ values: Span<Float>, _ importance: Span<Float>?, scale: Double, top: Double
) -> (a: Double, b: Double) {
  var a = 0.0
  var b = 0.0
  for index in values.indices {
    let code = uniformCode(values[index], scale: scale, top: top)
    let weight = importanceValue(importance, index)
    a += weight * Double(values[index]) * code
    b += weight * code * code
  }
  return (a, b)
}

private func uniformCode(_ value: Float, scale: Double, top: Double) -> Double {
  max(-top, min(top, (Double(value) / scale).rounded(.toNearestOrEven)))
}
