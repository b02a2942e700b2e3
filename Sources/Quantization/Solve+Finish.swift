extension Draft {
  /// Scales, offsets and the account in the metric of the outputs (B.7):
  ///
  ///     α = p / d        b = mean t − α q · mean x̃        residual = Σ t² − 2 α p + α² d
  ///
  /// with centred p and d, without the ridge.
  consuming func finish(
    _ problem: LayerProblem, system: RowSystem, factors: InputFactors, settings: SolverSettings
  ) -> Solution {
    let (scores, ridged) = finalScores(system: system, factors: factors)
    var scales = fittedScales(scores, ridged, granularity: problem.granularity)
    let refit: BaselineRefit = weightScales == nil ? .scaleAndOffset : settings.baselineRefit
    if let weightScales, refit != .scaleAndOffset { scales = weightScales }

    for row in 0..<rows { scales[row] = nonlinearFits[row]?.scale ?? scales[row] }

    let exact = settings.largestExactCode.flatMap { code in
      problem.statistics.moments.codeStep.map { ExactSums(step: $0, largestCode: code) }
    }
    func fittedOffset(_ row: Int, _ scale: Double, position: Double) -> Double {
      system.targetMeans[row] - scale * position
    }
    // A copy, since the closure below is used while the codes may change.
    let fits = nonlinearFits
    func chosenOffset(_ row: Int, _ scale: Double, position: Double) -> Double {
      refit == .none
        ? Double(problem.biases[row])
        : fits[row]?.offset ?? fittedOffset(row, scale, position: position)
    }
    let positions = (0..<rows).map { position($0, means: factors.means) }
    let deployed = deployedScales(
      scales, exact: exact, set: problem.weightSet, granularity: problem.granularity
    ) { row, scale in chosenOffset(row, scale, position: positions[row]) }

    var offsets: [Float] = []
    var reports: [RowReport] = []
    for row in 0..<rows {
      let value = Double(deployed[row].scale)
      let zeros = codes[entries(row)].count { $0 == 0 }
      let position = zeros == inputs ? 0 : positions[row]
      let fitted = fittedOffset(row, value, position: position)
      let chosen = chosenOffset(row, value, position: position)
      let offset = Float(deployed[row].unit.map { (chosen / $0).rounded() * $0 } ?? chosen)
      offsets.append(offset)
      // A row that was silenced has no codes left to score.
      let score = zeros == inputs ? FitScore() : scores[row]
      let shift = Double(offset) - fitted
      let residual =
        system.energies[row] - 2 * value * score.product + value * value * score.quadratic
        + Double(factors.sampleCount) * shift * shift
      reports.append(
        RowReport(
          residual: max(0, residual), energy: system.energies[row], sweeps: sweeps[row],
          changedEntries: changedEntries[row], zeros: zeros, cameFromADMM: cameFromADMM[row],
          nonlinear: nonlinear[row]))
    }
    var report = SolveReport(
      rows: reports, stages: stages, sampleCount: factors.sampleCount, ridge: factors.ridge)
    report.stages.append(StageReport(stage: "final", residual: report.residual))
    return Solution(
      inputs: inputs, codes: codes, scales: deployed.map(\.scale), offsets: offsets, report: report)
  }

  /// p and d of every row without the ridge, and with it, in double precision.
  private func finalScores(
    system: RowSystem, factors: InputFactors
  ) -> (plain: [FitScore], ridged: [FitScore]) {
    let ridged = system.ridgedScores(of: codes, gram: factors.gram)
    let plain = (0..<rows).map { row in
      system.plainScore(
        ridged[row], row: row, codes: codes.span.extracting(entries(row)), ridge: factors.ridge)
    }
    return (plain, ridged)
  }

  private func fittedScales(
    _ plain: [FitScore], _ ridged: [FitScore], granularity: ScaleGranularity
  ) -> [Double] {
    func scale(_ plain: FitScore, _ ridged: FitScore) -> Double {
      // Codes that the samples never excite keep the scale of the weights.
      let tiny = 1e-12 * ridged.quadratic
      return plain.quadratic > tiny
        ? plain.product / plain.quadratic : ridged.product / ridged.quadratic
    }
    if granularity == .row { return zip(plain, ridged).map(scale) }
    let common = scale(plain.reduce(FitScore(), +), ridged.reduce(FitScore(), +))
    return [Double](repeating: common, count: rows)
  }

  /// The scales as fp32 numbers, short enough for exact sums where there is room, with the unit of
  /// those sums.
  private mutating func deployedScales(
    _ scales: [Double], exact: ExactSums?, set: WeightSet, granularity: ScaleGranularity,
    offset: @escaping (Int, Double) -> Double
  ) -> [(scale: Float, unit: Double?)] {
    var result: [(scale: Float, unit: Double?)] = []
    let size = granularity == .row ? 1 : max(rows, 1)
    for start in stride(from: 0, to: rows, by: size) {
      let group = start..<start + size
      let members = group.map { row in
        ExactSums.Row(magnitude: codes[entries(row)].reduce(0) { $0 + abs(Int($1)) }) {
          offset(row, $0)
        }
      }
      let short = exact?.deployed(scales[start], rows: members)
      for row in group {
        result.append(
          (usableScale(short?.scale ?? Float(scales[row]), row: row, set: set), short?.unit))
      }
    }
    return result
  }

  /// q · mean x̃ of a row.
  private func position(_ row: Int, means: [Double]) -> Double {
    zip(entries(row), means).reduce(0) { $0 + Double(codes[$1.0]) * $1.1 }
  }

  /// A positive fp32 scale; a row that wants none or a negative one is silenced.
  private mutating func usableScale(_ scale: Float, row: Int, set: WeightSet) -> Float {
    if scale.isNormal && scale > 0 { return scale }
    guard set.includesZero else { return Self.silentScale }
    for index in entries(row) { codes[index] = 0 }
    return 1
  }

  /// What stands for zero where the levels have none; a power of two that stays normal.
  private static let silentScale: Float = 0x1p-60
}
