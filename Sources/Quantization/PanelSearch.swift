// The discrete search on many rows at once: coordinate descent (B8) with rows in SIMD lanes.
//
// Panels compute in single precision on the covariance divided by a power of two near its mean
// variance and on targets divided by one near their largest entry; what is reported or decides
// between stages is measured again in double precision.

internal import Kernels

/// Rows of one problem under search.
struct PanelSearch: ~Copyable {
  let rows: Int
  let inputs: Int
  private let set: WeightSet
  private let matrix: PanelMatrix
  private var panels: DescentPanels
  /// Per row, what its target was divided by.
  private var targetUnits: [Double]
  /// The covariance's diagonal and each row's target, as the panels have them.
  private var targets: [[Float]]

  init(rows: Int, matrix: PanelMatrix, set: WeightSet) {
    self.rows = rows
    inputs = matrix.size
    self.set = set
    self.matrix = matrix
    panels = DescentPanels(
      rows: rows, matrix: matrix, levels: set.isUniform ? [] : set.levels.map { Float($0) })
    targetUnits = [Double](repeating: 1, count: rows)
    targets = [[Float]](repeating: [], count: rows)
  }

  /// Sets a row's target b, `[inputs]`.
  mutating func setTarget(_ row: Int, _ target: Span<Double>) {
    var largest = 0.0
    for input in target.indices { largest = max(largest, target[input].magnitude) }
    let unit = powerOfTwo(near: largest)
    targetUnits[row] = unit
    let values = (0..<inputs).map { Float(target[$0] / unit) }
    targets[row] = values
    panels.setTarget(row, values.span)
  }

  /// Sets the codes of every row, `[rows, inputs]`.
  ///
  /// A row whose codes point away from its target starts elsewhere: at its best single entry, or
  /// at the opposite signs where the levels have no zero.
  mutating func start(_ codes: [Int8]) {
    precondition(codes.count == rows * inputs)
    for row in 0..<rows {
      panels.setCodes(row, codes.span.extracting(row * inputs..<(row + 1) * inputs))
    }
    computeProducts()
    var turned = false
    for row in 0..<rows where score(row).gain == 0 {
      var part = Array(codes[row * inputs..<(row + 1) * inputs])
      if turn(&part, row: row) {
        panels.setCodes(row, part.span)
        turned = true
      }
    }
    if turned { computeProducts() }
  }

  private func turn(_ codes: inout [Int8], row: Int) -> Bool {
    guard set.includesZero else {
      for index in codes.indices { codes[index] = -codes[index] }
      return panels.score(row).product < 0
    }
    var best: (entry: Int, gain: Float)?
    for input in 0..<inputs {
      let diagonal = matrix.diagonalEntry(input)
      guard diagonal > 0, targets[row][input] != 0 else { continue }
      let gain = targets[row][input] * targets[row][input] / diagonal
      if gain > best?.gain ?? 0 { best = (input, gain) }
    }
    guard let best else { return false }
    for index in codes.indices { codes[index] = 0 }
    codes[best.entry] = targets[row][best.entry] < 0 ? -1 : 1
    return true
  }

  /// Products and scores of every panel afresh.
  private mutating func computeProducts() {
    forGroups(allPanels) { panels, matrix, group in
      panels.multiply(matrix, panels: group)
      panels.computeScores(matrix, panels: group)
    }
  }

  private var allPanels: [Int32] { (0..<panels.panelCount).map { Int32($0) } }

  /// Panels that are swept together.
  private func groups(of active: [Int32]) -> [[Int32]] {
    let limit = DescentPanels.groupLimit
    return stride(from: 0, to: active.count, by: limit).map { start in
      Array(active[start..<min(start + limit, active.count)])
    }
  }

  private mutating func forGroups(
    _ active: [Int32], _ body: (inout DescentPanels, PanelMatrix, [Int32]) -> Void
  ) {
    for group in groups(of: active) { body(&panels, matrix, group) }
  }

  /// p and d of a row in units of the problem, as far as single precision knows them.
  func score(_ row: Int) -> FitScore {
    let score = panels.score(row)
    return FitScore(
      product: score.product * targetUnits[row], quadratic: score.quadratic / matrix.factor)
  }

  /// The codes of every row, `[rows, inputs]`.
  func codes() -> [Int8] {
    var result = [Int8](repeating: 0, count: rows * inputs)
    for row in 0..<rows {
      var whole = result.mutableSpan
      var part = whole._mutatingExtracting(row * inputs..<(row + 1) * inputs)
      panels.readCodes(row, into: &part)
    }
    return result
  }

  func readCodes(_ row: Int, into values: inout MutableSpan<Int8>) {
    panels.readCodes(row, into: &values)
  }
}

extension PanelSearch {
  /// Coordinate descent of every row to a fixed point, each with its own scale eliminated; the
  /// observer is told of every sweep.
  mutating func descend(
    sweepLimit: Int, observer: SolveObserver = SolveObserver()
  ) throws(SolverError) -> [DescentOutcome] {
    var outcomes = startOutcomes()
    var active = allPanels
    for swept in 0..<sweepLimit {
      if active.isEmpty { break }
      try observer.step()
      sweep(active, &outcomes)
      active = active.filter { changed($0) }
      let moving = (0..<rows).filter { panels.changes($0) > 0 }
      if active.count > 1, 2 * moving.count <= active.count * DescentPanels.lanes {
        try descend(
          moving, &outcomes, sweepLimit: sweepLimit - swept - 1, observer: observer)
        break
      }
    }
    return finish(outcomes)
  }

  /// Goes on with the rows that still move, packed into as few panels as hold them. Since a row's
  /// bits do not depend on its company, this changes nothing but the time.
  private mutating func descend(
    _ moving: [Int], _ outcomes: inout [DescentOutcome], sweepLimit: Int,
    observer: SolveObserver
  ) throws(SolverError) {
    var rest = DescentPanels(
      rows: moving.count, matrix: matrix,
      levels: set.isUniform ? [] : set.levels.map { Float($0) })
    for (place, row) in moving.enumerated() { rest.takeRow(place, from: panels, row: row) }
    var still: [Int] = []
    var left = sweepLimit
    while left > 0 {
      left -= 1
      try observer.step()
      let all = (0..<rest.panelCount).map { Int32($0) }
      for group in groups(of: all) { rest.sweep(matrix, panels: group) }
      for (place, row) in moving.enumerated() {
        if outcomes[row].isMoving { outcomes[row].sweeps += 1 }
        outcomes[row].changedEntries += rest.changes(place)
        outcomes[row].isMoving = rest.changes(place) > 0
      }
      still = moving.filter { outcomes[$0].isMoving }
      if still.isEmpty { break }
      if rest.panelCount > 1, 2 * still.count <= moving.count { break }
    }
    for (place, row) in moving.enumerated() { panels.takeRow(row, from: rest, row: place) }
    if left > 0, !still.isEmpty {
      try descend(still, &outcomes, sweepLimit: left, observer: observer)
    }
  }

  /// Coordinate descent of every row under one scale, which is fitted between the sweeps.
  mutating func descendTogether(
    sweepLimit: Int, observer: SolveObserver = SolveObserver()
  ) throws(SolverError) -> [DescentOutcome] {
    var outcomes = startOutcomes()
    for _ in 0..<sweepLimit {
      try observer.step()
      let total = (0..<rows).reduce(FitScore()) { $0 + score($1) }
      guard total.gain > 0 else { break }
      let scale = total.product / total.quadratic
      panels.setScales(
        targetUnits.map { Float(scale / (matrix.factor * $0)) })
      sweep(allPanels, &outcomes)
      forGroups(allPanels) { $0.computeScores($1, panels: $2) }
      if (0..<panels.panelCount).allSatisfy({ !changed(Int32($0)) }) { break }
    }
    return finish(outcomes)
  }

  private func startOutcomes() -> [DescentOutcome] {
    (0..<rows).map { row in
      var outcome = DescentOutcome()
      outcome.startScore = score(row)
      return outcome
    }
  }

  private mutating func sweep(_ active: [Int32], _ outcomes: inout [DescentOutcome]) {
    forGroups(active) { $0.sweep($1, panels: $2) }
    for panel in active {
      for row in rowsOf(panel) {
        // The sweep that finds nothing left counts for the row that needed it.
        let isFirst = outcomes[row].sweeps == 0
        if isFirst || outcomes[row].isMoving { outcomes[row].sweeps += 1 }
        outcomes[row].changedEntries += panels.changes(row)
        outcomes[row].isMoving = panels.changes(row) > 0
      }
    }
  }

  private mutating func finish(_ outcomes: [DescentOutcome]) -> [DescentOutcome] {
    forGroups(allPanels) { $0.computeScores($1, panels: $2) }
    return outcomes.enumerated().map { row, outcome in
      var outcome = outcome
      outcome.score = score(row)
      return outcome
    }
  }

  private func rowsOf(_ panel: Int32) -> Range<Int> {
    let first = Int(panel) * DescentPanels.lanes
    return first..<min(first + DescentPanels.lanes, rows)
  }

  private func changed(_ panel: Int32) -> Bool {
    rowsOf(panel).contains { panels.changes($0) > 0 }
  }
}

extension PanelSearch {
  /// Iterated local search on every row (see `RandomMoves`); the observer is told of every kick.
  mutating func escape(
    kicks: Int, observer: SolveObserver = SolveObserver()
  ) throws(SolverError) {
    if kicks == 0 { return }
    var best = panels.makeBest()
    for panel in 0..<panels.panelCount {
      try escape(Int32(panel), kicks: kicks, best: &best, observer: observer)
    }
  }

  private mutating func escape(
    _ panel: Int32, kicks: Int, best: inout DescentPanels.Best, observer: SolveObserver
  ) throws(SolverError) {
    let own = rowsOf(panel)
    let levels = set.levels
    var moves = RandomMoves()
    panels.computeScores(matrix, panels: [panel])
    var bestGains = own.map { score($0).gain }
    panels.exchange(
      matrix, panel: panel, keeps: [Bool](repeating: true, count: DescentPanels.lanes),
      best: &best)
    for _ in 0..<kicks {
      try observer.step()
      for _ in 0..<RandomMoves.entriesPerKick {
        let entry = moves.below(inputs)
        let level = Float(levels[moves.below(levels.count)])
        var steps = [Float](repeating: 0, count: DescentPanels.lanes)
        for row in own { steps[row - own.lowerBound] = level - panels.code(row, entry) }
        panels.move(matrix, panel: panel, entry: entry, steps: steps)
      }
      for _ in 0..<RandomMoves.sweepLimit {
        panels.sweep(matrix, panels: [panel])
        if !changed(panel) { break }
      }
      panels.computeScores(matrix, panels: [panel])
      var keeps = [Bool](repeating: false, count: DescentPanels.lanes)
      for row in own {
        let gain = score(row).gain
        // More than the rounding that updates gather over many kicks.
        if gain > bestGains[row - own.lowerBound] * (1 + 1e-6) {
          bestGains[row - own.lowerBound] = gain
          keeps[row - own.lowerBound] = true
        }
      }
      panels.exchange(matrix, panel: panel, keeps: keeps, best: &best)
    }
  }
}

/// A power of two within a factor of two of a positive number; 1 for zero.
func powerOfTwo(near value: Double) -> Double {
  guard value.isNormal, value > 0 else { return 1 }
  return value.binade
}
