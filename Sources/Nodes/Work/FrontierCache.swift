internal import Network
internal import Planning
internal import Tensors

/// Frontiers of the shards that a worker has seen, so that the next layer starts where the last one
/// ended.
///
/// Keyed by network and shard; a frontier serves a later cut of the same chain of solutions. The
/// least recently used ones go when the bytes exceed the budget, and are computed again if needed.
struct FrontierCache {
  private struct Key: Hashable {
    let network: Digest
    let shard: Digest
  }

  private struct Entry {
    var frontier: Frontier
    /// The solutions that were in place when it was computed.
    var solutions: [Digest]
    var lastUse: Int
  }

  /// Bytes of values kept at most.
  static let byteBudget = 384 << 20

  private var entries: [Key: Entry] = [:]
  private var clock = 0

  /// The values of `shard` just before node `position`.
  ///
  /// - Parameters:
  ///   - solutions: the solutions applied to the network, in order.
  ///   - images: reads the shard; asked only when nothing usable is kept.
  mutating func frontier(
    of network: Network, named digest: Digest, solutions: [Digest], shard: Digest,
    at position: Int, images: () throws -> Tensor
  ) throws -> Frontier {
    let key = Key(network: digest, shard: shard)
    clock += 1
    var frontier: Frontier
    // Taken out of the table while it changes, so that its tensors are not copied.
    if let kept = entries.removeValue(forKey: key), kept.frontier.position <= position,
      solutions.starts(with: kept.solutions)
    {
      frontier = kept.frontier
    } else {
      frontier = Frontier(network: network, inputs: [try images()])
    }
    // Always through the same cuts: what is fused within a stretch decides last bits, which must
    // not depend on what was kept.
    for cut in network.layers.map(\.node) where cut > frontier.position && cut <= position {
      try frontier.advance(to: cut, in: network)
    }
    entries[key] = Entry(frontier: frontier, solutions: solutions, lastUse: clock)
    evict(keeping: key)
    return frontier
  }

  private mutating func evict(keeping key: Key) {
    var bytes = entries.values.reduce(0) { $0 + $1.frontier.byteCount }
    while bytes > Self.byteBudget,
      let oldest = entries.filter({ $0.key != key }).min(by: { $0.value.lastUse < $1.value.lastUse }
      )
    {
      bytes -= oldest.value.frontier.byteCount
      entries[oldest.key] = nil
    }
  }
}
