internal import Synchronization
internal import Tensors

/// Blobs that live in memory alone, until they are dropped: what a step of a fine-tune sends and
/// gets, of which nothing is wanted later. Shared by the pipeline's and the network thread.
final class EphemeralBlobs: Sendable {
  private let blobs = Mutex<[Digest: [UInt8]]>([:])

  func put(_ bytes: [UInt8]) -> Digest {
    let digest = Digest(of: bytes)
    insert(bytes, digest)
    return digest
  }

  /// - Parameter digest: of `bytes`, which the caller has verified.
  func insert(_ bytes: [UInt8], _ digest: Digest) { blobs.withLock { $0[digest] = bytes } }

  func bytes(_ digest: Digest) -> [UInt8]? { blobs.withLock { $0[digest] } }

  func drop(_ digests: [Digest]) {
    blobs.withLock { blobs in
      for digest in digests { blobs[digest] = nil }
    }
  }
}
