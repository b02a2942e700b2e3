import Quantization
import TestSupport
import Testing

@Suite struct BadInputTests {
  @Test(arguments: SolverMethod.allCases)
  func `one sample, equal inputs and rows of zero weights are solved`(method: SolverMethod) throws {
    let one = EdgeTests.statistics([[1], [2], [-1]], [[0.5], [-3]])
    // Three inputs of which two are always equal: a singular covariance.
    let line: [Float] = [1, -1, 2, 0.5, -2]
    let equal = EdgeTests.statistics([line, line, line.reversed()], [line, line.map { -2 * $0 }])
    for statistics in [one, equal] {
      for weights in [[0.5, 0, -1, 1, 2, 3], [Float](repeating: 0, count: 6)] {
        for ridge in [0, 1e-3] {
          for granularity in ScaleGranularity.allCases {
            let problem = LayerProblem(
              statistics: statistics, weights: weights, weightSet: .ternary,
              granularity: granularity)
            let settings = SolverSettings(
              method: method, ridge: ridge, baselineRefit: .scaleAndOffset)
            let solution = try solved(problem, settings)
            #expect(solution.scales.allSatisfy { $0 > 0 && $0.isFinite })
            #expect(solution.offsets.allSatisfy { $0.isFinite })
            #expect(solution.report.residual <= solution.report.energy * (1 + 1e-5) + 1e-9)
          }
        }
      }
    }
  }

  @Test func `a layer wider than the memory is refused with its figures`() throws {
    let layer = SolverTests.layer
    let needed = SolverMemory.bytes(inputs: layer.inputs, iterates: false)
    var workspace = SolverWorkspace()
    let refusal = SolverError.tooWide(inputs: layer.inputs, bytes: needed, limit: needed - 1)
    #expect(throws: refusal) {
      try solve(
        layer.problem(), settings: SolverSettings(), workspace: &workspace,
        memoryLimit: needed - 1)
    }
    #expect("\(refusal)".contains("48 inputs"))
    #expect(SolverMemory.bytes(inputs: 25_088, iterates: false) > SolverMemory.limit)
    #expect(SolverMemory.bytes(inputs: 9_216, iterates: false) < SolverMemory.limit)
    #expect(SolverMemory.bytes(inputs: .max, iterates: true) == .max)
  }

  @Test func `where the eigenvectors do not fit, descent serves alone`() throws {
    let layer = SolverTests.layer
    let needed = SolverMemory.bytes(inputs: layer.inputs, iterates: false)
    var workspace = SolverWorkspace()
    let solution = try solve(
      layer.problem(), settings: SolverSettings(), workspace: &workspace, memoryLimit: needed)
    #expect(!solution.report.stages.contains { $0.stage == "ADMM" })
    SolverTests.judge(solution, layer)
    let whole = try solved(layer.problem())
    #expect(whole.report.stages.contains { $0.stage == "ADMM" })
  }

  @Test func `BWN is the signs of the weights and their mean magnitude`() throws {
    let layer = SolverTests.layer
    let solution = try solved(layer.problem(.binary), SolverSettings(method: .bwn))
    for row in 0..<layer.outputs {
      let weights = layer.weights[row * layer.inputs..<(row + 1) * layer.inputs]
      let mean = weights.reduce(0.0) { $0 + Double($1.magnitude) } / Double(layer.inputs)
      #expect(Tolerance(relative: 1e-6).accepts(Double(solution.scales[row]), expected: mean))
      for (weight, index) in zip(weights, row * layer.inputs..<(row + 1) * layer.inputs) {
        #expect(solution.codes[index] == (weight < 0 ? -1 : 1))
      }
    }
  }

  @Test func `a shared scale descends as far as one row's own nearly does`() throws {
    let layer = SyntheticLayer(inputs: 40, outputs: 20, columns: 900, seed: 61)
    for set in [WeightSet.binary, .ternary, .shift2] {
      func error(_ method: SolverMethod) throws -> Double {
        try solved(
          layer.problem(set, granularity: .layer), SolverSettings(method: method)
        ).report.residual
      }
      let projected = try error(.projection)
      let descended = try error(.descent)
      #expect(descended < projected)
      let best = try error(.tsq)
      #expect(best <= descended * (1 + 1e-6))
    }
  }
}
