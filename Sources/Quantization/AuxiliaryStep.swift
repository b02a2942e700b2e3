// The z-step of TSQ's non-linear stage (B5): given the desired output level y and the layer's
// present output v, minimise over z
//
//   (y − Q(z))² + λ (z − v)²

/// How the quantizer is treated in the z-step.
package enum AuxiliaryStep: Sendable, Equatable, CaseIterable {
  /// Q(z) replaced by z clipped to the quantizer's range (B10).
  case relaxed
  /// Q as it is: the best of each code's interval (B.4 b).
  case exact
}

extension CodeQuantizer {
  /// The minimiser z of the z-step.
  ///
  /// - Parameters:
  ///   - level: y, a level of this quantizer.
  ///   - output: v.
  ///   - coupling: λ > 0.
  package func auxiliary(
    _ step: AuxiliaryStep, level: Float, output: Float, coupling: Float
  ) -> Float {
    switch step {
    case .relaxed: relaxedAuxiliary(level: level, output: output, coupling: coupling)
    case .exact: exactAuxiliary(level: level, output: output, coupling: coupling)
    }
  }

  private func relaxedAuxiliary(level: Float, output: Float, coupling: Float) -> Float {
    let low = self.level(0)
    let high = self.level(thresholds.count)
    func cost(_ z: Float) -> Float {
      let clipped = z < low ? low : (z > high ? high : z)
      let miss = level - clipped
      let stretch = z - output
      return miss * miss + coupling * stretch * stretch
    }
    let below = output < low ? output : low
    let above = output > high ? output : high
    let mean = (coupling * output + level) / (1 + coupling)
    let inside = mean < low ? low : (mean > high ? high : mean)
    var best = inside
    var bestCost = cost(inside)
    for candidate in [below, above] {
      let candidateCost = cost(candidate)
      if candidateCost < bestCost { (best, bestCost) = (candidate, candidateCost) }
    }
    return best
  }

  private func exactAuxiliary(level: Float, output: Float, coupling: Float) -> Float {
    var best = output
    var bestCost = Float.infinity
    for interval in 0..<codeCount {
      // Intervals are open below: the nearest value inside is the next one up.
      var z = output
      if interval > 0, z <= thresholds[interval - 1] { z = thresholds[interval - 1].nextUp }
      if interval < thresholds.count, z > thresholds[interval] { z = thresholds[interval] }
      let miss = level - self.level(interval)
      let stretch = z - output
      let cost = miss * miss + coupling * stretch * stretch
      if cost < bestCost { (best, bestCost) = (z, cost) }
    }
    return best
  }
}
