// Iterated local search. A fixed point of coordinate descent is a local optimum; moving a few
// entries at random and descending again finds better ones nearby. A kick is kept only if the
// descent after it ends higher, so the objective never gets worse.

/// The random moves of iterated local search, the same for every row.
struct RandomMoves {
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
