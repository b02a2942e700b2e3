internal import Tensors

extension Dataset {
  /// `count` samples drawn with a seed, or all of them where there are fewer.
  ///
  /// The first `count` of a permutation that depends on `seed` and the dataset's size alone, so a
  /// larger draw begins with the smaller one: Fisher and Yates from the front, numbers from
  /// SplitMix64 (Steele, Lea, Flood 2014).
  package func calibrationSubset(count: Int, seed: UInt64) -> Dataset {
    precondition(count >= 0, "a draw of \(count) samples")
    var numbers = SeededWords(seed: seed)
    var indices = Array(0..<self.count)
    let drawn = min(count, indices.count)
    for index in 0..<drawn {
      indices.swapAt(index, index + numbers.next(below: indices.count - index))
    }
    return subset(Array(indices[..<drawn]))
  }
}
