internal import Network
internal import ONNX
internal import Planning
internal import Quantization
internal import Tensors
internal import Wire

/// The networks a worker has parsed, with the solutions applied so far.
struct NetworkCache {
  /// A network of which some layers are solved.
  struct Solved {
    var network: Network
    /// The index of the first node that each solution changes: the quantizer in front of its layer
    /// where it brings a step for the codes, else the layer.
    var firstNodes: [FirstNode]
  }

  /// A node by what stays when solutions add nodes.
  struct FirstNode {
    let layer: String
    let isQuantizer: Bool

    func index(in network: Network) -> Int {
      guard let layer = network.layers.first(where: { $0.name == layer }) else { return 0 }
      return isQuantizer ? network.producers[layer.input] ?? 0 : layer.node
    }
  }

  private struct Key: Hashable {
    let blob: Digest
    /// The bare network stays beside the one that solutions are applied to: they may be one blob.
    let isBare: Bool
  }

  private struct Entry {
    var solved: Solved
    var solutions: [Digest]
    var lastUse: Int
  }

  /// Networks kept at most: reference, codes bare and solved, and a few that are being evaluated.
  static let capacity = 5

  private var entries: [Key: Entry] = [:]
  private var clock = 0

  /// The network of a blob.
  /// - Throws: `ONNXError` when the blob is no network.
  mutating func network(_ blob: Blob) throws -> Network {
    try network(blob, solutions: []).network
  }

  /// The network of a blob with `solutions` applied in order.
  /// - Throws: `ONNXError`, `WireError` or `PlanningError` when a blob is not what it must be.
  mutating func network(_ blob: Blob, solutions: [Blob]) throws -> Solved {
    let wanted = solutions.map(\.digest)
    let key = Key(blob: blob.digest, isBare: wanted.isEmpty)
    var entry: Entry
    if let kept = entries[key], wanted.starts(with: kept.solutions) {
      entry = kept
    } else if let bare = entries[Key(blob: blob.digest, isBare: true)] {
      entry = bare
    } else {
      let network = try readNetwork(bytes: blob.bytes)
      entry = Entry(solved: Solved(network: network, firstNodes: []), solutions: [], lastUse: 0)
    }
    for solution in solutions[entry.solutions.count...] {
      let layer = try TensorBundle(decoding: solution.bytes).layerSolution()
      entry.solved.network = try entry.solved.network.applying(layer)
      entry.solved.firstNodes.append(
        FirstNode(layer: layer.layer, isQuantizer: layer.inputStep != nil))
    }
    clock += 1
    entry.solutions = wanted
    entry.lastUse = clock
    entries[key] = entry
    if entries.count > Self.capacity,
      let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      entries[oldest.key] = nil
    }
    return entry.solved
  }
}
