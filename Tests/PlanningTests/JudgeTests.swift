import Planning
import Quantization
import TestSupport
import Testing

@Suite struct `Judge of results` {
  private let inputs = 12
  private let outputs = 5
  private let columns = 300

  private func statistics(codes: Bool) -> LayerStatistics {
    var random = SplitMix64(seed: 41)
    let inputCodes = (0..<inputs * columns).map { _ in Int8(random.integer(0...3)) }
    let targets = (0..<outputs * columns).map { _ in Float(random.normal() + 0.3) }
    var result = LayerStatistics(inputs: inputs, outputs: outputs, codeStep: codes ? 0.5 : nil)
    if codes {
      result.add(codes: inputCodes.span, targets: targets.span, columns: columns)
    } else {
      let values = inputCodes.map { Float($0) * 0.5 }
      result.add(values: values.span, targets: targets.span, columns: columns)
    }
    return result
  }

  private func solved(
    _ statistics: LayerStatistics, granularity: ScaleGranularity = .row
  ) throws -> Solution {
    var random = SplitMix64(seed: 42)
    let weights = (0..<inputs * outputs).map { _ in Float(random.normal()) }
    var workspace = SolverWorkspace()
    return try solve(
      LayerProblem(
        statistics: statistics, weights: weights, weightSet: .ternary, granularity: granularity),
      settings: SolverSettings(), workspace: &workspace)
  }

  private func objection(
    _ solution: Solution, _ statistics: LayerStatistics, _ granularity: ScaleGranularity = .row
  ) -> String? {
    Planning.Judge().objection(
      to: solution, of: statistics, set: .ternary, granularity: granularity)
  }

  @Test(arguments: [true, false], ScaleGranularity.allCases)
  func `A solver's account holds`(codes: Bool, granularity: ScaleGranularity) throws {
    let statistics = statistics(codes: codes)
    let solution = try solved(statistics, granularity: granularity)
    #expect(objection(solution, statistics, granularity) == nil)
  }

  @Test func `One flipped code is noticed`() throws {
    let statistics = statistics(codes: true)
    let right = try solved(statistics)
    for index in 0..<inputs * outputs {
      var wrong = right
      wrong.codes[index] = wrong.codes[index] == 0 ? 1 : -wrong.codes[index]
      #expect(objection(wrong, statistics)?.contains("row \(index / inputs)") == true)
    }
  }

  @Test func `A wrong scale, offset or error is noticed`() throws {
    let statistics = statistics(codes: true)
    let right = try solved(statistics)
    func objects(_ change: (inout Solution) -> Void) -> Bool {
      var wrong = right
      change(&wrong)
      return objection(wrong, statistics) != nil
    }
    #expect(!objects { _ in })
    #expect(objects { $0.scales[1] *= 1.01 })
    #expect(objects { $0.offsets[4] += 0.01 })
    #expect(objects { $0.report.rows[2].residual *= 1.001 })
    #expect(objects { $0.report.rows[2].residual = .nan })
    #expect(objects { $0.scales[0] = .nan })
    #expect(objects { $0.scales[0] = .infinity })
    #expect(objects { $0.offsets[0] = .nan })
    #expect(objects { $0.report.rows.removeLast() })
    // Other signs of both give the same output, but no such scale is allowed.
    #expect(
      objects {
        $0.scales[0] = -$0.scales[0]
        for index in 0..<inputs { $0.codes[index] = -$0.codes[index] }
      })
  }

  @Test func `A code outside the set is noticed, though the account holds`() throws {
    let statistics = statistics(codes: true)
    var wrong = try solved(statistics)
    for index in 0..<inputs { wrong.codes[index] *= 2 }
    wrong.scales[0] /= 2
    #expect(objection(wrong, statistics)?.contains("not in the set") == true)
  }

  @Test func `Several scales are noticed where the rows share one`() throws {
    let statistics = statistics(codes: true)
    let solution = try solved(statistics)
    #expect(objection(solution, statistics, .layer)?.contains("scales") == true)
  }

  @Test func `Statistics of another size are no match`() throws {
    let statistics = statistics(codes: true)
    let solution = try solved(statistics)
    #expect(objection(solution, statistics.rows(0..<3)) != nil)
  }
}
