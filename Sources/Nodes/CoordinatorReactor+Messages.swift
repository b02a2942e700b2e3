internal import Logging
internal import Coordination
internal import Messaging
internal import Wire

// What workers say on the control socket.

extension CoordinatorReactor {
  /// Messages taken before the other sockets get their turn.
  private static let turnLimit = 256

  func receiveControl() throws(MessagingError) {
    for _ in 0..<CoordinatorReactor.turnLimit {
      guard let message = try control.receive() else { return }
      let envelope: Envelope
      do throws(WireError) {
        envelope = try Envelope(frames: message.frames)
      } catch {
        logger.warning("unreadable message", metadata: ["error": "\(error)"])
        send(.error(.malformed, text: error.description), to: message.sender)
        continue
      }
      try receive(envelope, message)
      settle()
    }
  }

  private func receive(_ envelope: Envelope, _ message: RoutedMessage) throws(MessagingError) {
    if case .hello(let hello) = envelope.message {
      // Descriptors are used again at once: what the monitor knows comes first.
      try collectMonitorEvents()
      applyDisconnections()
      greet(hello, message)
      return
    }
    if case .askStatus(let question) = envelope.message {
      answer(question, message)
      return
    }
    if isWithdrawn(message) { return }
    guard envelope.run == run else {
      send(.error(.unknownRun, text: "this is another run"), to: message.sender)
      return
    }
    guard let worker = byRouting[message.sender] else {
      if case .bye = envelope.message {
        send(.byeOK, to: message.sender)
      } else {
        send(.error(.unknownWorker, text: "not registered, or lost before"), to: message.sender)
      }
      return
    }
    if closingUntil != nil {
      receiveWhileClosing(envelope.message, from: worker)
    } else {
      receive(envelope.message, from: worker)
    }
  }

  private func receive(_ message: Message, from worker: WorkerID) {
    peers[worker]?.heardAt = time.now
    switch message {
    case .ready(let credit):
      events.append(.beat(worker, lease: nil, progress: 0))
      if credit == 0 { events.append(.workerDraining(worker)) }
    case .accept(let task, let lease):
      events.append(.taskAccepted(task, lease: lease, by: worker))
    case .decline(let task, let lease, let reason):
      forget(lease, of: worker)
      events.append(.taskDeclined(task, lease: lease, by: worker, reason))
    case .beat(let beat):
      peers[worker]?.residentBytes = beat.residentBytes
      if beat.entries.isEmpty { events.append(.beat(worker, lease: nil, progress: 0)) }
      for entry in beat.entries {
        var progress = entry.progress
        if peers[worker]?.assigned[entry.lease] != nil {
          peers[worker]?.steps[entry.lease, default: LeaseSteps()].counted = progress
          progress = peers[worker]?.steps[entry.lease]?.sum ?? progress
        }
        events.append(.beat(worker, lease: entry.lease, progress: progress))
      }
      send(.beatAck(sequence: beat.sequence), to: worker)
    case .result(let offer): receive(offer, from: worker)
    case .fail(let reference, let failure, let text):
      receiveFailure(reference, failure, text, from: worker)
    case .released(let lease):
      forget(lease, of: worker)
      events.append(.leaseReleased(lease, by: worker))
    case .draining: events.append(.workerDraining(worker))
    case .bye: part(from: worker)
    case .error(let fault, let text):
      logger.warning(
        "a worker reports an error",
        metadata: ["worker": "\(name(of: worker))", "fault": "\(fault)", "text": "\(text)"])
    case .byeOK: break
    case .hello, .welcome, .reject, .task, .beatAck, .resultAck, .revoke, .drain, .attach, .get,
      .chunk, .askStatus, .status:
      send(.error(.malformed, text: "\(message.type.name) is not said here"), to: worker)
    }
  }

  private func receiveFailure(
    _ reference: LeaseReference, _ failure: FailureClass, _ text: String, from worker: WorkerID
  ) {
    if reference.run == run, let state = tasks[reference.task] {
      tell(
        .taskFailed(
          task: state.label, worker: name(of: worker), failure, message: text))
      events.append(
        .taskFailed(
          reference.task, lease: reference.lease, by: worker, failure, message: text))
    }
    forget(reference.lease, of: worker)
    acknowledge(reference, .noted, to: worker)
  }

  /// Answers RESULT or FAIL.
  func acknowledge(
    _ reference: LeaseReference, _ code: AcknowledgementCode, _ text: String = "",
    to worker: WorkerID
  ) {
    send(
      .resultAck(
        Acknowledgement(key: reference.key, lease: reference.lease, code: code, text: text)),
      to: worker)
  }

  /// Sends to a registered worker; what finds a full queue is kept in order.
  func send(_ message: Message, to worker: WorkerID) {
    guard let peer = peers[worker] else { return }
    if peer.outbox.isEmpty {
      switch transmit(message, to: peer.routing) {
      case .sent: return
      case .unreachable:
        suspect(worker)
        return
      case .full: break
      }
    }
    // A sign of life that waits says nothing.
    if case .beatAck = message { return }
    if peer.outbox.count >= Peer.outboxLimit {
      lose(worker, .leaseExpired)
      return
    }
    peers[worker]?.outbox.append(message)
  }

  /// Sends to a stranger, once.
  func send(_ message: Message, to routing: RoutingID) { _ = transmit(message, to: routing) }

  private func transmit(_ message: Message, to routing: RoutingID) -> SendOutcome {
    guard let frames = frames(of: message) else { return .unreachable }
    do {
      return try control.send(frames, to: routing)
    } catch {
      fail(.messaging(error))
      return .unreachable
    }
  }

  /// The frames of a message; nil, and a line in the log, for one that no peer would take.
  func frames(of message: Message) -> [[UInt8]]? {
    do throws(WireError) {
      return try Envelope(run: run, message: message).frames()
    } catch {
      logger.error("a message is too large", metadata: ["error": "\(error)"])
      return nil
    }
  }

  /// Tries again what found a full queue.
  func flush() {
    for (worker, peer) in peers where !peer.outbox.isEmpty {
      var rest = peer.outbox[...]
      sending: while let message = rest.first {
        switch transmit(message, to: peer.routing) {
        case .sent: rest.removeFirst()
        case .full: break sending
        case .unreachable:
          rest = []
          suspect(worker)
        }
      }
      peers[worker]?.outbox = Array(rest)
    }
    flushChunks()
  }

  func name(of worker: WorkerID) -> String { peers[worker]?.name ?? "\(worker)" }
}
