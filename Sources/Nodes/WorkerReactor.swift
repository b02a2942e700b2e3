internal import Coordination
internal import Logging
internal import Messaging
internal import Tensors
internal import Wire

/// The worker's network thread: its sockets, its session and its blobs.
///
/// - `+Messages`: what the coordinator says.
/// - `+Commands`: what the session wants done.
/// - `+Blobs`: inputs fetched, outputs served.
/// - `+Store`: inputs that another worker of the host has fetched.
final class WorkerReactor {
  /// A task in the worker's hands.
  struct Held {
    let assignment: Assignment
    let progress = ProgressCounter()
    /// Chunks of inputs received; part of the lease's progress.
    var chunkCount: UInt64 = 0
    /// Inputs that are still on their way.
    var missing: Set<Digest> = []
    var outputs: [Blob]?
    var seconds = 0.0
  }

  let configuration: WorkerConfiguration
  let logger: Logger
  let time = MonotonicTime()
  let instance: InstanceID
  let library: ZeroMQ
  let control: DealerSocket
  let controlMonitor: SocketMonitor
  var bulk: BulkConnection?
  let bell: WakeUp
  let leaving: Cancellation
  let lane: ComputeLane
  /// Reads and fills the store of the host, if there is one.
  let storeLane: StoreLane?

  var session: WorkerSession
  var events: [WorkerSession.Event] = []
  /// The run of the last welcome.
  var run = RunID.none
  var lastHello: UInt64 = 0
  /// The last hello that was answered with a welcome.
  var welcomedHello: UInt64 = 0
  var chunkBytes = 1 << 20
  var window = 4
  var beatNumber: UInt64 = 0
  var held: [LeaseKey: Held] = [:]
  var cache: BlobCache
  /// The inputs that tasks had last of those that no later task will want.
  var ephemeral: [Digest] = []
  /// Blobs to fetch, the first one now, with the leases that wait for each in `Held.missing`.
  var wanted: [BlobReference] = []
  var download: BlobDownload?
  /// The blob that is looked for in the store of the host.
  var looking: Digest?
  /// Blobs that the store did not have, and that this worker is to fetch.
  var absent: Set<Digest> = []
  var corruptCount = 0
  var chunkAt = Instant.start
  /// Requests for pieces of `download` that found a full queue.
  var asks: [BlobDownload.Request] = []
  /// Whether the bulk connection has still to be named.
  var attachIsDue = false
  /// Pieces of outputs that found a full queue.
  var pieceQueue: [(digest: Digest, offset: Int, byteCount: Int)] = []
  var outbox: [Message] = []
  var isConnected = false
  /// Since when handshakes fail without a verdict.
  var handshakesFailSince: Instant?
  /// What the compute thread is at.
  var computing: LeaseKey?
  /// Set when that is no longer wanted: when it must have ended.
  var stopBy: Instant?
  /// What to compute once the thread is free.
  var next: [LeaseKey] = []
  var hasAnnouncedLeaving = false
  var exit: WorkerExit?

  init(_ configuration: WorkerConfiguration, _ leaving: Cancellation) throws(NodeError) {
    self.configuration = configuration
    self.leaving = leaving
    logger = configuration.logger
    let (high, low) = Machine.randomWords()
    instance = InstanceID(high: high, low: low)
    cache = BlobCache(byteLimit: configuration.cacheByteLimit)
    var settings = configuration.session
    settings.slots = 1
    if settings.memoryBytes == .max { settings.memoryBytes = Machine.memoryBytes }
    session = WorkerSession(settings: settings)
    do throws(MessagingError) {
      bell = try WakeUp()
      lane = try ComputeLane(outcomeBell: bell)
      let (bell, patience, logger) = (bell, configuration.storePatience, configuration.logger)
      storeLane = try configuration.store.map { (store) throws(MessagingError) in
        try StoreLane(store, patience: patience, logger: logger, outcomeBell: bell)
      }
      library = try ZeroMQ()
      let control = try DealerSocket(library, options: .control)
      controlMonitor = try SocketMonitor(control)
      try control.connect(configuration.connect, security: configuration.security)
      self.control = control
    } catch { throw .messaging(error) }
  }

  /// Whether the compute thread has nothing to do.
  var isIdle: Bool { computing == nil }

  func loop() -> WorkerExit {
    events.append(.started)
    while exit == nil {
      settle()
      do throws(MessagingError) {
        try wait()
        try receiveMonitorEvents()
        try receiveControl()
        try receiveBulk()
      } catch { return .failed(.messaging(error)) }
      takeOutcomes()
      takeStoreOutcomes()
      if leaving.isCancelled && !hasAnnouncedLeaving {
        hasAnnouncedLeaving = true
        events.append(.drainRequested)
      }
      noteProgress()
      if let due = session.nextDeadline, due <= time.now { events.append(.clockAdvanced) }
      settle()
      flush()
      watchStuck()
    }
    return exit ?? .dismissed
  }

  /// Lets the session see all events.
  func settle() {
    while !events.isEmpty, exit == nil {
      let event = events.removeFirst()
      for command in session.handle(event, at: time.now) { perform(command) }
    }
  }

  private func wait() throws(MessagingError) {
    let now = time.now
    var limit = 1_000
    for due in [session.nextDeadline, stopBy].compactMap({ $0 }) {
      limit = min(limit, due.milliseconds(from: now, atMost: limit))
    }
    if !outbox.isEmpty && isConnected || !pieceQueue.isEmpty || !asks.isEmpty || attachIsDue {
      limit = min(limit, 10)
    }
    var set = PollSet()
    set.add(control)
    set.add(controlMonitor)
    set.add(bell)
    if !hasAnnouncedLeaving { set.add(leaving.bell) }
    if let bulk {
      set.add(bulk.socket)
      set.add(bulk.monitor)
    }
    try set.wait(milliseconds: limit)
    bell.take()
  }

  private func receiveMonitorEvents() throws(MessagingError) {
    while let event = try controlMonitor.receive() {
      switch event {
      case .established:
        isConnected = true
        handshakesFailSince = nil
        events.append(.reconnected)
      case .disconnected:
        isConnected = false
        // Everything unsaid is said anew after the next welcome; only a greeting still counts.
        outbox.removeAll { if case .hello = $0 { false } else { true } }
      case .handshakeFailed(let reason, let isFinal):
        logger.info("the handshake failed", metadata: ["reason": "\(reason)"])
        let since = handshakesFailSince ?? time.now
        handshakesFailSince = since
        // libzmq tries no more after a verdict, and for ever, silently, without one. Something that
        // listens for a coordinator before that is there closes connections for a while too.
        if isFinal || time.now >= since + configuration.handshakeLimit {
          exit = .keysRefused(reason: keysRefusal(reason))
        }
      case .retried: break
      }
    }
    guard let bulk else { return }
    while let event = try bulk.monitor.receive() {
      if event == .established { attach() }
    }
  }

  private func keysRefusal(_ reason: String) -> String {
    let endpoint = configuration.connect
    return switch configuration.security {
    case .open:
      "\(endpoint) asks for keys (\(reason)): give the folder that 'tsq keys new' made for this "
        + "worker with --keys; or something else listens there"
    case .client, .server:
      "\(endpoint) and this worker do not know each other's keys (\(reason)): the coordinator "
        + "must run with --keys, its folder 'allowed' must have this worker, and 'server.pub' here "
        + "must be its own; or something else listens there"
    }
  }

  private func takeOutcomes() {
    for outcome in lane.takeOutcomes() {
      computing = nil
      stopBy = nil
      switch outcome.result {
      case .success(let outputs):
        if held[outcome.key] != nil {
          held[outcome.key]?.outputs = outputs
          held[outcome.key]?.seconds = outcome.seconds
          events.append(.computeFinished(outcome.key))
        }
      case .failure(let failure):
        if held[outcome.key] != nil {
          events.append(
            .computeFailed(outcome.key, failure.failure, message: failure.message))
        }
      }
      settle()
      startNext()
    }
  }

  /// Tells the session how far every lease is.
  private func noteProgress() {
    for (key, held) in held where held.outputs == nil {
      events.append(.progressed(key, to: held.chunkCount + held.progress.steps))
    }
  }

  /// A computation that is no longer wanted must end, and the process with it if it does not.
  private func watchStuck() {
    guard let stopBy, stopBy <= time.now, let computing, exit == nil else { return }
    exit = .computationStuck(task: "\(computing)")
  }
}

/// The socket for blobs and its monitor; opened anew when the coordinator names another endpoint.
final class BulkConnection {
  let endpoint: Endpoint
  let socket: DealerSocket
  let monitor: SocketMonitor

  init(
    _ endpoint: Endpoint, _ security: SocketSecurity, _ library: ZeroMQ
  ) throws(MessagingError) {
    self.endpoint = endpoint
    let socket = try DealerSocket(library, options: .bulk)
    monitor = try SocketMonitor(socket)
    try socket.connect(endpoint, security: security)
    self.socket = socket
  }
}
