// TSQ's update of the codes with the scale eliminated (B7, B8): maximise
//
//   (b·q)² / (q·H·q)   with b·q > 0
//
// one entry at a time, the others fixed. With c = H q kept up to date, moving entry j by δ gives
//
//   p' = p + δ bⱼ        d' = d + 2 δ cⱼ + δ² Hⱼⱼ
//
// and costs O(1) to try and O(n) to do.

/// p = b·q and d = q·H·q of one row, or their sums over rows that share a scale.
struct FitScore: Equatable {
  var product = 0.0
  var quadratic = 0.0

  /// What the fit explains of the target, p²/d; 0 for a fit that points away.
  var gain: Double { product > 0 && quadratic > 0 ? product * product / quadratic : 0 }

  static func + (left: FitScore, right: FitScore) -> FitScore {
    FitScore(
      product: left.product + right.product, quadratic: left.quadratic + right.quadratic)
  }

  static func - (left: FitScore, right: FitScore) -> FitScore {
    FitScore(
      product: left.product - right.product, quadratic: left.quadratic - right.quadratic)
  }
}

/// What coordinate descent did to one row.
struct DescentOutcome {
  var score = FitScore()
  var startScore = FitScore()
  var sweeps = 0
  var changedEntries = 0
  /// Whether the last sweep changed anything.
  var isMoving = false
}

/// Coordinate descent on one row to a fixed point.
///
/// - Parameters:
///   - codes: q, `[inputs]`, improved in place.
///   - target: b, `[inputs]`.
///   - gram: H, `[inputs, inputs]`.
///   - others: the score of other rows that share the scale.
///   - scratch: `[inputs]`, for H q.
/// - Complexity: O(inputs) per tried sweep and O(inputs) per changed entry.
func descend(
  codes: inout MutableSpan<Int8>, target: Span<Double>, gram: Span<Double>, set: WeightSet,
  others: FitScore = FitScore(), sweepLimit: Int, scratch: inout [Double]
) -> DescentOutcome {
  let count = codes.count
  precondition(target.count == count && gram.count == count * count && scratch.count == count)
  var product = scratch.mutableSpan
  var outcome = DescentOutcome()
  outcome.score = measure(codes: codes.span, target: target, gram: gram, product: &product)
  outcome.startScore = outcome.score
  let levels = set.levels.map { Double($0) }
  var search = LevelSearch(total: outcome.score + others)
  for _ in 0..<sweepLimit {
    let changed = sweep(
      codes: &codes, product: &product, search: &search, target: target, gram: gram,
      levels: levels, isUniform: set.isUniform)
    outcome.sweeps += 1
    outcome.changedEntries += changed
    if changed == 0 { break }
  }
  outcome.score = measure(codes: codes.span, target: target, gram: gram, product: &product)
  return outcome
}

/// Gives every entry once its best level for the others; returns how many changed.
func sweep(
  codes: inout MutableSpan<Int8>, product: inout MutableSpan<Double>,
  search: inout LevelSearch, target: Span<Double>, gram: Span<Double>, levels: [Double],
  isUniform: Bool
) -> Int {
  let count = codes.count
  var changed = 0
  for entry in 0..<count {
    let current = Double(codes[entry])
    search.begin(
      target: target[entry], product: product[entry], diagonal: gram[entry * count + entry])
    if isUniform {
      if current < 127 { search.consider(1) }
      if current > -127 { search.consider(-1) }
    } else {
      for level in levels where level != current { search.consider(level - current) }
    }
    if search.move == 0 { continue }
    codes[entry] = Int8(current + search.move)
    add(search.move, gram.extracting(entry * count..<(entry + 1) * count), to: &product)
    search.accept()
    changed += 1
  }
  return changed
}

/// b·q and q·H·q; leaves H q in `product`.
func measure(
  codes: Span<Int8>, target: Span<Double>, gram: Span<Double>, product: inout MutableSpan<Double>
) -> FitScore {
  let count = codes.count
  for index in 0..<count { product[index] = 0 }
  for entry in 0..<count where codes[entry] != 0 {
    add(
      Double(codes[entry]), gram.extracting(entry * count..<(entry + 1) * count), to: &product)
  }
  var score = FitScore()
  for entry in 0..<count where codes[entry] != 0 {
    score.product += Double(codes[entry]) * target[entry]
    score.quadratic += Double(codes[entry]) * product[entry]
  }
  return score
}

/// sums += factor · row.
@inline(__always)
func add(_ factor: Double, _ row: Span<Double>, to sums: inout MutableSpan<Double>) {
  precondition(row.count == sums.count)
  for index in row.indices { sums[index] += factor * row[index] }
}
