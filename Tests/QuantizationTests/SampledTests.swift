import Quantization
import TestSupport
import Testing

@Suite struct SampledTests {
  static func problem(
    _ layer: SyntheticLayer, _ set: WeightSet
  ) -> SampledProblem {
    SampledProblem(
      inputs: layer.inputs, outputs: layer.outputs, columns: layer.columns,
      values: layer.codes.map { Float($0) * layer.step }, targets: layer.targets,
      weights: layer.weights, weightSet: set, codeStep: layer.step)
  }

  @Test(arguments: [WeightSet.binary, .ternary, .shift2, .int8])
  func `samples and their covariance give regressions of one quality`(set: WeightSet) throws {
    // More inputs than samples, which is what it is for, and fewer.
    for (inputs, columns) in [(150, 60), (40, 400)] {
      let layer = SyntheticLayer(inputs: inputs, outputs: 20, columns: columns, seed: 71)
      let settings = SolverSettings(method: .descent)
      let sampled = try solve(Self.problem(layer, set), settings: settings)
      SolverTests.judge(sampled, layer)
      #expect(sampled.codes.allSatisfy { set.levels.contains($0) })
      let whole = try solved(layer.problem(set), settings)
      // Both end in local optima, of which int8 has many.
      #expect(sampled.report.residual <= whole.report.residual * 1.2)
      #expect(whole.report.residual <= sampled.report.residual * 1.2)
    }
  }

  @Test func `rows of a wide layer do not depend on their company`() throws {
    let layer = SyntheticLayer(inputs: 130, outputs: 37, columns: 50, seed: 72)
    let problem = Self.problem(layer, .ternary)
    let settings = SolverSettings(method: .descent, largestExactCode: 3)
    let whole = try solve(problem, settings: settings)
    for range in [0..<1, 1..<6, 5..<37, 36..<37, 3..<20] {
      let part = try solve(problem.rows(range), settings: settings)
      #expect(part.codes[...] == whole.codes[range.lowerBound * 130..<range.upperBound * 130])
      #expect(part.scales[...] == whole.scales[range])
      #expect(part.offsets[...] == whole.offsets[range])
    }
  }

  @Test func `a wide layer that does not fit or is damaged is refused`() throws {
    let layer = SyntheticLayer(inputs: 30, outputs: 2, columns: 10, seed: 73)
    let problem = Self.problem(layer, .ternary)
    #expect(
      throws: SolverError.tooWide(
        inputs: 30, bytes: problem.memory, limit: problem.memory - 1)
    ) {
      try solve(problem, settings: SolverSettings(), memoryLimit: problem.memory - 1)
    }
    var targets = layer.targets
    targets[3] = .nan
    let broken = SampledProblem(
      inputs: 30, outputs: 2, columns: 10, values: problem.values, targets: targets,
      weights: layer.weights, weightSet: .ternary)
    #expect(throws: SolverError.notFinite(quantity: "targets")) {
      try solve(broken, settings: SolverSettings())
    }
    // The first linear layer of VGG-16 from 1,024 images stays within the limit.
    let wide = 12 * 25_088 * 1024 + 16 * 1024 * 1024 + 32 * 25_088 * 24
    #expect(wide < SolverMemory.limit)
  }
}
