package import Tensors

extension RunFolder {
  /// Stores `bytes` under their SHA-256; durable when it returns. Storing twice costs one look.
  ///
  /// - Throws: `.diskFull` or a file error; nothing partial stays behind.
  package func put(_ bytes: [UInt8]) throws(RunStoreError) -> Digest { try store.put(bytes) }

  /// The bytes of a blob, verified; nil when it is missing, or was corrupt and has been removed.
  package func blob(_ digest: Digest) throws(RunStoreError) -> [UInt8]? {
    try store.blob(digest)
  }

  /// Whether a blob is there and intact.
  ///
  /// - Complexity: reads the blob the first time a process asks, then one look at the folder.
  package func contains(_ digest: Digest) throws(RunStoreError) -> Bool {
    try store.contains(digest)
  }

  /// Bytes of a stored blob, from the folder's entry; nil when it is missing.
  package func byteCount(of digest: Digest) -> Int? { store.byteCount(of: digest) }

  /// The blobs that this process found corrupt; they have been removed and count as missing.
  package var corruptBlobs: [Digest] { store.corruptBlobs }
}
