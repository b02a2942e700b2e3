extension Draft {
  /// The baselines: codes and scales from the given weights alone.
  mutating func projectWeights(_ problem: LayerProblem, rule: SolverMethod) {
    let applies = rule == .twn && problem.weightSet == .ternary
    weightScales =
      applies
      ? thresholdWeights(problem.weights, granularity: problem.granularity)
      : project(problem.weights, set: problem.weightSet, granularity: problem.granularity)
  }

  /// TWN: entries above 0.7 · mean|w| become ±1, the scale is their mean magnitude.
  ///
  /// The rule is for ternary levels; other sets are projected exactly instead.
  private mutating func thresholdWeights(
    _ weights: [Float], granularity: ScaleGranularity
  ) -> [Double] {
    let group = granularity == .row ? inputs : rows * inputs
    var scales: [Double] = []
    for start in stride(from: 0, to: rows * inputs, by: max(group, 1)) {
      let entries = start..<start + group
      let total = weights[entries].reduce(0.0) { $0 + Double($1.magnitude) }
      let threshold = 0.7 * total / Double(group)
      var sum = 0.0
      var survivors = 0
      for index in entries {
        let weight = weights[index]
        if Double(weight.magnitude) > threshold {
          codes[index] = weight < 0 ? -1 : 1
          sum += Double(weight.magnitude)
          survivors += 1
        } else {
          codes[index] = 0
        }
      }
      let scale = survivors > 0 ? sum / Double(survivors) : 0
      scales.append(contentsOf: repeatElement(scale, count: group / max(inputs, 1)))
    }
    return scales
  }
}
