import Quantization
import TestSupport
import Testing

@Suite struct ProjectionTests {
  /// Σ d v² less the best Σ d (v − a q)² over every assignment of levels.
  static func bestGain(_ values: [Float], _ importance: [Float], _ levels: [Int8]) -> Double {
    var best = 0.0
    var digits = [Int](repeating: 0, count: values.count)
    while true {
      var a = 0.0
      var b = 0.0
      for index in values.indices {
        let level = Double(levels[digits[index]])
        a += Double(importance[index]) * Double(values[index]) * level
        b += Double(importance[index]) * level * level
      }
      if a > 0, b > 0 { best = max(best, a * a / b) }
      var position = 0
      while position < digits.count {
        digits[position] += 1
        if digits[position] < levels.count { break }
        digits[position] = 0
        position += 1
      }
      if position == digits.count { return best }
    }
  }

  static func gain(
    _ values: [Float], _ importance: [Float], _ codes: [Int8], _ scale: Double
  ) -> Double {
    var error = 0.0
    var energy = 0.0
    for index in values.indices {
      let difference = Double(values[index]) - scale * Double(codes[index])
      error += Double(importance[index]) * difference * difference
      energy += Double(importance[index]) * Double(values[index]) * Double(values[index])
    }
    return energy - error
  }

  @Test(arguments: [(WeightSet.binary, 7), (.ternary, 7), (.shift1, 5), (.shift2, 5), (.shift3, 4)])
  func `the projection is the best of all assignments`(problem: (WeightSet, Int)) {
    let (set, count) = problem
    var workspace = ProjectionWorkspace()
    for seed in 0..<200 {
      var random = SplitMix64(seed: UInt64(seed))
      let values = (0..<count).map { _ in Float(random.normal()) }
      for weighted in [false, true] {
        let importance = (0..<count).map { _ in weighted ? Float(random.uniform() + 0.05) : 1 }
        var codes = [Int8](repeating: 99, count: count)
        var span = codes.mutableSpan
        let scale = project(
          values.span, importance: weighted ? importance.span : nil, onto: set, codes: &span,
          workspace: &workspace)
        #expect(codes.allSatisfy { set.levels.contains($0) })
        #expect(
          Tolerance(absolute: 1e-6, relative: 1e-6).accepts(
            Self.gain(values, importance, codes, scale),
            expected: Self.bestGain(values, importance, set.levels)),
          "seed \(seed), weighted \(weighted)")
      }
    }
  }

  @Test func `the relative error on Gaussian weights is the known one`() {
    // algorithms.md A.6: 0.189, 0.081, 0.050, 0.0395 at 4096 entries.
    var random = SplitMix64(seed: 1)
    let values = (0..<4096).map { _ in Float(random.normal()) }
    let energy = values.reduce(0.0) { $0 + Double($1) * Double($1) }
    let ones = [Float](repeating: 1, count: values.count)
    var workspace = ProjectionWorkspace()
    let expected: [(WeightSet, Double)] = [
      (.ternary, 0.189), (.shift1, 0.081), (.shift2, 0.050), (.shift3, 0.0395),
    ]
    for (set, error) in expected {
      var codes = [Int8](repeating: 0, count: values.count)
      var span = codes.mutableSpan
      let scale = project(values.span, onto: set, codes: &span, workspace: &workspace)
      let found = 1 - Self.gain(values, ones, codes, scale) / energy
      #expect(Tolerance(absolute: 0.008).accepts(found, expected: error), "\(set)")
    }
  }

  @Test(arguments: WeightSet.allCases)
  func `alternation never beats the exact projection`(set: WeightSet) {
    var workspace = ProjectionWorkspace()
    for seed in 0..<30 {
      var random = SplitMix64(seed: UInt64(seed + 1000))
      let values = (0..<200).map { _ in Float(random.normal()) }
      let ones = [Float](repeating: 1, count: values.count)
      var codes = [Int8](repeating: 0, count: values.count)
      var span = codes.mutableSpan
      let scale = project(values.span, onto: set, codes: &span, workspace: &workspace)
      let exact = Self.gain(values, ones, codes, scale)
      var others = [Int8](repeating: 0, count: values.count)
      var otherSpan = others.mutableSpan
      let (otherScale, _) = projectByAlternation(values.span, onto: set, codes: &otherSpan)
      #expect(Self.gain(values, ones, others, otherScale) <= exact * (1 + 1e-4), "seed \(seed)")
      #expect(others.allSatisfy { set.levels.contains($0) })
    }
  }

  @Test func `zeros, ties and single entries are harmless`() {
    var workspace = ProjectionWorkspace()
    for set in WeightSet.allCases {
      var codes: [Int8] = [5, 5, 5]
      var span = codes.mutableSpan
      let scale = project([0, -0.0, 0], onto: set, codes: &span, workspace: &workspace)
      #expect(scale == 0)
      #expect(codes.allSatisfy { $0 == (set == .binary ? 1 : 0) })
      var equal: [Int8] = [0, 0, 0, 0]
      var equalSpan = equal.mutableSpan
      let common = project(
        [0.5, -0.5, 0.5, 0.5], onto: set, codes: &equalSpan, workspace: &workspace)
      #expect(Set(equal.map(\.magnitude)).count == 1)
      #expect(
        Tolerance(relative: 1e-6).accepts(common * Double(equal[0]), expected: 0.5))
    }
  }
}

private func project(
  _ values: [Float], onto set: WeightSet, codes: inout MutableSpan<Int8>,
  workspace: inout ProjectionWorkspace
) -> Double {
  project(values.span, onto: set, codes: &codes, workspace: &workspace)
}
