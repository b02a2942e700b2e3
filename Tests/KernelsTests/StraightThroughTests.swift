import Kernels
import TestSupport
import Testing

@Suite struct `Training kernels` {
  private static let rules = [
    CodeRule(step: 0.3, lowestCode: 0, highestCode: 3, threshold: nil),
    CodeRule(step: 0.7, lowestCode: -128, highestCode: 127, threshold: nil),
    CodeRule(step: 0.3, lowestCode: 0, highestCode: 3, threshold: 0.1),
    CodeRule(step: 0.25, lowestCode: -2, highestCode: 1, threshold: 0.3),
  ]

  @Test(arguments: PanelInstructions.available)
  func `equal their plain twin`(instructions: PanelInstructions) {
    let kernels = TrainingKernels(instructions)
    var random = SplitMix64(seed: 9)
    for rule in Self.rules {
      for count in [0, 1, 15, 16, 17, 5000] {
        var x = (0..<count).map { _ in Float(random.normal()) }
        if count > 4 { x.replaceSubrange(0..<4, with: [.nan, .infinity, -.infinity, 0.45]) }
        let dy = (0..<count).map { _ in Float(random.normal()) }
        let other = (0..<count).map { _ in Float(random.normal()) }
        var y = [Float](repeating: -9, count: count)
        var dx = y
        unsafe kernels.codes(rule, x, into: &y, count: count)
        let byStep = unsafe kernels.pullBackCodes(
          rule, x, gradient: dy, adding: other, into: &dx, count: count)
        let expected = x.map { codeReference(rule, $0) }
        #expect(y == expected.map(\.value))
        #expect(
          dx == expected.indices.map { (expected[$0].isInside ? dy[$0] : 0) + other[$0] })
        let sum = expected.indices.reduce(0.0) {
          $0 + Double(dy[$1]) * Double(expected[$1].byStep)
        }
        #expect(abs(byStep - sum) <= 1e-3)
        let best = unsafe TrainingKernels(.plain).pullBackCodes(
          rule, x, gradient: dy, adding: nil, into: &dx, count: count)
        #expect(byStep == best)
        unsafe kernels.pullBackSlope(0.25, x, gradient: dy, into: &dx, count: count)
        #expect(dx == x.indices.map { x[$0] > 0 ? dy[$0] : dy[$0] * 0.25 })
        unsafe kernels.pullBackClip(
          lower: -0.5, upper: 0.45, x, gradient: dy, into: &dx, count: count)
        #expect(dx == x.indices.map { x[$0] >= -0.5 && x[$0] <= 0.45 ? dy[$0] : 0 })
        unsafe kernels.add(dy, other, into: &dx, count: count)
        #expect(dx == zip(dy, other).map { $0 + $1 })
      }
    }
  }
}
