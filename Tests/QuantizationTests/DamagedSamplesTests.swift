import Quantization
import TestSupport
import Testing

@Suite struct DamagedSamplesTests {
  /// A layer of 12 inputs and its samples before a 2-bit quantizer.
  ///
  /// - Parameters:
  ///   - codes: `[12, columns]`.
  ///   - damage: changes the targets that the samples carry.
  private static func problem(
    codes: [Int8], columns: Int, fitted: Int, damage: (inout [Float]) -> Void = { _ in }
  ) -> LayerProblem {
    var random = SplitMix64(seed: 71)
    let weights = (0..<5 * 12).map { _ in Float(random.normal()) }
    var targets = [Float](repeating: 0, count: 5 * columns)
    for row in 0..<5 {
      for column in 0..<columns {
        for input in 0..<12 {
          targets[row * columns + column] +=
            weights[row * 12 + input] * Float(codes[input * columns + column]) * 0.2
        }
      }
    }
    let tally = LayerTally(inputs: 12, outputs: 5, codeStep: 0.5)
    tally.add(codes: codes.span, targets: targets.span, columns: columns)
    damage(&targets)
    return LayerProblem(
      statistics: tally.statistics, weights: weights, weightSet: .ternary,
      samples: NonlinearSamples(
        inputs: 12, outputs: 5, columns: columns, fittedColumns: fitted, codes: codes,
        inputStep: 0.5, targets: targets, shortcut: nil,
        quantizer: CodeQuantizer(bits: 2, step: 0.6)))
  }

  private static func check(_ solution: Solution) {
    #expect(solution.scales.allSatisfy { $0 > 0 && $0.isFinite })
    #expect(solution.offsets.allSatisfy { $0.isFinite })
    #expect(solution.codes.allSatisfy { (-1...1).contains($0) })
    #expect(solution.report.residual.isFinite && solution.report.energy.isFinite)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func `samples that are no numbers are refused by name`(value: Float) {
    let codes = (0..<12 * 40).map { Int8($0 * 7 % 4) }
    let problem = Self.problem(codes: codes, columns: 40, fitted: 30) { $0[17] = value }
    #expect(throws: SolverError.notFinite(quantity: "samples")) { try solved(problem) }
  }

  @Test func `inputs that never vary leave samples nothing to fit`() throws {
    for code in [Int8(0), 2] {
      let codes = [Int8](repeating: code, count: 12 * 40)
      Self.check(try solved(Self.problem(codes: codes, columns: 40, fitted: 30)))
    }
  }

  @Test func `one column to fit and one to judge are enough`() throws {
    let codes = (0..<12 * 2).map { Int8($0 * 5 % 4) }
    Self.check(try solved(Self.problem(codes: codes, columns: 2, fitted: 1)))
  }

  @Test func `dead and equal inputs are solved with samples too`() throws {
    var random = SplitMix64(seed: 72)
    var codes = (0..<12 * 60).map { _ in Int8(random.integer(0...3)) }
    for column in 0..<60 {
      codes[3 * 60 + column] = 0
      codes[4 * 60 + column] = codes[5 * 60 + column]
    }
    for ridge in [0, 1e-3] {
      Self.check(
        try solved(
          Self.problem(codes: codes, columns: 60, fitted: 45), SolverSettings(ridge: ridge)))
    }
  }
}
