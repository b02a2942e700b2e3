internal import Tensors

extension RunFolder {
  /// Keeps a checkpoint under a name, in the place of the one before, which is removed. Durable
  /// when it returns; whenever the process or the machine ends, one of the two is there.
  ///
  /// - Throws: `.diskFull` or a file error; the checkpoint before is then still there.
  package func keepCheckpoint(_ bytes: [UInt8], _ name: String) throws(RunStoreError) {
    let old = try checkpointDigest(name)
    let digest = try put(bytes)
    guard old != digest else { return }
    try setFact(Self.fact(name), digest.hexadecimal)
    if let old { try store.remove(old) }
  }

  /// The bytes of the checkpoint under a name; nil when there is none, or when its blob is lost.
  package func checkpoint(_ name: String) throws(RunStoreError) -> [UInt8]? {
    guard let digest = try checkpointDigest(name) else { return nil }
    return try blob(digest)
  }

  private func checkpointDigest(_ name: String) throws(RunStoreError) -> Digest? {
    try facts()[Self.fact(name)].flatMap { Digest(hexadecimal: $0) }
  }

  private static func fact(_ name: String) -> String { "checkpoint " + name }
}
