import Quantization
import TestSupport
import Testing

@Suite struct SolverTests {
  static let layer = SyntheticLayer(inputs: 48, outputs: 40, columns: 1500, seed: 11, noise: 0.05)

  /// The judge recomputes each row's residual and the totals from samples and answer alone.
  static func judge(_ solution: Solution, _ layer: SyntheticLayer) {
    let judge = layer.judge
    for row in 0..<layer.outputs {
      let codes = solution.codes[row * layer.inputs..<(row + 1) * layer.inputs].map { Int($0) }
      let energy = judge.energy(row: row)
      let residual = judge.residual(
        row: row, codes: codes, scale: Double(solution.scales[row]),
        offset: Double(solution.offsets[row]))
      let report = solution.report.rows[row]
      let tolerance = Tolerance(absolute: 1e-5 * energy, relative: 1e-4)
      #expect(tolerance.accepts(report.residual, expected: residual), "row \(row)")
      #expect(tolerance.accepts(report.energy, expected: energy), "row \(row)")
      #expect(report.zeros == codes.count { $0 == 0 }, "row \(row)")
    }
    let totals = judge.totals(
      codes: solution.codes, scales: solution.scales, offsets: solution.offsets)
    #expect(
      Tolerance(absolute: 1e-5, relative: 1e-4).accepts(
        solution.report.relativeError, expected: totals.residual / totals.energy))
  }

  @Test(arguments: SolverMethod.allCases, WeightSet.allCases)
  func `the reported objective is the recomputed one`(
    method: SolverMethod, set: WeightSet
  ) throws {
    for granularity in ScaleGranularity.allCases {
      let solution = try solved(
        Self.layer.problem(set, granularity: granularity), SolverSettings(method: method))
      Self.judge(solution, Self.layer)
      #expect(solution.codes.allSatisfy { set.levels.contains($0) })
      #expect(solution.scales.allSatisfy { $0 > 0 && $0.isNormal })
      if granularity == .layer { #expect(Set(solution.scales).count == 1) }
    }
  }

  @Test(arguments: [UInt64(0), 1])
  func `errors fall in the order of table D2`(seed: UInt64) throws {
    let layer = SyntheticLayer(inputs: 96, outputs: 32, columns: 4000, seed: seed)
    func error(_ method: SolverMethod, _ refit: BaselineRefit = .scaleAndOffset) throws -> Double {
      try solved(
        layer.problem(), SolverSettings(method: method, baselineRefit: refit)
      ).report.relativeError
    }
    let rounded = try error(.round)
    let projected = try error(.projection)
    let descended = try error(.descent)
    let sequential = try error(.gptq)
    let iterated = try error(.admm)
    let best = try error(.tsq)
    #expect(try rounded <= error(.round, .none))
    #expect(descended < 0.8 * projected)
    #expect(sequential < 0.85 * projected)
    #expect(descended < sequential)
    #expect(iterated < 0.99 * descended)
    #expect(best < 0.995 * iterated)
    #expect(descended < 0.8 * rounded)
  }

  @Test(arguments: WeightSet.allCases, [SolverMethod.tsq, .descent, .admm, .gptq])
  func `rows solved in odd companies are the rows of the whole`(
    set: WeightSet, method: SolverMethod
  ) throws {
    let problem = Self.layer.problem(set)
    let settings = SolverSettings(method: method, escapeKicks: 20)
    let whole = try solved(problem, settings)
    var random = SplitMix64(seed: 77)
    var workspace = SolverWorkspace()
    var start = 0
    while start < Self.layer.outputs {
      let end = min(start + random.integer(1...19), Self.layer.outputs)
      let part = try solve(problem.rows(start..<end), settings: settings, workspace: &workspace)
      let entries = start * Self.layer.inputs..<end * Self.layer.inputs
      #expect(part.codes[...] == whole.codes[entries], "rows \(start)..<\(end)")
      #expect(part.scales[...] == whole.scales[start..<end], "rows \(start)..<\(end)")
      #expect(part.offsets[...] == whole.offsets[start..<end], "rows \(start)..<\(end)")
      start = end
    }
  }

  @Test(arguments: [WeightSet.ternary, .shift2])
  func `any split into row blocks gives the same codes`(set: WeightSet) throws {
    let problem = Self.layer.problem(set)
    let whole = try solved(problem)
    for size in [1, 7, 16, 32] {
      var codes: [Int8] = []
      var scales: [Float] = []
      var offsets: [Float] = []
      var workspace = SolverWorkspace()
      for start in stride(from: 0, to: Self.layer.outputs, by: size) {
        let part = problem.rows(start..<min(start + size, Self.layer.outputs))
        let solution = try solve(part, settings: SolverSettings(), workspace: &workspace)
        codes += solution.codes
        scales += solution.scales
        offsets += solution.offsets
      }
      #expect(codes == whole.codes, "blocks of \(size)")
      #expect(scales == whole.scales && offsets == whole.offsets, "blocks of \(size)")
    }
  }

  @Test func `codes and their values give nearly the same statistics`() {
    let exact = Self.layer.statistics
    let real = Self.layer.realStatistics
    guard case .codes(let gram, let sums, let step) = exact.moments,
      case .values(let realGram, let realSums) = real.moments
    else {
      Issue.record("wrong kinds of moments")
      return
    }
    let unit = Double(step)
    #expect(
      Tolerance(relative: 1e-6).accepts(
        realGram, expected: gram.map { unit * unit * Double($0) }))
    #expect(
      Tolerance(relative: 1e-6).accepts(realSums, expected: sums.map { unit * Double($0) }))
  }

  @Test func `shards add up to the whole, exactly in the integers`() {
    let layer = Self.layer
    var total = LayerStatistics(
      inputs: layer.inputs, outputs: layer.outputs, codeStep: layer.step)
    for range in [900..<1500, 0..<200, 200..<900] {
      var shard = LayerStatistics(
        inputs: layer.inputs, outputs: layer.outputs, codeStep: layer.step)
      let codes = (0..<layer.inputs).flatMap { row in
        layer.codes[row * layer.columns + range.lowerBound..<row * layer.columns + range.upperBound]
      }
      let targets = (0..<layer.outputs).flatMap { row in
        layer.targets[
          row * layer.columns + range.lowerBound..<row * layer.columns + range.upperBound]
      }
      shard.add(codes: codes.span, targets: targets.span, columns: range.count)
      total += shard
    }
    #expect(total.moments == layer.statistics.moments)
    #expect(total.sampleCount == layer.columns)
    #expect(
      Tolerance(absolute: 1e-2, relative: 1e-5).accepts(
        total.cross, expected: layer.statistics.cross))
  }
}
