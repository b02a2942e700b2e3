// Iterated local search. A fixed point of coordinate descent is a local optimum; moving a few
// entries at random and descending again finds better ones nearby. A kick is kept only if the
// descent after it ends higher, so the objective never gets worse.

internal import Tensors

/// The random moves of iterated local search, the same for every row.
struct RandomMoves {
  static let entriesPerKick = 5
  static let sweepLimit = 20
  private var words = SeededWords(seed: 0x5EED)

  /// A number in 0 ..< bound.
  mutating func below(_ bound: Int) -> Int { words.next(below: bound) }
}
