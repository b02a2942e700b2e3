import Planning
import Quantization
import TestSupport
import Testing

@Suite struct `Judge of results from columns` {
  private let inputs = 40
  private let outputs = 6
  private let count = 30

  private func columns(_ kind: Int, seed: UInt64 = 61) -> RegressionColumns {
    var random = SplitMix64(seed: seed)
    let codes = (0..<inputs * count).map { _ in random.integer(0...3) }
    let targets = (0..<outputs * count).map { _ in Float(random.normal() + 0.3) }
    let values: ColumnValues =
      switch kind {
      case 0: .signed(codes.map { Int8($0 - 1) })
      case 1: .unsigned(codes.map { UInt8($0 * 80) })
      default: .real(codes.map { Float($0) * 0.3 })
      }
    return RegressionColumns(
      inputs: inputs, outputs: outputs, columns: count, values: values,
      step: kind == 2 ? nil : 0.25, targets: targets)
  }

  private func solved(_ columns: RegressionColumns, _ set: WeightSet) throws -> Solution {
    var random = SplitMix64(seed: 62)
    let weights = (0..<inputs * outputs).map { _ in Float(random.normal()) }
    return try solve(
      SampledProblem(
        inputs: inputs, outputs: outputs, columns: count,
        values: columns.values.values(step: columns.step), targets: columns.targets,
        weights: weights, weightSet: set, codeStep: columns.step),
      settings: SolverSettings(method: .descent))
  }

  @Test(arguments: [0, 1, 2], [WeightSet.ternary, .shift2, .int8])
  func `A solver's account holds, and no other`(kind: Int, set: WeightSet) throws {
    let columns = columns(kind)
    let right = try solved(columns, set)
    func objection(_ change: (inout Solution) -> Void = { _ in }) -> String? {
      var solution = right
      change(&solution)
      return Planning.Judge().objection(
        to: solution, of: columns, rows: 0..<outputs, set: set)
    }
    #expect(objection() == nil)
    let other: Int8 = right.codes[3 * 40] == 0 ? 1 : 0
    #expect(objection { $0.codes[3 * 40] = other }?.contains("row 3") == true)
    #expect(objection { $0.codes[0] = -128 }?.contains("not in the set") == true)
    #expect(objection { $0.scales[1] *= 1.01 }?.contains("row 1") == true)
    #expect(objection { $0.scales[1] = 0 }?.contains("not positive") == true)
    #expect(objection { $0.offsets[2] += 0.1 }?.contains("row 2") == true)
    #expect(objection { $0.report.rows[4].residual += 0.1 }?.contains("row 4") == true)
    #expect(objection { $0.report.rows[5].residual = .nan }?.contains("row 5") == true)
    #expect(objection { $0.report.rows.removeLast() }?.contains("sizes") == true)
  }

  @Test(arguments: [0, 1, 2])
  func `It agrees with the plainest way to recompute`(kind: Int) throws {
    let columns = columns(kind)
    let solution = try solved(columns, .int8)
    let plain = TestSupport.Judge(
      inputs: inputs, outputs: outputs, columns: count,
      samples: columns.values.values(step: columns.step).map { Double($0) },
      targets: columns.targets.map { Double($0) })
    let found = Planning.Judge().residuals(
      of: 2..<5, codes: Array(solution.codes[2 * inputs..<5 * inputs]),
      scales: Array(solution.scales[2..<5]), offsets: Array(solution.offsets[2..<5]), in: columns)
    for (index, row) in (2..<5).enumerated() {
      let expected = plain.residual(
        row: row, codes: solution.codes[row * inputs..<(row + 1) * inputs].map { Int($0) },
        scale: Double(solution.scales[row]), offset: Double(solution.offsets[row]))
      #expect(abs(found[index] - expected) <= 1e-9 * (1 + expected))
    }
  }

  @Test func `Columns of shards are put side by side in their order`() throws {
    let parts = [columns(0, seed: 63), columns(0, seed: 64)]
    let joined = try #require(RegressionColumns(joining: parts))
    #expect(joined.columns == 2 * count)
    guard case .signed(let codes) = joined.values, case .signed(let first) = parts[0].values,
      case .signed(let second) = parts[1].values
    else {
      Issue.record("codes became something else")
      return
    }
    for row in [0, 7, inputs - 1] {
      let line = codes[row * 2 * count..<(row + 1) * 2 * count]
      let own = row * count..<(row + 1) * count
      #expect(Array(line) == Array(first[own]) + Array(second[own]))
    }
    #expect(joined.targets(1..<2) == parts[0].targets(1..<2) + parts[1].targets(1..<2))
    #expect(RegressionColumns(joining: [columns(0), columns(1)]) == nil)
    #expect(RegressionColumns(joining: [columns(0), columns(2)]) == nil)
    #expect(RegressionColumns(joining: []) == nil)
  }
}
