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

    var offsets: [Float] = []
    var reports: [RowReport] = []
    var finalScales: [Float] = []
    for row in 0..<rows {
      let fit = nonlinearFits[row]
      let scale = usableScale(
        fit?.scale ?? scales[row], row: row, bits: settings.scaleSignificantBits,
        set: problem.weightSet)
      var position = 0.0
      var zeros = 0
      for (input, index) in entries(row).enumerated() {
        position += Double(codes[index]) * factors.means[input]
        if codes[index] == 0 { zeros += 1 }
      }
      let value = Double(scale)
      let fitted = system.targetMeans[row] - value * position
      let offset = refit == .none ? problem.biases[row] : Float(fit?.offset ?? fitted)
      offsets.append(offset)
      finalScales.append(scale)
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
      inputs: inputs, codes: codes, scales: finalScales, offsets: offsets, report: report)
  }

  /// p and d of every row without the ridge, and with it.
  private func finalScores(
    system: RowSystem, factors: InputFactors
  ) -> (plain: [FitScore], ridged: [FitScore]) {
    var product = [Double](repeating: 0, count: inputs)
    var plain: [FitScore] = []
    var ridged: [FitScore] = []
    for row in 0..<rows {
      var scratch = product.mutableSpan
      let part = codes.span.extracting(entries(row))
      let score = measure(
        codes: part, target: system.pulled.span.extracting(entries(row)),
        gram: factors.gram.span, product: &scratch)
      ridged.append(score)
      plain.append(system.plainScore(score, row: row, codes: part, ridge: factors.ridge))
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

  /// A positive fp32 scale; a row that wants none or a negative one is silenced.
  private mutating func usableScale(
    _ scale: Double, row: Int, bits: Int?, set: WeightSet
  ) -> Float {
    let rounded = bits.map { roundedToSignificantBits(Float(scale), bits: $0) } ?? Float(scale)
    if rounded.isNormal && rounded > 0 { return rounded }
    guard set.includesZero else { return Self.silentScale }
    for index in entries(row) { codes[index] = 0 }
    return 1
  }

  /// What stands for zero where the levels have none; a power of two that stays normal.
  private static let silentScale: Float = 0x1p-60
}

/// `value` rounded to nearest, ties to even, with so many significant bits.
package func roundedToSignificantBits(_ value: Float, bits: Int) -> Float {
  precondition((1...24).contains(bits), "fp32 has 24 significant bits")
  guard value.isNormal else { return value }
  let dropped = UInt32(24 - bits)
  if dropped == 0 { return value }
  let half = (UInt32(1) << dropped) >> 1
  let odd = (value.bitPattern >> dropped) & 1
  // Adding just under half, or half when the kept part is odd, carries into it as rounding does.
  let pattern = ((value.bitPattern + half - 1 + odd) >> dropped) << dropped
  return Float(bitPattern: pattern)
}
