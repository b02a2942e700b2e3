/// Coordinate descent on one row whose H q is known, to a fixed point.
///
/// - Parameters:
///   - codes: q, `[inputs]`, improved in place.
///   - products: H q, `[inputs]`, kept up to date.
///   - target: b, `[inputs]`.
///   - gram: H, `[inputs, inputs]`.
///   - diagonal: of H.
/// - Returns: the score of the codes.
/// - Complexity: O(inputs) per sweep and O(inputs) per changed entry.
func descend(
  codes: inout [Int8], products: inout [Double], target: Span<Double>, gram: Span<Double>,
  diagonal: Span<Double>, set: WeightSet, sweepLimit: Int
) -> FitScore {
  precondition(target.count == codes.count && products.count == codes.count)
  precondition(gram.count == codes.count * codes.count)
  let levels = set.levels.map { Double($0) }
  var search = LevelSearch(total: score(of: codes, products: products, target: target))
  for _ in 0..<sweepLimit {
    var entries = codes.mutableSpan
    var span = products.mutableSpan
    let changed = sweep(
      codes: &entries, product: &span, search: &search, target: target, gram: gram,
      diagonal: diagonal, levels: levels, isUniform: set.isUniform)
    if changed == 0 { break }
  }
  return score(of: codes, products: products, target: target)
}

/// b·q and q·H·q.
private func score(of codes: [Int8], products: [Double], target: Span<Double>) -> FitScore {
  var score = FitScore()
  for entry in codes.indices where codes[entry] != 0 {
    score.product += Double(codes[entry]) * target[entry]
    score.quadratic += Double(codes[entry]) * products[entry]
  }
  return score
}
