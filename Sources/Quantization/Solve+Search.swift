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
      !settings.admm.isLeftOut
      && (settings.method == .admm || (settings.method == .tsq && !problem.weightSet.isUniform))
    if settings.method == .tsq, granularity == .row,
      problem.weightSet.isExhaustible(inputs: inputs)
    {
      searchExhaustively(problem, system: system, factors: factors)
      return
    }
    let sweepLimit = descends ? settings.descentSweepLimit : 0
    var search = PanelSearch(rows: rows, matrix: factors.matrix, set: problem.weightSet)
    for row in 0..<rows { search.setTarget(row, system.pulled.span.extracting(entries(row))) }
    var best = try descend(
      &search, from: codes, granularity: granularity, sweepLimit: sweepLimit)
    note(
      "projection", codes: codes, ridged: best.outcomes.map(\.startScore), system: system,
      ridge: factors.ridge, granularity: granularity)
    try observer.step()
    if iterates {
      let iterate = try iterateADMM(
        problem, least: least, system: system,
        spectrum: try workspace.spectrum(normalized: settings.admm.normalizesInputs),
        settings: settings.admm)
      let other = try descend(
        &search, from: iterate, granularity: granularity, sweepLimit: sweepLimit)
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
    try observer.step()
    if settings.method == .tsq, granularity == .row {
      try leaveFixedPoints(&search, kicks: settings.escapeKicks)
    }
  }

  /// Iterated local search on every row.
  private mutating func leaveFixedPoints(
    _ search: inout PanelSearch, kicks: Int
  ) throws(SolverError) {
    if kicks == 0 { return }
    search.start(codes)
    try search.escape(kicks: kicks, observer: observer)
    let found = search.codes()
    for row in 0..<rows {
      changedEntries[row] += zip(codes[entries(row)], found[entries(row)]).count { $0 != $1 }
    }
    codes = found
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

  /// Coordinate descent on every row from the codes that the search was started with.
  private func descend(
    _ search: inout PanelSearch, from start: [Int8], granularity: ScaleGranularity,
    sweepLimit: Int
  ) throws(SolverError) -> Candidate {
    search.start(start)
    let outcomes =
      try granularity == .row
      ? search.descend(sweepLimit: sweepLimit, observer: observer)
      : search.descendTogether(sweepLimit: sweepLimit, observer: observer)
    return Candidate(codes: search.codes(), outcomes: outcomes)
  }

  private func iterateADMM(
    _ problem: LayerProblem, least: [Double], system: RowSystem,
    spectrum: InputFactors.Spectrum, settings: ADMMSettings
  ) throws(SolverError) -> [Int8] {
    var result: [Int8] = []
    result.reserveCapacity(rows * inputs)
    let block = problem.granularity == .row ? rowBlock : rows
    for start in stride(from: 0, to: rows, by: max(block, 1)) {
      let count = min(block, rows - start)
      let part = start * inputs..<(start + count) * inputs
      var admm = LayerADMM(
        pulled: system.pulled[part], start: least[part], rows: count, spectrum: spectrum,
        set: problem.weightSet, granularity: problem.granularity)
      try admm.run(settings, observer: observer)
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
