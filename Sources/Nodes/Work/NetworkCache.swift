internal import Network
internal import ONNX
internal import Planning
internal import Tensors
internal import Wire

/// The networks a worker has parsed, with the solutions applied so far.
struct NetworkCache {
  private struct Entry {
    var network: Network
    var solutions: [Digest]
    var lastUse: Int
  }

  /// Networks kept at most: reference, codes, and a few that are being evaluated.
  static let capacity = 4

  private var entries: [Digest: Entry] = [:]
  private var clock = 0

  /// The network of a blob with `solutions` applied in order.
  mutating func network(_ blob: Blob, solutions: [Blob] = []) throws -> Network {
    clock += 1
    let wanted = solutions.map(\.digest)
    var entry: Entry
    if let kept = entries[blob.digest], wanted.starts(with: kept.solutions) {
      entry = kept
    } else {
      entry = Entry(network: try readNetwork(bytes: blob.bytes), solutions: [], lastUse: 0)
    }
    for solution in solutions[entry.solutions.count...] {
      let layer = try TensorBundle(decoding: solution.bytes).layerSolution()
      entry.network = try entry.network.applying(layer)
    }
    entry.solutions = wanted
    entry.lastUse = clock
    entries[blob.digest] = entry
    if entries.count > Self.capacity,
      let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      entries[oldest.key] = nil
    }
    return entry.network
  }
}
