import Quantization
import TestSupport
import Testing

@Suite struct MixingTests {
  static let values: [[Float]] = [[1, -2, 0.5, 3], [0, 1, 4, -1], [2, 2, -1, 0.25]]
  static let targets: [[Float]] = [[1, 0, -1, 2], [0.5, 3, 1, -2]]

  static func moments(_ statistics: LayerStatistics) -> [Double] {
    guard case .values(let gram, let sums) = statistics.ofValues.moments else { return [] }
    return gram + sums + statistics.ofValues.cross + statistics.targetSums
      + statistics.targetSquares
  }

  @Test func `a weighted sample counts as often as its weight says`() {
    // Weights 3/2, 1/2, 1, 1 of four samples are 3, 1, 2, 2 of eight.
    var weighted = LayerStatistics(inputs: 3, outputs: 2, codeStep: nil)
    let weights: [Float] = [1.5, 0.5, 1, 1]
    weighted.add(
      values: Self.values.flatMap { $0 }.span, targets: Self.targets.flatMap { $0 }.span,
      weights: weights.span, columns: 4)
    let repeats = [0, 0, 0, 1, 2, 2, 3, 3]
    let plain = EdgeTests.statistics(
      Self.values.map { line in repeats.map { line[$0] } },
      Self.targets.map { line in repeats.map { line[$0] } })
    #expect(weighted.sampleCount == 4)
    #expect(
      Tolerance(absolute: 1e-5, relative: 1e-5).accepts(
        Self.moments(weighted), expected: Self.moments(plain).map { $0 / 2 }))
  }

  @Test func `a mixture lies between its parts`() {
    let clean = EdgeTests.statistics(Self.values, Self.targets)
    let rounded = EdgeTests.statistics(
      Self.values.map { $0.map { $0.rounded() } }, Self.targets)
    let (left, right) = (Self.moments(clean), Self.moments(rounded))
    #expect(left != right)
    for share in [0, 0.25, 0.5, 1] {
      let expected = zip(left, right).map { (1 - share) * $0 + share * $1 }
      #expect(
        Tolerance(absolute: 1e-9).accepts(
          Self.moments(clean.mixed(with: rounded, share: share)), expected: expected))
    }
    // Moments of codes mix as the values they stand for.
    let exact = SolverTests.layer.statistics
    #expect(
      Tolerance(absolute: 1e-3, relative: 1e-6).accepts(
        Self.moments(exact.mixed(with: SolverTests.layer.realStatistics, share: 0.5)),
        expected: Self.moments(SolverTests.layer.realStatistics)))
  }
}
