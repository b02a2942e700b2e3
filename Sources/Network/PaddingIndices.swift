extension Padding {
  /// The source index of each index along a padded axis.
  ///
  /// Negative padding crops first; the other modes then repeat what is left.
  package func indices(axis: Int, extent: Int) -> [Int] {
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
