internal import Synchronization
internal import Tensors

/// Blobs that live in memory alone, until they are dropped: what a step of a fine-tune sends and
/// gets, of which nothing is wanted later. Equal blobs count: each has to be dropped. Shared by the
/// pipeline's and the network thread.
final class EphemeralBlobs: Sendable {
  private let blobs = Mutex<[Digest: (bytes: [UInt8], uses: Int)]>([:])

  func put(_ bytes: [UInt8]) -> Digest {
    let digest = Digest(of: bytes)
    insert(bytes, digest)
    return digest
  }

  /// - Parameter digest: of `bytes`, which the caller has verified.
  func insert(_ bytes: [UInt8], _ digest: Digest) {
    blobs.withLock { $0[digest, default: (bytes, 0)].uses += 1 }
  }

  func bytes(_ digest: Digest) -> [UInt8]? { blobs.withLock { $0[digest]?.bytes } }

  func drop(_ digests: [Digest]) {
    blobs.withLock { blobs in
      for digest in digests {
        blobs[digest]?.uses -= 1
        if blobs[digest]?.uses == 0 { blobs[digest] = nil }
      }
    }
  }
}
