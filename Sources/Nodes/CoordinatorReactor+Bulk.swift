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
        receive(envelope.message, in: message)
      } catch {
        logger.warning("unreadable bulk message", metadata: ["error": "\(error)"])
      }
      settle()
    }
  }

  private func receive(_ message: Message, in routed: RoutedMessage) {
    let sender = routed.sender
    if case .attach(let instance) = message {
      attach(instance, routed)
      return
    }
    guard let worker = byBulk[sender], !isWithdrawn(routed) else {
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
  private func attach(_ instance: InstanceID, _ message: RoutedMessage) {
    guard let worker = byInstance[instance], let peer = peers[worker] else { return }
    // An instance is no secret; only its own user may speak for it.
    guard user(of: message) == peer.user else { return }
    let sender = message.sender
    if let old = peer.bulk { byBulk[old] = nil }
    peers[worker]?.bulk = sender
    byBulk[sender] = worker
    askAgain(worker)
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
    if let bytes = link.ephemeral.bytes(digest) ?? cache.bytes(digest) { return bytes }
    guard let bytes = try folder.blob(digest) else { return nil }
    cache.insert(bytes, digest)
    return bytes
  }

  /// Asks for pieces of the result that is being pulled from a worker.
  func ask(_ requests: [BlobDownload.Request], from worker: WorkerID) {
    guard !requests.isEmpty, peers[worker]?.pulls.isEmpty == false else { return }
    peers[worker]?.asks += requests
    peers[worker]?.pulls[0].movedAt = time.now
    sendAsks(to: worker)
  }

  /// Asks anew for everything that is under way from a worker.
  private func askAgain(_ worker: WorkerID) {
    guard let download = peers[worker]?.pulls.first?.download else { return }
    peers[worker]?.asks = []
    ask(download.repeatedRequests(), from: worker)
  }

  /// Sends requests up to the first that finds a full queue; the others wait for their turn.
  private func sendAsks(to worker: WorkerID) {
    guard let peer = peers[worker], !peer.asks.isEmpty else { return }
    var rest = peer.asks[...]
    // Without a bulk connection nothing is asked: attaching one asks again.
    guard let target = peer.bulk, let download = peer.pulls.first?.download else {
      peers[worker]?.asks = []
      return
    }
    sending: while let next = rest.first {
      let get = Message.get(
        download.blob.digest, offset: next.offset, byteCount: next.byteCount)
      switch transmitBulk(get, to: target) {
      case .sent: rest.removeFirst()
      case .full: break sending
      case .unreachable: rest = []
      }
    }
    peers[worker]?.asks = Array(rest)
  }

  /// When the pull of a silent worker is due to be asked for again.
  var nextAskAgain: Instant? {
    peers.values.compactMap { peer in
      peer.pulls.first.flatMap { $0.download == nil ? nil : $0.movedAt }
    }.min().map { $0 + configuration.silenceLimit }
  }

  /// Asks again for what did not come within the limit: what a socket took may still be lost.
  func watchPulls() {
    guard let due = nextAskAgain, due <= time.now else { return }
    for (worker, peer) in peers {
      guard let pull = peer.pulls.first, pull.download != nil,
        pull.movedAt + configuration.silenceLimit <= time.now
      else { continue }
      logger.info("pieces are asked for again", metadata: ["worker": "\(peer.name)"])
      askAgain(worker)
      // Also where there was no connection to ask over.
      peers[worker]?.pulls[0].movedAt = time.now
    }
  }

  /// Tries again what found a full queue, each worker's pieces in order.
  func flushChunks() {
    for worker in Array(peers.keys) { sendAsks(to: worker) }
    var blocked: Set<RoutingID> = []
    chunkQueue.removeAll { request in
      if blocked.contains(request.target) { return false }
      if serve(request) { return true }
      blocked.insert(request.target)
      return false
    }
  }

  private func transmitBulk(_ message: Message, to target: RoutingID) -> SendOutcome {
    guard let frames = frames(of: message) else { return .unreachable }
    do {
      return try bulk.send(frames, to: target)
    } catch {
      fail(.messaging(error))
      return .unreachable
    }
  }
}
