import Quantization
import TestSupport
import Testing

@Suite struct EdgeTests {
  /// Statistics of given values, `[inputs, columns]`, and targets.
  static func statistics(
    _ values: [[Float]], _ targets: [[Float]]
  ) -> LayerStatistics {
    var result = LayerStatistics(
      inputs: values.count, outputs: targets.count, codeStep: nil)
    let flatValues = values.flatMap { $0 }
    let flatTargets = targets.flatMap { $0 }
    result.add(values: flatValues.span, targets: flatTargets.span, columns: values[0].count)
    return result
  }

  @Test(arguments: WeightSet.allCases)
  func `dead inputs, constant targets and fewer samples than inputs are solved`(
    set: WeightSet
  ) throws {
    var random = SplitMix64(seed: 2)
    let columns = 5
    var values = (0..<12).map { _ in (0..<columns).map { _ in Float(random.normal()) } }
    values[3] = [Float](repeating: 0, count: columns)
    values[7] = [Float](repeating: 2, count: columns)
    let targets: [[Float]] = [
      (0..<columns).map { _ in Float(random.normal()) },
      [Float](repeating: 0.25, count: columns),
      values[0].map { -3 * $0 },
    ]
    let statistics = Self.statistics(values, targets)
    let weights = (0..<3 * 12).map { _ in Float(random.normal()) }
    for method in SolverMethod.allCases {
      for ridge in [0, 1e-3] {
        let problem = LayerProblem(statistics: statistics, weights: weights, weightSet: set)
        let settings = SolverSettings(
          method: method, ridge: ridge, baselineRefit: .scaleAndOffset)
        let solution = try solved(problem, settings)
        let judge = Judge(
          inputs: 12, outputs: 3, columns: columns,
          samples: values.flatMap { $0 }.map { Double($0) },
          targets: targets.flatMap { $0 }.map { Double($0) })
        for row in 0..<3 {
          let residual = judge.residual(
            row: row, codes: solution.codes[row * 12..<row * 12 + 12].map { Int($0) },
            scale: Double(solution.scales[row]), offset: Double(solution.offsets[row]))
          #expect(residual.isFinite)
          #expect(residual <= judge.energy(row: row) * (1 + 1e-5) + 1e-6, "\(method) row \(row)")
        }
        // A constant target is met by the offset alone.
        #expect(
          Tolerance(absolute: 1e-5).accepts(solution.report.rows[1].residual, expected: 0))
      }
    }
  }

  @Test func `a layer whose inputs never vary keeps its mean`() throws {
    let values: [[Float]] = [[1, 1, 1], [0, 0, 0]]
    let targets: [[Float]] = [[2, 3, 4]]
    let problem = LayerProblem(
      statistics: Self.statistics(values, targets), weights: [0.5, -0.5], weightSet: .ternary)
    let solution = try solved(problem)
    let output =
      solution.scales[0] * Float(solution.codes[0]) + solution.offsets[0]
    #expect(Tolerance(absolute: 1e-5).accepts(output, expected: 3))
  }

  @Test func `empty and damaged statistics are errors that say so`() throws {
    let empty = LayerProblem(
      statistics: LayerStatistics(inputs: 2, outputs: 1, codeStep: 1), weights: [1, 1],
      weightSet: .ternary)
    #expect(throws: SolverError.noSamples) { try solved(empty) }
    let broken = LayerProblem(
      statistics: Self.statistics([[1, .nan]], [[1, 2]]), weights: [1], weightSet: .ternary)
    #expect(throws: SolverError.notFinite(quantity: "input moments")) { try solved(broken) }
    let targets = LayerProblem(
      statistics: Self.statistics([[1, 2]], [[1, .infinity]]), weights: [1], weightSet: .ternary)
    #expect(throws: SolverError.notFinite(quantity: "target moments")) { try solved(targets) }
    let weights = LayerProblem(
      statistics: Self.statistics([[1, 2]], [[1, 2]]), weights: [.nan], weightSet: .ternary)
    #expect(throws: SolverError.notFinite(quantity: "weights")) { try solved(weights) }
    #expect("\(SolverError.noSamples)".contains("calibration"))
  }

  @Test(arguments: 1...24)
  func `a rounded scale has so many bits and is the nearest`(bits: Int) {
    var random = SplitMix64(seed: 9)
    for _ in 0..<200 {
      let value = Float(random.uniform() * 3 + 0.01)
      let rounded = roundedToSignificantBits(value, bits: bits)
      #expect(rounded.significandBitPattern & ((1 << UInt32(24 - bits)) - 1) == 0)
      let unit = value.binade * Float(sign: .plus, exponent: 1 - bits, significand: 1)
      let nearest = (value / unit).rounded(.toNearestOrEven) * unit
      #expect(rounded == nearest)
      #expect(roundedToSignificantBits(-value, bits: bits) == -nearest)
    }
    #expect(roundedToSignificantBits(0, bits: bits) == 0)
    #expect(roundedToSignificantBits(.infinity, bits: bits) == .infinity)
    #expect(roundedToSignificantBits(.nan, bits: bits).isNaN)
  }

  @Test func `baselines learn from data only what they are allowed to`() throws {
    let layer = SolverTests.layer
    var problem = layer.problem()
    problem.biases = (0..<layer.outputs).map { Float($0) * 0.01 }
    for method in [SolverMethod.round, .twn] {
      let plain = try solved(problem, SolverSettings(method: method, baselineRefit: .none))
      let offset = try solved(problem, SolverSettings(method: method, baselineRefit: .offset))
      let both = try solved(
        problem, SolverSettings(method: method, baselineRefit: .scaleAndOffset))
      #expect(plain.codes == offset.codes && plain.codes == both.codes)
      #expect(plain.offsets == problem.biases)
      #expect(plain.scales == offset.scales)
      #expect(plain.report.residual >= offset.report.residual)
      #expect(offset.report.residual >= both.report.residual)
      for solution in [plain, offset, both] { SolverTests.judge(solution, layer) }
    }
    let row = layer.weights[0..<layer.inputs]
    let threshold = 0.7 * row.reduce(0) { $0 + abs($1) } / Float(layer.inputs)
    let twn = try solved(problem, SolverSettings(method: .twn))
    for input in 0..<layer.inputs {
      #expect((twn.codes[input] != 0) == (abs(row[input]) > threshold))
    }
  }

  @Test(arguments: [WeightSet.binary, .ternary, .shift2, .int8])
  func `descent ends where no single change helps`(set: WeightSet) throws {
    let layer = SyntheticLayer(inputs: 14, outputs: 3, columns: 400, seed: 21, noise: 0.2)
    let solution = try solved(
      layer.problem(set), SolverSettings(method: .descent, ridge: 1e-9))
    let judge = layer.judge
    for row in 0..<layer.outputs {
      let codes = solution.codes[row * layer.inputs..<(row + 1) * layer.inputs].map { Int($0) }
      let best = Self.bestResidual(judge, row: row, codes: codes)
      for input in 0..<layer.inputs {
        for level in set.levels where abs(Int(level) - codes[input]) < 9 {
          var changed = codes
          changed[input] = Int(level)
          let residual = Self.bestResidual(judge, row: row, codes: changed)
          #expect(residual >= best * (1 - 1e-5), "row \(row), entry \(input), level \(level)")
        }
      }
    }
  }

  @Test(arguments: [(WeightSet.binary, 9), (.ternary, 9), (.shift1, 5), (.shift3, 4)])
  func `rows of few inputs get the best of all codes`(problem: (WeightSet, Int)) throws {
    let (set, inputs) = problem
    let layer = SyntheticLayer(inputs: inputs, outputs: 4, columns: 120, seed: 31, noise: 0.3)
    let solution = try solved(layer.problem(set), SolverSettings(ridge: 1e-9))
    let judge = layer.judge
    for row in 0..<layer.outputs {
      let codes = solution.codes[row * inputs..<(row + 1) * inputs].map { Int($0) }
      let found = Self.bestResidual(judge, row: row, codes: codes)
      let best = Self.manyStarts(judge, row: row, levels: set.levels.map { Int($0) })
      #expect(found <= best * (1 + 1e-5), "row \(row)")
    }
  }

  /// Descent from many random starts on the samples: an independent way to the optimum of so
  /// small a problem.
  static func manyStarts(_ judge: Judge, row: Int, levels: [Int]) -> Double {
    var random = SplitMix64(seed: UInt64(row))
    var best = Double.infinity
    for _ in 0..<40 {
      var codes = (0..<judge.inputs).map { _ in levels[random.integer(0...levels.count - 1)] }
      var residual = bestResidual(judge, row: row, codes: codes)
      var improved = true
      while improved {
        improved = false
        for input in codes.indices {
          for level in levels where level != codes[input] {
            var changed = codes
            changed[input] = level
            let candidate = bestResidual(judge, row: row, codes: changed)
            if candidate < residual * (1 - 1e-9) {
              (codes, residual, improved) = (changed, candidate, true)
            }
          }
        }
      }
      best = min(best, residual)
    }
    return best
  }

  @Test func `more kicks never end higher`() throws {
    let layer = SyntheticLayer(inputs: 60, outputs: 8, columns: 900, seed: 41)
    var residuals: [Double] = []
    for kicks in [0, 10, 100, 400] {
      let solution = try solved(layer.problem(), SolverSettings(ridge: 1e-9, escapeKicks: kicks))
      SolverTests.judge(solution, layer)
      residuals.append(solution.report.residual)
    }
    for (fewer, more) in zip(residuals, residuals.dropFirst()) {
      #expect(more <= fewer * (1 + 1e-6))
    }
    #expect(residuals[3] < residuals[0])
  }

  @Test func `ADMM explains more than descent, with inputs normalised or not`() throws {
    let layer = SyntheticLayer(inputs: 80, outputs: 24, columns: 2000, seed: 51)
    let descent = try solved(layer.problem(), SolverSettings(method: .descent))
    for normalizes in [false, true] {
      let solution = try solved(
        layer.problem(),
        SolverSettings(method: .admm, admm: ADMMSettings(normalizesInputs: normalizes)))
      #expect(solution.report.residual < descent.report.residual)
    }
  }

  /// The residual with the best positive scale and the best offset, from samples.
  static func bestResidual(_ judge: Judge, row: Int, codes: [Int]) -> Double {
    let output = judge.outputs(codes: codes, scale: 1, offset: 0)
    let target = Array(judge.targets[row * judge.columns..<(row + 1) * judge.columns])
    let count = Double(judge.columns)
    let outputMean = output.reduce(0, +) / count
    let targetMean = target.reduce(0, +) / count
    var product = 0.0
    var square = 0.0
    for (found, wanted) in zip(output, target) {
      product += (found - outputMean) * (wanted - targetMean)
      square += (found - outputMean) * (found - outputMean)
    }
    let gain = product > 0 && square > 0 ? product * product / square : 0
    return judge.energy(row: row) - gain
  }

  @Test func `the numeric kernel has a name with both libraries in it`() {
    let name = solverKernelID()
    #expect(name.contains("oneDNN-"))
    #expect(name.contains("OpenBLAS"))
    #expect(name == solverKernelID())
  }
}
