import Quantization
import TestSupport
import Testing

@Suite struct NonlinearTests {
  static let quantizers = [
    CodeQuantizer(bits: 2, step: 0.65),
    CodeQuantizer(bits: 2, step: 0.6487, zeroThreshold: 0.32),
    CodeQuantizer(bits: 1, step: 1.2),
    CodeQuantizer(bits: 3, step: 0.4, lowestCode: -4),
  ]

  /// The plain form of the quantizer: the code whose interval holds the value.
  static func quantize(_ value: Double, _ quantizer: CodeQuantizer) -> Double {
    var code = quantizer.lowestCode
    for threshold in quantizer.thresholds where value > Double(threshold) { code += 1 }
    return Double(code) * Double(quantizer.step)
  }

  @Test(arguments: quantizers, AuxiliaryStep.allCases)
  func `the z-step is the best of a dense grid`(quantizer: CodeQuantizer, step: AuxiliaryStep) {
    var random = SplitMix64(seed: 4)
    let low = Double(quantizer.lowestCode) * Double(quantizer.step)
    let high = low + Double(quantizer.thresholds.count) * Double(quantizer.step)
    for _ in 0..<60 {
      let level = Self.quantize(2 * random.normal(), quantizer)
      let output = 2 * random.normal()
      let coupling = 0.1 + 3 * random.uniform()
      func cost(_ z: Double) -> Double {
        let seen =
          step == .relaxed ? max(low, min(high, z)) : Self.quantize(z, quantizer)
        return (level - seen) * (level - seen) + coupling * (z - output) * (z - output)
      }
      let found = quantizer.auxiliary(
        step, level: Float(level), output: Float(output), coupling: Float(coupling))
      let best = stride(from: -8.0, through: 8.0, by: 0.001).map(cost).min()!
      #expect(cost(Double(found)) <= best + 1e-4, "level \(level), output \(output)")
    }
  }

  /// Samples of a synthetic layer before a 2-bit quantizer, standardised as a batch norm would.
  static func problem(
    seed: UInt64, shortcut: Bool, columns: Int = 3000
  ) -> (layer: SyntheticLayer, problem: LayerProblem) {
    let layer = SyntheticLayer(inputs: 64, outputs: 40, columns: columns, seed: seed, noise: 0.1)
    var random = SplitMix64(seed: seed + 99)
    let extra: [Float]? =
      shortcut ? layer.targets.map { _ in Float(random.integer(0...3)) * 0.3 } : nil
    let targets = extra.map { zip(layer.targets, $0).map { $0 + $1 } } ?? layer.targets
    var problem = layer.problem()
    problem.samples = NonlinearSamples(
      inputs: layer.inputs, outputs: layer.outputs, columns: columns,
      fittedColumns: columns * 2 / 3, codes: layer.codes, inputStep: layer.step,
      targets: targets, shortcut: extra, quantizer: CodeQuantizer(bits: 2, step: 0.6))
    return (layer, problem)
  }

  @Test(arguments: [false, true], [nil, 3])
  func `rows are taken only where the judge sees fewer code errors`(
    shortcut: Bool, largestCode: Int?
  ) throws {
    let (layer, problem) = Self.problem(seed: 5, shortcut: shortcut)
    let samples = try #require(problem.samples)
    var linear = problem
    linear.samples = nil
    let settings = SolverSettings(largestExactCode: largestCode)
    let before = try solved(linear, settings)
    let after = try solved(problem, settings)
    let judge = Judge(
      inputs: layer.inputs, outputs: layer.outputs, columns: layer.columns,
      samples: layer.codes.map { Double($0) * Double(layer.step) },
      targets: samples.targets.map { Double($0) })
    let held = samples.fittedColumns..<samples.columns
    func errors(_ solution: Solution) -> [Double] {
      (0..<layer.outputs).map { row in
        judge.codeError(
          row: row,
          codes: solution.codes[row * layer.inputs..<(row + 1) * layer.inputs].map { Int($0) },
          scale: Double(solution.scales[row]), offset: Double(solution.offsets[row]),
          shortcut: samples.shortcut?.map { Double($0) }, columns: held,
          quantize: { Self.quantize($0, samples.quantizer) })
      }
    }
    let errorsBefore = errors(before)
    let errorsAfter = errors(after)
    // fp32 against double can put a sample that lies on a threshold into the other interval.
    let slack = Tolerance(absolute: 2 * 0.36 / Double(held.count), relative: 1e-6)
    var accepted = 0
    for row in 0..<layer.outputs {
      let report = try #require(after.report.rows[row].nonlinear)
      let count = Double(held.count)
      #expect(slack.accepts(report.errorBefore, expected: errorsBefore[row] / count))
      #expect(
        slack.accepts(
          report.accepted ? report.errorAfter : report.errorBefore,
          expected: errorsAfter[row] / count))
      if report.accepted {
        accepted += 1
        #expect(report.errorAfter < report.errorBefore)
      } else {
        #expect(before.codes[row * layer.inputs] == after.codes[row * layer.inputs])
        #expect(before.scales[row] == after.scales[row])
      }
    }
    #expect(accepted > 0)
    #expect(errorsAfter.reduce(0, +) < errorsBefore.reduce(0, +))
    // The linear error is still the recomputed one, and has not been what was minimised.
    SolverTests.judge(after, layer)
  }

  @Test func `blocks of rows give the same codes with samples too`() throws {
    let (layer, problem) = Self.problem(seed: 6, shortcut: true, columns: 1200)
    let whole = try solved(problem)
    var codes: [Int8] = []
    var offsets: [Float] = []
    for start in stride(from: 0, to: layer.outputs, by: 9) {
      let part = try solved(problem.rows(start..<min(start + 9, layer.outputs)))
      codes += part.codes
      offsets += part.offsets
    }
    #expect(codes == whole.codes)
    #expect(offsets == whole.offsets)
  }
}
