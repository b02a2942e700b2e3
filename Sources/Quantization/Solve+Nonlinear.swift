extension Draft {
  /// TSQ's non-linear stage on all rows, a block at a time; each row is changed only where its
  /// held-out code error falls.
  mutating func refine(
    _ problem: LayerProblem, samples: NonlinearSamples, system: RowSystem,
    factors: InputFactors, settings: SolverSettings
  ) throws(SolverError) {
    guard samples.targets.allSatisfy(\.isFinite),
      samples.shortcut.map({ $0.allSatisfy(\.isFinite) }) ?? true
    else { throw .notFinite(quantity: "samples") }
    let stage = NonlinearStage(
      samples, set: problem.weightSet, factors: factors, settings: settings, observer: observer)
    // A copy is finished to learn which scales and offsets would be deployed without this stage.
    let linear = self.finish(problem, system: system, factors: factors, settings: settings)
    for start in stride(from: 0, to: rows, by: rowBlock) {
      let block = start..<min(start + rowBlock, rows)
      let begin = block.map { row in
        (
          codes: Array(linear.codes[entries(row)]),
          fit: LinearFit(
            scale: Double(linear.scales[row]), offset: Double(linear.offsets[row]))
        )
      }
      let found = try stage.improve(
        rows: block, start: begin,
        weights: problem.weights[start * inputs..<block.upperBound * inputs])
      for row in block {
        let result = found[row - start]
        nonlinear[row] = result.report
        if !result.report.accepted { continue }
        codes.replaceSubrange(entries(row), with: result.codes)
        nonlinearFits[row] = result.fit
      }
    }
  }
}
