internal import Logging
internal import Coordination
internal import Messaging
internal import RunStore
internal import Tensors
internal import Wire

// Blobs: served to workers, pulled from workers.

/// A piece of a blob that a worker asked for.
struct ChunkRequest {
  let target: RoutingID
  let digest: Digest
  let offset: Int
  let byteCount: Int
}

extension CoordinatorReactor {
  /// Chunks taken before the control socket gets its turn again.
  private static let turnLimit = 16

  func receiveBulk() throws(MessagingError) {
    for _ in 0..<CoordinatorReactor.turnLimit {
      guard let message = try bulk.receive() else { return }
      do throws(WireError) {
        let envelope = try Envelope(frames: message.frames)
        guard envelope.run == run, closingUntil == nil else { continue }
        receive(envelope.message, from: message.sender)
      } catch {
        logger.warning("unreadable bulk message", metadata: ["error": "\(error)"])
      }
      settle()
    }
  }

  private func receive(_ message: Message, from sender: RoutingID) {
    if case .attach(let instance) = message {
      attach(instance, sender)
      return
    }
    guard let worker = byBulk[sender] else {
      logger.info("bulk message of a worker that has not attached")
      return
    }
    switch message {
    case .get(let digest, let offset, let byteCount):
      events.append(.beat(worker, lease: nil, progress: 0))
      let request = ChunkRequest(
        target: sender, digest: digest, offset: offset, byteCount: byteCount)
      if !chunkQueue.isEmpty || !serve(request) { chunkQueue.append(request) }
    case .chunk(let chunk): take(chunk, from: worker)
    default: logger.warning("not a bulk message", metadata: ["type": "\(message.type.name)"])
    }
  }

  /// A worker names its bulk connection; what was asked over an older one is asked again.
  private func attach(_ instance: InstanceID, _ sender: RoutingID) {
    guard let worker = byInstance[instance], let peer = peers[worker] else { return }
    if let old = peer.bulk { byBulk[old] = nil }
    peers[worker]?.bulk = sender
    byBulk[sender] = worker
    if let download = peer.pulls.first?.download {
      ask(download.repeatedRequests(), for: download.blob.digest, from: worker)
    }
  }

  /// Sends one piece; false when the worker's queue is full.
  private func serve(_ request: ChunkRequest) -> Bool {
    var bytes: [UInt8]?
    do throws(RunStoreError) {
      if let blob = try blob(request.digest) {
        let end = min(blob.count, request.offset + request.byteCount)
        bytes = request.offset < end ? Array(blob[request.offset..<end]) : nil
      }
    } catch {
      fail(.store(error))
      return true
    }
    let chunk = Message.chunk(Chunk(digest: request.digest, offset: request.offset, bytes: bytes))
    switch transmitBulk(chunk, to: request.target) {
    case .full: return false
    case .unreachable: return true
    case .sent:
      snapshot.sentBytes += bytes?.count ?? 0
      return true
    }
  }

  private func blob(_ digest: Digest) throws(RunStoreError) -> [UInt8]? {
    if let bytes = cache.bytes(digest) { return bytes }
    guard let bytes = try folder.blob(digest) else { return nil }
    cache.insert(bytes, digest)
    return bytes
  }

  func ask(_ requests: [BlobDownload.Request], for digest: Digest, from worker: WorkerID) {
    // Without a bulk connection nothing is asked: attaching one asks again.
    guard let target = peers[worker]?.bulk else { return }
    for request in requests {
      // A request that finds no queue is repeated when the worker attaches again.
      _ = transmitBulk(
        .get(digest, offset: request.offset, byteCount: request.byteCount), to: target)
    }
  }

  /// Tries again what found a full queue, each worker's pieces in order.
  func flushChunks() {
    var blocked: Set<RoutingID> = []
    chunkQueue.removeAll { request in
      if blocked.contains(request.target) { return false }
      if serve(request) { return true }
      blocked.insert(request.target)
      return false
    }
  }

  private func transmitBulk(_ message: Message, to target: RoutingID) -> SendOutcome {
    do {
      return try bulk.send(Envelope(run: run, message: message).frames(), to: target)
    } catch {
      fail(.messaging(error))
      return .unreachable
    }
  }
}
