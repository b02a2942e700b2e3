internal import Logging
internal import Coordination
internal import Messaging
internal import Wire

// Registration, loss, and the local processes.

extension CoordinatorReactor {
  func greet(_ hello: Hello, _ message: RoutedMessage) {
    if let (reason, text) = objection(to: hello, of: message) {
      send(.reject(reason, text: text), to: message.sender)
      let name = hello.name.isEmpty ? "\(hello.host) process \(hello.process)" : hello.name
      // One that comes when all is done is no trouble.
      if reason != .closing { tell(.workerRejected(worker: name, reason: text)) }
      logger.info("worker rejected", metadata: ["worker": "\(name)", "reason": "\(text)"])
      let isLocal = local.slot(ofProcess: hello.process) != nil && isLocal(hello, message)
      if isLocal && closingUntil == nil { fail(.localWorkerRejected(reason: text)) }
      return
    }
    // Only the same user may take the place of a registration.
    let former = byInstance[hello.instance].flatMap { id in
      peers[id]?.user == user(of: message) ? id : nil
    }
    if let former, let peer = peers[former], peer.routing == message.sender,
      peer.hello.number == hello.number
    {
      welcome(peer)
      return
    }
    lastWorker += 1
    let id = WorkerID(number: lastWorker)
    if let former { remove(former) }
    let peer = Peer(
      id: id, name: uniqueName(hello, user(of: message).flatMap { gate?.name(of: $0) }),
      hello: hello, user: user(of: message),
      routing: message.sender,
      connection: message.connection,
      localSlot: isLocal(hello, message) ? local.slot(ofProcess: hello.process) : nil,
      heardAt: time.now)
    peers[id] = peer
    byRouting[message.sender] = id
    byInstance[hello.instance] = id
    snapshot.workers.updateValue(nil, forKey: peer.name)
    welcome(peer)
    events.append(
      .workerJoined(
        id, slots: hello.slots, memoryBytes: memoryShare(of: peer), host: hello.host,
        formerly: former))
    tell(.workerJoined(worker: peer.name, host: hello.host))
    logger.info("worker joined", metadata: ["worker": "\(peer.name)", "host": "\(hello.host)"])
    releaseHeldTasks()
  }

  /// Local workers share this machine's memory, unless each has a budget of its own.
  private func memoryShare(of peer: Peer) -> Int {
    peer.localSlot == nil
      ? peer.hello.memoryBytes
      : configuration.localWorkerBytes
        ?? peer.hello.memoryBytes / max(1, configuration.localWorkers)
  }

  /// Who came with a key came over the network, whatever it says of itself.
  private func isLocal(_ hello: Hello, _ message: RoutedMessage) -> Bool {
    user(of: message) == nil && isLocalEndpoint(hello)
  }

  private func isLocalEndpoint(_ hello: Hello) -> Bool {
    hello.endpoint == endpoints.control.description
  }

  private func welcome(_ peer: Peer) {
    let bulkEndpoint = isLocalEndpoint(peer.hello) ? endpoints.bulk : (openBulk ?? endpoints.bulk)
    send(
      .welcome(
        Welcome(
          protocolVersion: min(Int(ProtocolVersion.last), peer.hello.protocols.upperBound),
          hello: peer.hello.number, name: peer.name, bulkEndpoint: bulkEndpoint.description,
          beatMilliseconds: configuration.beatInterval.wholeMilliseconds,
          leaseMilliseconds: dispatcher.settings.leaseLength.wholeMilliseconds,
          chunkBytes: configuration.chunkBytes, window: configuration.window)),
      to: peer.id)
  }

  private func objection(
    to hello: Hello, of message: RoutedMessage
  ) -> (RejectionReason, String)? {
    if isWithdrawn(message) { return (.key, refusal(of: message)) }
    if closingUntil != nil || isDraining { return (.closing, "the run is over") }
    let known = Int(ProtocolVersion.first)...Int(ProtocolVersion.last)
    guard hello.protocols.overlaps(known) else {
      return (
        .protocolVersion,
        "the worker speaks protocol \(hello.protocols.spelled), the coordinator \(known.spelled)"
      )
    }
    let identity = configuration.identity
    guard hello.build == identity.build else {
      return (
        .build,
        "the worker is build '\(hello.build)', the coordinator '\(identity.build)'; use the same "
          + "program on both sides"
      )
    }
    guard hello.kernel == identity.kernel else {
      return (
        .kernel,
        "the worker computes with kernels '\(hello.kernel)', the coordinator's results are of "
          + "'\(identity.kernel)'"
      )
    }
    return nil
  }

  /// A worker with a key is known by the key's name, to which it may add.
  private func uniqueName(_ hello: Hello, _ user: String?) -> String {
    var wanted = hello.name.isEmpty ? "\(hello.host)-\(hello.process)" : hello.name
    if let user { wanted = hello.name.isEmpty || hello.name == user ? user : "\(user)/\(wanted)" }
    let taken = Set(peers.values.map(\.name))
    guard taken.contains(wanted) else { return wanted }
    var number = 2
    while taken.contains("\(wanted)#\(number)") { number += 1 }
    return "\(wanted)#\(number)"
  }

  /// Takes what the monitor knows of broken connections.
  func collectMonitorEvents() throws(MessagingError) {
    while let event = try controlMonitor.receive() {
      switch event {
      case .disconnected(let connection): disconnections.append(connection)
      case .handshakeFailed(let reason, _):
        logger.info("a peer failed the handshake", metadata: ["reason": "\(reason)"])
      case .established, .retried: break
      }
    }
  }

  /// Suspects the workers whose connections broke.
  func applyDisconnections() {
    for connection in disconnections {
      if let peer = peers.values.first(where: { $0.connection == connection }) { suspect(peer.id) }
    }
    disconnections.removeAll()
  }

  /// The connection of a worker is gone. A local process is given a moment to be found dead, so
  /// that the cause is named; any other is lost now.
  func suspect(_ worker: WorkerID) {
    guard let peer = peers[worker] else { return }
    guard let slot = peer.localSlot, local.running.contains(where: { $0.index == slot }) else {
      lose(worker, .disconnected)
      return
    }
    guard peer.suspectedAt == nil else { return }
    peers[worker]?.suspectedAt = time.now + configuration.suspicionLimit
  }

  /// Tells the dispatcher, and everybody who watches, that a worker is gone.
  func lose(_ worker: WorkerID, _ cause: LossCause) {
    guard let peer = peers[worker] else { return }
    events.append(.workerLost(worker, cause))
    remove(worker)
    guard closingUntil == nil else { return }
    tell(.workerLost(worker: peer.name, cause))
    logger.info("worker lost", metadata: ["worker": "\(peer.name)", "cause": "\(cause)"])
    record("worker", "\(peer.name) on \(peer.hello.host) lost: \(cause)")
  }

  /// A worker says goodbye: it holds nothing any more.
  func part(from worker: WorkerID) {
    guard let peer = peers[worker] else { return }
    send(.byeOK, to: worker)
    events.append(.workerLost(worker, .exited(code: 0)))
    remove(worker)
    tell(.workerLeft(worker: peer.name))
  }

  /// Forgets a registration and its connections.
  func remove(_ worker: WorkerID) {
    guard let peer = peers.removeValue(forKey: worker) else { return }
    byRouting[peer.routing] = nil
    if let bulk = peer.bulk { byBulk[bulk] = nil }
    chunkQueue.removeAll { $0.target == peer.bulk }
    snapshot.workers.removeValue(forKey: peer.name)
  }

  /// Takes the endings of local processes, names the cause of lost workers, starts successors.
  func watchLocalWorkers() {
    let now = time.now
    for (index, _) in local.running {
      guard let ending = local.takeEnding(index, now) else { continue }
      let name = local.slots[index].name
      lastEnding = "\(name): \(ending.cause)"
      if let peer = peers.values.first(where: { $0.localSlot == index }) {
        lose(peer.id, ending.cause)
      }
    }
    for peer in peers.values {
      if let due = peer.suspectedAt, due <= now { lose(peer.id, .disconnected) }
    }
    if isDraining { local.close() }
    guard closingUntil == nil, !isDraining else { return }
    do {
      for name in try local.startDue(now) { tell(.workerRestarted(worker: name)) }
    } catch { fail(error) }
    if configuration.localWorkers > 0, local.isDeserted, openControl == nil, peers.isEmpty {
      fail(.workersKeepEnding(reason: lastEnding))
    }
  }

  /// Reports, and in the end gives up, the wait for the first `minimumWorkers`.
  func watchHeldTasks() {
    guard let held, !held.isEmpty, closingUntil == nil, !isDraining else {
      heldReportAt = nil
      return
    }
    let now = time.now
    let since = heldSince ?? now
    heldSince = since
    let text =
      "\(peers.count) of \(configuration.minimumWorkers) workers are connected"
      + (openControl.map { "; others connect with: \(invitation(to: $0))" } ?? "")
    if now >= since + configuration.workerDeadline {
      let limit = Int(configuration.workerDeadline.seconds)
      fail(.noWorkers(reason: "only \(text), after \(limit) s"))
    } else if now >= heldReportAt ?? since {
      let waited = Int((now - since).seconds)
      let limit = Int(configuration.workerDeadline.seconds)
      if heldReportAt != nil { tell(.waiting("\(text); waited \(waited) of \(limit) s")) }
      heldReportAt = now + configuration.reportInterval
    }
  }

  private func releaseHeldTasks() {
    guard let held, peers.count >= configuration.minimumWorkers else { return }
    self.held = nil
    heldReportAt = nil
    submit(held)
  }
}

extension ClosedRange<Int> {
  /// One number, or the first and the last.
  var spelled: String { count == 1 ? "\(lowerBound)" : "\(lowerBound) to \(upperBound)" }
}

extension Duration {
  var wholeMilliseconds: Int { Int(wholeNanoseconds / 1_000_000) }
}
