internal import Network
internal import Planning
internal import Tensors

/// Frontiers of the shards that a worker has seen, so that the next layer starts where the last one
/// ended.
///
/// A frontier serves a later cut of the same chain of solutions, provided that the chain has only
/// grown by layers behind the cut: of a layer before it, the values would still be the old ones.
/// A refined block replaces solutions, so that the frontier where the block began is kept as well.
/// When the bytes exceed the budget some frontiers go, and are computed again if needed.
struct FrontierCache {
  /// Which side of the regression the values are for. Both sides may come from one blob.
  enum Side {
    case inputs
    case targets
    /// Where a block begins; may serve the inputs of its layers too.
    case blocks
  }

  private struct Key: Hashable {
    let side: Side
    let network: Digest
    let shard: Digest
  }

  private struct Entry {
    var frontier: Frontier
    /// The solutions that were in place when it was computed.
    var solutions: [Digest]
    var lastUse: Int
  }

  /// Bytes of values kept at most, by default.
  static let mostBytes = 640 << 20

  /// Bytes of values kept at most.
  let byteBudget: Int
  private var entries: [Key: Entry] = [:]
  private var clock = 0

  init(byteBudget: Int = Self.mostBytes) { self.byteBudget = byteBudget }

  /// The values of `shard` just before node `position`.
  ///
  /// - Parameters:
  ///   - solutions: the solutions applied to the network, in order, with the first node that
  ///     each changes.
  ///   - images: reads the shard; asked only when nothing usable is kept.
  ///   - observer: called before every stretch of the network; throws to end the work.
  mutating func frontier(
    _ side: Side, of network: Network, named digest: Digest,
    solutions: [(digest: Digest, node: Int)], shard: Digest, at position: Int,
    images: () throws -> Tensor, observer: () throws -> Void
  ) throws -> Frontier {
    let key = Key(side: side, network: digest, shard: shard)
    let digests = solutions.map(\.digest)
    clock += 1
    func serves(_ entry: Entry) -> Bool {
      entry.frontier.position <= position && digests.starts(with: entry.solutions)
        && solutions[entry.solutions.count...].allSatisfy { $0.node >= entry.frontier.position }
    }
    var frontier: Frontier
    // Taken out of the table while it changes, so that its tensors are not copied.
    if let kept = entries.removeValue(forKey: key), serves(kept) {
      frontier = kept.frontier
    } else if side != .targets,
      let other = entries[
        Key(side: side == .inputs ? .blocks : .inputs, network: digest, shard: shard)],
      serves(other)
    {
      frontier = other.frontier
    } else {
      frontier = Frontier(network: network, inputs: [try images()])
    }
    // Always through the same cuts: what is fused within a stretch decides last bits, which must
    // not depend on what was kept.
    for cut in network.layers.map(\.node) where cut > frontier.position && cut <= position {
      try observer()
      try frontier.advance(to: cut, in: network)
    }
    entries[key] = Entry(frontier: frontier, solutions: digests, lastUse: clock)
    evict(keeping: key)
    return frontier
  }

  /// Shards come round in the same order layer after layer, so that of what does not fit the one
  /// used last will be wanted last; only what was not asked for in two rounds goes before.
  private mutating func evict(keeping key: Key) {
    var bytes = entries.values.reduce(0) { $0 + $1.frontier.byteCount }
    while bytes > byteBudget {
      let others = entries.filter { $0.key != key }
      // All that is in use is asked for once before anything is asked for again.
      let stale = clock - 2 * entries.count
      guard let oldest = others.min(by: { $0.value.lastUse < $1.value.lastUse }),
        let latest = others.max(by: { $0.value.lastUse < $1.value.lastUse })
      else { return }
      let leaving = oldest.value.lastUse < stale ? oldest : latest
      bytes -= leaving.value.frontier.byteCount
      entries[leaving.key] = nil
    }
  }
}
