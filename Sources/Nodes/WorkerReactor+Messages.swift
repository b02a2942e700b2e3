internal import Logging
internal import Coordination
internal import Messaging
internal import Tensors
internal import Wire

// What the coordinator says.

extension WorkerReactor {
  func receiveControl() throws(MessagingError) {
    while exit == nil, let frames = try control.receive() {
      do throws(WireError) {
        receive(try Envelope(frames: frames))
      } catch {
        logger.warning("unreadable message", metadata: ["error": "\(error)"])
        if case .unknownVersion = error.reason { exit = .rejected(reason: error.description) }
      }
      settle()
    }
  }

  private func receive(_ envelope: Envelope) {
    switch envelope.message {
    case .welcome(let welcome): receive(welcome, envelope.run)
    case .reject(.closing, _): events.append(.dismissed)
    case .reject(_, let text): events.append(.rejected(reason: text))
    case .error(let fault, let text):
      logger.info("refused", metadata: ["fault": "\(fault)", "text": "\(text)"])
      if fault != .malformed { events.append(.unknownHere) }
    case .task(let assignment): receive(assignment, envelope.run)
    case .revoke(let lease):
      events.append(.revoked(LeaseKey(run: envelope.run, lease: lease)))
    case .resultAck(let acknowledgement): receive(acknowledgement, envelope.run)
    case .drain: events.append(.drainRequested)
    case .bye: events.append(.dismissed)
    case .byeOK: events.append(.farewellAnswered)
    default: events.append(.coordinatorHeard(envelope.run))
    }
  }

  private func receive(_ welcome: Welcome, _ run: RunID) {
    // A hello that was repeated while it waited is answered more than once, and the session heeds
    // the first answer alone.
    guard welcome.hello == lastHello, welcome.hello != welcomedHello else {
      events.append(.coordinatorHeard(run))
      return
    }
    welcomedHello = welcome.hello
    self.run = run
    chunkBytes = welcome.chunkBytes
    window = welcome.window
    // The session begins anew and keeps only finished results.
    for (key, held) in held where held.outputs == nil && key != computing { release(key) }
    logger.info("welcomed", metadata: ["name": "\(welcome.name)", "run": "\(run)"])
    let beat = Duration.milliseconds(welcome.beatMilliseconds)
    let lease = Duration.milliseconds(max(welcome.leaseMilliseconds, welcome.beatMilliseconds + 1))
    openBulk(welcome.bulkEndpoint)
    events.append(
      .welcomed(run, hello: welcome.hello, WorkerTerms(beatInterval: beat, leaseLength: lease)))
  }

  /// Connects to where blobs are; a host of "any address" stands for the one that was dialled.
  private func openBulk(_ text: String) {
    do throws(MessagingError) {
      var endpoint = try Endpoint(text)
      if case .tcp(let host, let port) = endpoint, host == "0.0.0.0" || host == "*",
        case .tcp(let dialled, _) = configuration.connect
      {
        endpoint = .tcp(host: dialled, port: port)
      }
      if bulk?.endpoint == endpoint {
        attach()
      } else {
        bulk = try BulkConnection(endpoint, configuration.security, library)
      }
    } catch { exit = .failed(.messaging(error)) }
  }

  private func receive(_ assignment: Assignment, _ run: RunID) {
    let key = LeaseKey(run: run, lease: assignment.lease)
    var missingCount = 0
    if held[key] == nil, run == self.run {
      var entry = Held(assignment: assignment)
      entry.missing = Set(assignment.inputs.map(\.digest)).filter { !cache.contains($0) }
      missingCount = entry.missing.count
      held[key] = entry
    }
    let isTooLarge = assignment.inputs.contains { $0.byteCount > configuration.blobByteLimit }
    events.append(
      .taskReceived(
        run,
        TaskOffer(
          task: assignment.task, lease: assignment.lease,
          memoryBytes: isTooLarge ? .max : assignment.memoryBytes,
          isSupported: configuration.kinds.contains(assignment.kind),
          missingInputCount: missingCount)))
  }

  private func receive(_ acknowledgement: Acknowledgement, _ run: RunID) {
    FailPoint.workerAfterResult.pass()
    events.append(.coordinatorHeard(run))
    let keys = held.filter {
      $0.key.lease == acknowledgement.lease && $0.value.assignment.key == acknowledgement.key
    }.keys
    for key in keys {
      events.append(.acknowledged(key))
      settle()
      release(key)
    }
    if acknowledgement.code == .discarded {
      logger.info("a result was not needed", metadata: ["reason": "\(acknowledgement.text)"])
    }
  }

  /// Sends, or keeps in order what finds no connection or a full queue.
  func send(_ message: Message) {
    if outbox.isEmpty && transmit(message) { return }
    switch message {
    case .hello:
      outbox.removeAll { if case .hello = $0 { true } else { false } }
      outbox.append(message)
    case .beat: break
    default: outbox.append(message)
    }
  }

  private func transmit(_ message: Message) -> Bool {
    let run: RunID = if case .hello = message { .none } else { self.run }
    do throws(WireError) {
      let frames = try Envelope(run: run, message: message).frames()
      do throws(MessagingError) { return try control.send(frames) == .sent } catch {
        exit = .failed(.messaging(error))
      }
    } catch {
      exit = .failed(.messaging(.systemRefused(operation: "send a message", reason: "\(error)")))
    }
    return true
  }

  func flush() {
    while let message = outbox.first, transmit(message) { outbox.removeFirst() }
    flushPieces()
  }
}
