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

/// Gives every entry once its best level for the others; returns how many changed.
func sweep(
  codes: inout MutableSpan<Int8>, product: inout MutableSpan<Double>,
  search: inout LevelSearch, target: Span<Double>, gram: Span<Double>, diagonal: Span<Double>,
  levels: [Double], isUniform: Bool
) -> Int {
  let count = codes.count
  var changed = 0
  for entry in 0..<count {
    let current = Double(codes[entry])
    search.begin(
      target: target[entry], product: product[entry], diagonal: diagonal[entry])
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

/// sums += factor · row.
@inline(__always)
func add(_ factor: Double, _ row: Span<Double>, to sums: inout MutableSpan<Double>) {
  precondition(row.count == sums.count)
  for index in row.indices { sums[index] += factor * row[index] }
}
