extension Dataset {
  /// `count` samples drawn with a seed, or all of them where there are fewer.
  ///
  /// The first `count` of a permutation that depends on `seed` and the dataset's size alone, so a
  /// larger draw begins with the smaller one: Fisher and Yates from the front, numbers from
  /// SplitMix64 (Steele, Lea, Flood 2014).
  package func calibrationSubset(count: Int, seed: UInt64) -> Dataset {
    precondition(count >= 0, "a draw of \(count) samples")
    var numbers = SplitMix64(state: seed)
    var indices = Array(0..<self.count)
    let drawn = min(count, indices.count)
    for index in 0..<drawn {
      indices.swapAt(index, index + numbers.next(below: indices.count - index))
    }
    return subset(Array(indices[..<drawn]))
  }
}

/// A small generator whose numbers are the same on every machine and in every version.
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number in `0..<bound`, by the high word of a product: its bias is below bound / 2⁶⁴.
  mutating func next(below bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }
}
