import Quantization
import TestSupport
import Testing

@Suite struct `Exact sums` {
  static let layer = SyntheticLayer(inputs: 96, outputs: 6, columns: 600, seed: 77, noise: 0.1)

  /// The output of a row in fp32, with the offset first or last and the terms in some order.
  private func output(
    _ solution: Solution, row: Int, inputs: [Float], order: [Int], offsetFirst: Bool
  ) -> Float {
    var sum = offsetFirst ? solution.offsets[row] : 0
    for index in order {
      let weight = solution.scales[row] * Float(solution.codes[row * solution.inputs + index])
      sum += weight * inputs[index]
    }
    return offsetFirst ? sum : sum + solution.offsets[row]
  }

  @Test(arguments: [WeightSet.ternary, .shift2], [ScaleGranularity.row, .layer])
  func `come out the same in any order and from any start`(
    set: WeightSet, granularity: ScaleGranularity
  ) throws {
    var problem = Self.layer.problem(set)
    problem.granularity = granularity
    for largest in [1, 3, 15, 255] {
      let solution = try solved(
        problem, SolverSettings(admm: ADMMSettings(iterations: 20), largestExactCode: largest))
      SolverTests.judge(solution, Self.layer)
      var random = SplitMix64(seed: 5)
      for row in 0..<Self.layer.outputs {
        for trial in 0..<20 {
          let codes = (0..<Self.layer.inputs).map { index in
            // Extremes first: all that pull one way at their largest.
            switch trial {
            case 0: solution.codes[row * solution.inputs + index] > 0 ? largest : 0
            case 1: solution.codes[row * solution.inputs + index] < 0 ? largest : 0
            default: random.integer(0...largest)
            }
          }
          let inputs = codes.map { Float($0) * Self.layer.step }
          let exact = zip(codes.indices, codes).reduce(Double(solution.offsets[row])) {
            let code = Double(solution.codes[row * solution.inputs + $1.0])
            let input = Double($1.1) * Double(Self.layer.step)
            return $0 + Double(solution.scales[row]) * code * input
          }
          let forward = Array(codes.indices)
          for order in [forward, forward.reversed(), forward.sorted { $0 % 7 < $1 % 7 }] {
            for first in [false, true] {
              let found = output(
                solution, row: row, inputs: inputs, order: order, offsetFirst: first)
              #expect(Double(found) == exact)
            }
          }
        }
      }
    }
  }

  @Test func `cost next to nothing`() throws {
    let free = try solved(Self.layer.problem())
    let exact = try solved(Self.layer.problem(), SolverSettings(largestExactCode: 255))
    #expect(exact.codes == free.codes)
    #expect(exact.scales != free.scales)
    #expect(exact.report.relativeError < free.report.relativeError * 1.01)
  }

  @Test func `are given up where codes and weights leave no room`() throws {
    let layer = SyntheticLayer(inputs: 600, outputs: 2, columns: 50, seed: 3)
    let settings = SolverSettings(method: .round, baselineRefit: .offset)
    var exact = settings
    exact.largestExactCode = 255
    var problem = layer.problem(.int8)
    problem.weights = (0..<1200).map { $0 % 2 == 0 ? 0.75 : -0.75 }
    // Σ|q| · 255 = 600 · 127 · 255 passes 2²⁴ by itself.
    #expect(try solved(problem, exact).scales == solved(problem, settings).scales)
    #expect(try solved(problem, exact).offsets == solved(problem, settings).offsets)
  }
}
