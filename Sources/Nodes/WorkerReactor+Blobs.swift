internal import Logging
internal import Coordination
internal import Messaging
internal import Tensors
internal import Wire

// Inputs fetched one blob at a time, a window of chunks ahead; outputs served to the coordinator.

extension WorkerReactor {
  /// Times that a blob may arrive with a wrong hash.
  private static let corruptLimit = 3

  func fetchInputs(_ key: LeaseKey) {
    guard let entry = held[key] else { return }
    for input in entry.assignment.inputs
    where entry.missing.contains(input.digest) && !wanted.contains(input) {
      wanted.append(input)
    }
    startDownload()
  }

  func startDownload() {
    while download == nil, let blob = wanted.first {
      // It goes on once the store has answered.
      if isLookedFor(blob) { return }
      var fresh = BlobDownload(blob, chunkBytes: chunkBytes, window: window)
      chunkAt = time.now
      if let outcome = fresh.outcomeIfEmpty() {
        download = fresh
        take(outcome, of: blob)
        continue
      }
      let requests = fresh.nextRequests()
      download = fresh
      asks = []
      ask(requests)
    }
  }

  func receiveBulk() throws(MessagingError) {
    guard let bulk else { return }
    while exit == nil, let frames = try bulk.socket.receive() {
      do throws(WireError) {
        let envelope = try Envelope(frames: frames)
        guard envelope.run == run else { continue }
        events.append(.coordinatorHeard(run))
        receive(envelope.message)
      } catch {
        logger.warning("unreadable bulk message", metadata: ["error": "\(error)"])
      }
      settle()
    }
    if download != nil, time.now >= chunkAt + configuration.silenceLimit {
      chunkAt = time.now
      attach()
    }
  }

  private func receive(_ message: Message) {
    switch message {
    case .get(let digest, let offset, let byteCount):
      if FailPoint.workerLosingRequest.strikes() { return }
      if !pieceQueue.isEmpty || !serve(digest, offset, byteCount) {
        pieceQueue.append((digest, offset, byteCount))
      }
    case .chunk(let chunk): take(chunk)
    default: logger.warning("not a bulk message", metadata: ["type": "\(message.type.name)"])
    }
  }

  private func take(_ chunk: Chunk) {
    FailPoint.workerFetching.pass()
    guard let current = download?.blob, chunk.digest == current.digest,
      let outcome = download?.take(chunk)
    else { return }
    chunkAt = time.now
    noteChunk(of: chunk.digest)
    showFetching(chunk.digest)
    ask(download?.nextRequests() ?? [])
    if outcome != .incomplete {
      take(outcome, of: current)
      startDownload()
    }
  }

  private func take(_ outcome: BlobDownload.Outcome, of blob: BlobReference) {
    download = nil
    switch outcome {
    case .incomplete: preconditionFailure("an incomplete blob is not taken")
    case .complete(let bytes):
      corruptCount = 0
      let arrived = Blob(digest: blob.digest, bytes: bytes)
      share(arrived)
      take(arrived)
    case .corrupt:
      corruptCount += 1
      logger.warning("a blob arrived corrupt", metadata: ["blob": "\(blob.digest)"])
      // It stays wanted, and is fetched again.
      if corruptCount >= WorkerReactor.corruptLimit { miss(blob, "arrived corrupt repeatedly") }
    case .missing: miss(blob, "is not known to the coordinator")
    }
  }

  /// A piece of an input is progress of all tasks that wait for it.
  func noteChunk(of digest: Digest) {
    for (key, entry) in held where entry.missing.contains(digest) {
      held[key]?.chunkCount += 1
    }
  }

  /// Takes an input that is here and verified.
  func take(_ blob: Blob) {
    wanted.removeAll { $0.digest == blob.digest }
    cache.insert(blob.bytes, blob.digest, pinned: pinned)
    for (key, entry) in held where entry.missing.contains(blob.digest) {
      held[key]?.missing.remove(blob.digest)
      if entry.missing.count == 1 { events.append(.inputsArrived(key)) }
    }
  }

  private func miss(_ blob: BlobReference, _ reason: String) {
    corruptCount = 0
    wanted.removeAll { $0.digest == blob.digest }
    leaveToOthers(blob.digest)
    for (key, entry) in held where entry.missing.contains(blob.digest) {
      events.append(.inputsFailed(key, message: "blob \(blob.digest) \(reason)"))
    }
  }

  /// Stops fetching what no task in hand wants any more.
  func dropUnwanted() {
    let missing = held.values.reduce(into: Set<Digest>()) { $0.formUnion($1.missing) }
    wanted.removeAll { !missing.contains($0.digest) }
    for digest in absent where !missing.contains(digest) { leaveToOthers(digest) }
    if let digest = looking, !missing.contains(digest) {
      leaveToOthers(digest)
      startDownload()
    }
    if let current = download, !missing.contains(current.blob.digest) {
      download = nil
      startDownload()
    }
  }

  /// Names this bulk connection, and asks again for what was asked over an older one.
  func attach() {
    attachIsDue = true
    askAgain()
    _ = sendAttach()
  }

  /// Nothing is heard over a connection that has no name yet; false while that cannot be sent. A
  /// socket may refuse it for a moment although its monitor has told of the connection.
  private func sendAttach() -> Bool {
    guard attachIsDue else { return true }
    attachIsDue =
      !FailPoint.workerLosingAttach.strikes() && !transmitBulk(.attach(instance))
    return !attachIsDue
  }

  /// Asks for pieces of what is being fetched; what finds a full queue or no connection is kept.
  private func ask(_ requests: [BlobDownload.Request]) {
    asks += requests
    sendAsks()
  }

  /// Asks anew for everything that is under way.
  private func askAgain() {
    guard let download else { return }
    asks = []
    ask(download.repeatedRequests())
  }

  private func sendAsks() {
    guard let digest = download?.blob.digest else {
      asks = []
      return
    }
    guard sendAttach() else { return }
    while let next = asks.first,
      transmitBulk(.get(digest, offset: next.offset, byteCount: next.byteCount))
    {
      asks.removeFirst()
    }
  }

  /// Sends one piece of an output; false when the queue is full.
  private func serve(_ digest: Digest, _ offset: Int, _ byteCount: Int) -> Bool {
    let output = held.values.lazy.compactMap { $0.outputs?.first { $0.digest == digest } }.first
    let blob = output?.bytes ?? cache.bytes(digest)
    let piece = blob.flatMap { bytes -> [UInt8]? in
      let end = min(bytes.count, offset + byteCount)
      return offset < end ? Array(bytes[offset..<end]) : nil
    }
    return transmitBulk(.chunk(Chunk(digest: digest, offset: offset, bytes: piece)))
  }

  func flushPieces() {
    guard sendAttach() else { return }
    sendAsks()
    while let piece = pieceQueue.first, serve(piece.digest, piece.offset, piece.byteCount) {
      pieceQueue.removeFirst()
    }
  }

  private func transmitBulk(_ message: Message) -> Bool {
    guard let bulk else { return true }
    do throws(WireError) {
      let frames = try Envelope(run: run, message: message).frames()
      do throws(MessagingError) { return try bulk.socket.send(frames) == .sent } catch {
        exit = .failed(.messaging(error))
      }
    } catch {
      exit = .failed(.messaging(.systemRefused(operation: "send a piece", reason: "\(error)")))
    }
    return true
  }
}
