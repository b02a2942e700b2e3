// The best of all assignments, for rows of very few inputs (depthwise convolutions: n = 9 ternary
// has 3⁹ = 19 683). A reflected mixed-radix Gray code visits each once and changes one entry by
// one level at a time, so that p = b·q, d = q·H·q and H q are updated rather than recomputed.

/// The most assignments that are tried one by one.
let exhaustiveLimit = 100_000

extension WeightSet {
  /// Whether all assignments of `inputs` entries are few enough to try.
  func isExhaustible(inputs: Int) -> Bool {
    var count = 1
    for _ in 0..<inputs {
      count *= levels.count
      if count > exhaustiveLimit { return false }
    }
    return true
  }
}

/// The codes of greatest (b·q)² / (q·H·q) with b·q > 0.
///
/// - Returns: Nil when no assignment points along the target.
/// - Complexity: O(levels^inputs · inputs).
func searchExhaustively(
  target: Span<Double>, gram: Span<Double>, levels: [Int8]
) -> [Int8]? {
  let count = target.count
  precondition(gram.count == count * count)
  var digits = [Int](repeating: 0, count: count)
  var ascends = [Bool](repeating: true, count: count)
  var product = [Double](repeating: 0, count: count)
  var score = FitScore()
  for entry in 0..<count {
    move(entry, by: Double(levels[0]), target, gram, &product, &score)
  }
  var best: [Int]?
  var bestGain = 0.0
  while true {
    // Later assignments win only by more than the rounding that updates gather.
    if score.gain > bestGain * (1 + 1e-12) {
      bestGain = score.gain
      best = digits
    }
    var entry = 0
    while entry < count, digits[entry] == (ascends[entry] ? levels.count - 1 : 0) {
      ascends[entry].toggle()
      entry += 1
    }
    if entry == count { break }
    let next = digits[entry] + (ascends[entry] ? 1 : -1)
    let step = Double(levels[next]) - Double(levels[digits[entry]])
    move(entry, by: step, target, gram, &product, &score)
    digits[entry] = next
  }
  return best.map { $0.map { levels[$0] } }
}

private func move(
  _ entry: Int, by step: Double, _ target: Span<Double>, _ gram: Span<Double>,
  _ product: inout [Double], _ score: inout FitScore
) {
  let count = product.count
  score.product += step * target[entry]
  score.quadratic += step * (2 * product[entry] + step * gram[entry * count + entry])
  for other in 0..<count { product[other] += step * gram[entry * count + other] }
}
