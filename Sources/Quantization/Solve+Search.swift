/// Codes of all rows with what descent did to each.
struct Candidate {
  var codes: [Int8]
  var outcomes: [DescentOutcome]
}

extension Draft {
  /// Improves the projected least-squares weights as the method says.
  mutating func search(
    _ problem: LayerProblem, least: [Double], system: RowSystem, factors: InputFactors,
    settings: SolverSettings, workspace: inout SolverWorkspace
  ) throws(SolverError) {
    let granularity = problem.granularity
    let descends = settings.method == .descent || settings.method == .tsq
    // 127 levels leave ADMM nothing to find that descent does not.
    let iterates =
      settings.method == .admm || (settings.method == .tsq && !problem.weightSet.isUniform)
    if settings.method == .tsq, granularity == .row,
      problem.weightSet.isExhaustible(inputs: inputs)
    {
      searchExhaustively(problem, system: system, factors: factors)
      return
    }
    let sweepLimit = descends ? settings.descentSweepLimit : 0
    var best = descend(
      from: codes, problem, system: system, gram: factors.gram, sweepLimit: sweepLimit)
    note(
      "projection", codes: codes, ridged: best.outcomes.map(\.startScore), system: system,
      ridge: factors.ridge, granularity: granularity)
    if iterates {
      let iterate = iterateADMM(
        problem, least: least, system: system,
        spectrum: try workspace.spectrum(normalized: settings.admm.normalizesInputs),
        settings: settings.admm)
      let other = descend(
        from: iterate, problem, system: system, gram: factors.gram, sweepLimit: sweepLimit)
      note(
        "ADMM", codes: iterate, ridged: other.outcomes.map(\.startScore), system: system,
        ridge: factors.ridge, granularity: granularity)
      keepBetter(&best, other, granularity: granularity)
    }
    codes = best.codes
    for row in 0..<rows {
      sweeps[row] = best.outcomes[row].sweeps
      changedEntries[row] = best.outcomes[row].changedEntries
    }
    if descends {
      note(
        "descent", codes: codes, ridged: best.outcomes.map(\.score), system: system,
        ridge: factors.ridge, granularity: granularity)
    }
    if settings.method == .tsq, granularity == .row {
      leaveFixedPoints(problem, system: system, gram: factors.gram, kicks: settings.escapeKicks)
    }
  }

  /// Iterated local search on every row.
  private mutating func leaveFixedPoints(
    _ problem: LayerProblem, system: RowSystem, gram: [Double], kicks: Int
  ) {
    for row in 0..<rows {
      let before = codes[entries(row)]
      var part = Array(before)
      escape(
        codes: &part, target: system.pulled.span.extracting(entries(row)), gram: gram.span,
        set: problem.weightSet, kicks: kicks)
      changedEntries[row] += zip(before, part).count { $0 != $1 }
      codes.replaceSubrange(entries(row), with: part)
    }
  }

  /// The best codes of every row, where there are few enough to try them all.
  private mutating func searchExhaustively(
    _ problem: LayerProblem, system: RowSystem, factors: InputFactors
  ) {
    let levels = problem.weightSet.levels
    for row in 0..<rows {
      let found = Quantization.searchExhaustively(
        target: system.pulled.span.extracting(entries(row)), gram: factors.gram.span,
        levels: levels)
      if let found { codes.replaceSubrange(entries(row), with: found) }
    }
  }

  /// Coordinate descent on every row; rows that share a scale take turns until none changes.
  private func descend(
    from start: [Int8], _ problem: LayerProblem, system: RowSystem, gram: [Double],
    sweepLimit: Int
  ) -> Candidate {
    var result = Candidate(
      codes: start, outcomes: [DescentOutcome](repeating: DescentOutcome(), count: rows))
    var scratch = [Double](repeating: 0, count: inputs)
    func polish(_ row: Int, others: FitScore, limit: Int) -> DescentOutcome {
      var whole = result.codes.mutableSpan
      var part = whole._mutatingExtracting(entries(row))
      return Quantization.descend(
        codes: &part, target: system.pulled.span.extracting(entries(row)), gram: gram.span,
        set: problem.weightSet, others: others, sweepLimit: limit, scratch: &scratch)
    }
    if problem.granularity == .row {
      for row in 0..<rows {
        result.outcomes[row] = polish(row, others: FitScore(), limit: sweepLimit)
      }
      return result
    }
    for row in 0..<rows { result.outcomes[row] = polish(row, others: FitScore(), limit: 0) }
    for _ in 0..<(sweepLimit > 0 ? Self.turnLimit : 0) {
      var changed = 0
      for row in 0..<rows {
        // Summed afresh, so that no rounding builds up over the turns.
        let total = result.outcomes.reduce(FitScore()) { $0 + $1.score }
        let earlier = result.outcomes[row]
        let outcome = polish(row, others: total - earlier.score, limit: sweepLimit)
        changed += outcome.changedEntries
        result.outcomes[row].score = outcome.score
        result.outcomes[row].sweeps += outcome.sweeps
        result.outcomes[row].changedEntries += outcome.changedEntries
      }
      if changed == 0 { break }
    }
    return result
  }

  /// Turns over all rows that share a scale; few are needed, since the scale moves little.
  private static let turnLimit = 10

  private func iterateADMM(
    _ problem: LayerProblem, least: [Double], system: RowSystem,
    spectrum: InputFactors.Spectrum, settings: ADMMSettings
  ) -> [Int8] {
    var result: [Int8] = []
    result.reserveCapacity(rows * inputs)
    let block = problem.granularity == .row ? rowBlock : rows
    for start in stride(from: 0, to: rows, by: max(block, 1)) {
      let count = min(block, rows - start)
      let part = start * inputs..<(start + count) * inputs
      var admm = LayerADMM(
        pulled: system.pulled[part], start: least[part], rows: count, spectrum: spectrum,
        set: problem.weightSet, granularity: problem.granularity)
      admm.run(settings)
      result.append(contentsOf: admm.bestCodes)
    }
    return result
  }

  /// Takes the rows of `other` that explain more; all or none where the rows share a scale.
  private mutating func keepBetter(
    _ best: inout Candidate, _ other: Candidate, granularity: ScaleGranularity
  ) {
    if granularity == .layer {
      let bestGain = best.outcomes.reduce(FitScore()) { $0 + $1.score }.gain
      let otherGain = other.outcomes.reduce(FitScore()) { $0 + $1.score }.gain
      if otherGain > bestGain {
        best = other
        for row in 0..<rows { cameFromADMM[row] = true }
      }
      return
    }
    for row in 0..<rows
    where other.outcomes[row].score.gain > best.outcomes[row].score.gain {
      best.codes.replaceSubrange(entries(row), with: other.codes[entries(row)])
      best.outcomes[row] = other.outcomes[row]
      cameFromADMM[row] = true
    }
  }
}
