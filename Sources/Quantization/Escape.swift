// Iterated local search. A fixed point of coordinate descent is a local optimum; moving a few
// entries at random and descending again finds better ones nearby. A kick is kept only if the
// descent after it ends higher, so the objective never gets worse.

/// Tries to leave the fixed point that `descend` ended in.
///
/// The random moves come from a fixed seed, so a row's result does not depend on its company.
///
/// - Parameters:
///   - codes: q, `[inputs]`, a fixed point; improved in place.
///   - target: b, `[inputs]`.
///   - gram: H, `[inputs, inputs]`.
///   - kicks: how often to try.
/// - Complexity: O(inputs) per kick and per entry that changes.
func escape(
  codes: inout [Int8], target: Span<Double>, gram: Span<Double>, set: WeightSet, kicks: Int
) {
  let count = codes.count
  let levels = set.levels.map { Double($0) }
  var moves = RandomMoves()
  var best = codes
  var product = [Double](repeating: 0, count: count)
  var bestProduct = product
  var measured = bestProduct.mutableSpan
  var search = LevelSearch(
    total: measure(codes: codes.span, target: target, gram: gram, product: &measured))
  var bestSearch = search
  for _ in 0..<kicks {
    codes = best
    product = bestProduct
    search = bestSearch
    var kicked = codes.mutableSpan
    var span = product.mutableSpan
    for _ in 0..<RandomMoves.entriesPerKick {
      let entry = moves.below(count)
      let step = levels[moves.below(levels.count)] - Double(kicked[entry])
      if step == 0 { continue }
      search.force(
        step, target: target[entry], product: span[entry],
        diagonal: gram[entry * count + entry])
      kicked[entry] = Int8(Double(kicked[entry]) + step)
      add(step, gram.extracting(entry * count..<(entry + 1) * count), to: &span)
    }
    for _ in 0..<RandomMoves.sweepLimit {
      let changed = sweep(
        codes: &kicked, product: &span, search: &search, target: target, gram: gram,
        levels: levels, isUniform: set.isUniform)
      if changed == 0 { break }
    }
    // More than the rounding that updates gather over many kicks.
    if search.gain > bestSearch.gain * (1 + 1e-9) {
      best = codes
      bestProduct = product
      bestSearch = search
    }
  }
  codes = best
}

private struct RandomMoves {
  static let entriesPerKick = 5
  static let sweepLimit = 20
  private var state: UInt64 = 0x5EED

  /// A number in 0 ..< bound, by SplitMix64.
  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    word ^= word >> 31
    return Int(word.multipliedFullWidth(by: UInt64(bound)).high)
  }
}
