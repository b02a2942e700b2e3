/// A sum in a fixed tree: neighbours first, then neighbours of these.
///
/// - Precondition: at least one part.
func summedInPairs<Part>(_ parts: [Part], _ add: (inout Part, Part) -> Void) -> Part {
  var sum = PairwiseSum<Part>()
  for part in parts { sum.append(part, add) }
  return sum.total(add)
}

/// A sum in a fixed tree whose parts come one by one, in order: neighbours are added first, then
/// neighbours of these, so that few are held. Runs of 2ⁿ parts that begin at a multiple of 2ⁿ are a
/// subtree, which may be summed elsewhere to the same bits.
struct PairwiseSum<Part> {
  /// Subtrees that have no neighbour yet, each larger than the next.
  private var subtrees: [(count: Int, sum: Part)] = []

  mutating func append(_ part: Part, _ add: (inout Part, Part) -> Void) {
    subtrees.append((1, part))
    while subtrees.count > 1, subtrees[subtrees.count - 2].count == subtrees.last!.count {
      join(add)
    }
  }

  private mutating func join(_ add: (inout Part, Part) -> Void) {
    let right = subtrees.removeLast()
    add(&subtrees[subtrees.count - 1].sum, right.sum)
    subtrees[subtrees.count - 1].count += right.count
  }

  /// - Precondition: at least one part.
  consuming func total(_ add: (inout Part, Part) -> Void) -> Part {
    precondition(!subtrees.isEmpty, "a sum of no shards")
    var rest = self
    while rest.subtrees.count > 1 { rest.join(add) }
    return rest.subtrees[0].sum
  }
}
