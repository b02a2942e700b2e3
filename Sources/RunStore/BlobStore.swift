internal import Glibc
internal import Synchronization
internal import Tensors

/// A content-addressed store: every blob is a file named by the SHA-256 of its bytes, in a
/// subfolder named by the first two hexadecimal digits.
///
/// A blob is written to `partial/`, synced and renamed, so a file under its name is whole. Every
/// read is verified: a file that does not have the content of its name is removed and counts as
/// missing. One process writes (the folder's lock says which); any may read.
final class BlobStore: Sendable {
  private let root: String
  private let isWritable: Bool
  private let state = Mutex(State())

  private struct State {
    /// Blobs that this process wrote or verified: they need no second look.
    var verified: Set<Digest> = []
    var corrupt: [Digest] = []
    var partialCount = 0
  }

  /// Opens a store; a writable one is made if missing, and partial files of a dead process are
  /// removed.
  init(root: String, isWritable: Bool) throws(RunStoreError) {
    self.root = root
    self.isWritable = isWritable
    guard isWritable else { return }
    let partial = root + "/partial"
    try DurableFile.makeFolder(partial)
    for name in try DurableFile.entries(of: partial) ?? [] {
      try DurableFile.remove(partial + "/" + name)
    }
  }

  /// The place of a blob, whether it is there or not.
  func path(of digest: Digest) -> String {
    let name = digest.hexadecimal
    return root + "/" + name.prefix(2) + "/" + name
  }

  /// Stores `bytes` durably, unless they are there already.
  func put(_ bytes: [UInt8]) throws(RunStoreError) -> Digest {
    precondition(isWritable, "a run folder opened for reading takes no blobs")
    let digest = Digest(of: bytes)
    if try contains(digest) { return digest }
    let path = path(of: digest)
    let number = state.withLock { state in
      state.partialCount += 1
      return state.partialCount
    }
    try DurableFile.makeFolder(root + "/" + digest.hexadecimal.prefix(2))
    try DurableFile.replace(
      path, with: bytes, temporary: root + "/partial/\(digest.hexadecimal).\(number)")
    state.withLock { _ = $0.verified.insert(digest) }
    return digest
  }

  /// The verified bytes of a blob, or nil when it is missing or was corrupt.
  func blob(_ digest: Digest) throws(RunStoreError) -> [UInt8]? {
    let path = path(of: digest)
    guard let bytes = try DurableFile.read(path) else {
      state.withLock { _ = $0.verified.remove(digest) }
      return nil
    }
    guard Digest(of: bytes) == digest else {
      if isWritable { try DurableFile.remove(path) }
      state.withLock { state in
        state.verified.remove(digest)
        state.corrupt.append(digest)
      }
      return nil
    }
    state.withLock { _ = $0.verified.insert(digest) }
    return bytes
  }

  /// Removes a blob; fine when it is gone already.
  func remove(_ digest: Digest) throws(RunStoreError) {
    precondition(isWritable, "a run folder opened for reading loses no blobs")
    state.withLock { _ = $0.verified.remove(digest) }
    try DurableFile.remove(path(of: digest))
  }

  /// Whether the blob is there and intact; its bytes are read the first time only.
  func contains(_ digest: Digest) throws(RunStoreError) -> Bool {
    if state.withLock({ $0.verified.contains(digest) }) {
      return DurableFile.size(of: path(of: digest)) != nil
    }
    return try blob(digest) != nil
  }

  /// Bytes of the blob's file, or nil when there is none. Not verified.
  func byteCount(of digest: Digest) -> Int? { DurableFile.size(of: path(of: digest)) }

  /// The blobs found corrupt so far (and removed where the store is writable).
  var corruptBlobs: [Digest] { state.withLock { $0.corrupt } }
}
