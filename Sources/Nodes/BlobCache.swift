internal import Tensors

/// Verified blobs in memory, the longest unused dropped first when a limit of bytes is passed.
struct BlobCache {
  private struct Entry {
    var bytes: [UInt8]
    var usedAt: UInt64
  }

  private let byteLimit: Int
  private var entries: [Digest: Entry] = [:]
  private var clock: UInt64 = 0
  private(set) var byteCount = 0

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  func contains(_ digest: Digest) -> Bool { entries[digest] != nil }

  /// The bytes of a blob, which counts as a use.
  mutating func bytes(_ digest: Digest) -> [UInt8]? {
    guard entries[digest] != nil else { return nil }
    clock += 1
    entries[digest]?.usedAt = clock
    return entries[digest]?.bytes
  }

  /// Drops a blob that nobody will want again.
  mutating func remove(_ digest: Digest) {
    guard let entry = entries.removeValue(forKey: digest) else { return }
    byteCount -= entry.bytes.count
  }

  /// Keeps a blob, and drops others (never those in `pinned`) while the limit is passed.
  ///
  /// - Complexity: O(entries) when something must be dropped.
  mutating func insert(_ bytes: [UInt8], _ digest: Digest, pinned: Set<Digest> = []) {
    guard entries[digest] == nil else { return }
    clock += 1
    entries[digest] = Entry(bytes: bytes, usedAt: clock)
    byteCount += bytes.count
    guard byteCount > byteLimit else { return }
    let candidates = entries.filter { $0.key != digest && !pinned.contains($0.key) }
      .sorted { $0.value.usedAt < $1.value.usedAt }
    for candidate in candidates where byteCount > byteLimit {
      entries[candidate.key] = nil
      byteCount -= candidate.value.bytes.count
    }
  }
}
