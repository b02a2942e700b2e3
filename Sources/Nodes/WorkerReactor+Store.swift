internal import Tensors
internal import Wire

// The store of the host: what another worker has fetched is not fetched again.

extension WorkerReactor {
  /// Whether the store of the host is, or now begins to be, looked through for a blob.
  func isLookedFor(_ blob: BlobReference) -> Bool {
    guard let storeLane, isShared(blob), !absent.contains(blob.digest) else { return false }
    if looking != blob.digest {
      looking = blob.digest
      storeLane.order(.look(blob))
    }
    return true
  }

  /// What a later task may want, and is worth a file.
  private func isShared(_ blob: BlobReference) -> Bool {
    !blob.isEphemeral && blob.byteCount >= configuration.storeMinimum
  }

  /// Takes what was found, or fetches what this worker is to fetch.
  func takeStoreOutcomes() {
    for outcome in storeLane?.takeOutcomes() ?? [] {
      switch outcome {
      case .underWay(let digest): noteChunk(of: digest)
      case .absent(let digest):
        guard looking == digest else { continue }
        looking = nil
        absent.insert(digest)
      case .found(let blob):
        guard looking == blob.digest else { continue }
        looking = nil
        take(blob)
      }
      settle()
      startDownload()
    }
  }

  /// Keeps for the others what came over the network.
  func share(_ blob: Blob) {
    if absent.remove(blob.digest) != nil { storeLane?.order(.keep(blob)) }
  }

  /// Shows the others that fetching a blob goes on.
  func showFetching(_ digest: Digest) {
    if absent.contains(digest) { storeLane?.order(.showProgress(digest)) }
  }

  /// Lets others fetch a blob that is not wanted here any more, or cannot be had.
  func leaveToOthers(_ digest: Digest) {
    guard absent.remove(digest) != nil || looking == digest else { return }
    if looking == digest { looking = nil }
    storeLane?.order(.drop(digest))
  }
}
