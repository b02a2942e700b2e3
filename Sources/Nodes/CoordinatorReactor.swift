internal import Coordination
internal import Logging
internal import Messaging
internal import RunStore
internal import Tensors
internal import Wire

/// The coordinator's network thread: both routers, the dispatcher and the local worker processes.
///
/// Everything is turned into events for the dispatcher, and its commands are performed; what is
/// decided here is only what bytes and processes need.
///
/// - `+Messages`: what workers say on the control socket.
/// - `+Workers`: registration, loss, local processes.
/// - `+Keys`: who may connect.
/// - `+Commands`: what the dispatcher wants done.
/// - `+Results`: results offered, pulled, verified.
/// - `+Bulk`: blobs sent and received.
/// - `+Closing`: goodbye.
/// - `+Status`: where the run stands.
final class CoordinatorReactor {
  let configuration: CoordinatorConfiguration
  let folder: RunFolder
  let link: CoordinatorLink
  let time: MonotonicTime
  let logger: Logger
  let run: RunID

  let control: RouterSocket
  let bulk: RouterSocket
  let controlMonitor: SocketMonitor
  /// Who may come from other machines; nil when anybody may.
  let gate: Gate?
  /// Held after the sockets, so that their files are removed after they are closed.
  let endpoints: EndpointFolder
  let socketFiles: SocketFiles
  /// Where workers started by hand connect, and where they pull blobs from.
  let openControl: Endpoint?
  let openBulk: Endpoint?

  var dispatcher: Dispatcher
  /// Events that the dispatcher has not seen yet.
  var events: [Dispatcher.Event] = []
  var local: LocalWorkers
  var peers: [WorkerID: Peer] = [:]
  var byRouting: [RoutingID: WorkerID] = [:]
  var byBulk: [RoutingID: WorkerID] = [:]
  var byInstance: [InstanceID: WorkerID] = [:]
  var lastWorker: UInt64 = 0
  /// Connections that broke, whose workers have not been told of yet.
  var disconnections: [Int32] = []
  var tasks: [TaskID: TaskState] = [:]
  var byKey: [Digest: TaskID] = [:]
  /// Results that are here and verified, until the dispatcher has said what becomes of them.
  var arrived: [ArrivedKey: ArrivedResult] = [:]
  /// Tasks that wait for the first `minimumWorkers`; nil once those have come.
  var held: [Submission]?
  var heldSince: Instant?
  var heldReportAt: Instant?
  /// Tasks of steps that are finished and not told of yet.
  var stepTasks = StepTaskTally()
  var cache: BlobCache
  /// Chunks to send that found a full queue.
  var chunkQueue: [ChunkRequest] = []
  var snapshot = CoordinatorSnapshot()
  /// How often somebody was told the status in the second that began then.
  var statusAnswers = (since: Instant.start, count: 0)
  /// When the detailed part of the snapshot is due.
  var statusAt = Instant.start
  /// What the last local process ended with, for the error when none is left.
  var lastEnding = "none has started"
  /// Why the run cannot go on.
  var failure: NodeError?
  /// Whether nothing is begun any more.
  var isDraining = false
  /// Set while goodbyes are awaited.
  var closingUntil: Instant?
  var isFinished = false

  /// The body of the network thread.
  static func run(
    _ configuration: CoordinatorConfiguration, _ folder: RunFolder, _ link: CoordinatorLink,
    _ time: MonotonicTime
  ) {
    do throws(NodeError) {
      let reactor = try CoordinatorReactor(configuration, folder, link, time)
      try reactor.start()
      let failure = reactor.loop()
      link.tell(.stopped(failure))
    } catch {
      link.tell(.stopped(error))
    }
  }

  private init(
    _ configuration: CoordinatorConfiguration, _ folder: RunFolder, _ link: CoordinatorLink,
    _ time: MonotonicTime
  ) throws(NodeError) {
    self.configuration = configuration
    self.folder = folder
    self.link = link
    self.time = time
    logger = configuration.logger
    let (high, low) = Machine.randomWords()
    run = RunID(high: high, low: low)
    endpoints = try EndpointFolder()
    let files = SocketFiles()
    socketFiles = files
    do throws(MessagingError) {
      let library = try ZeroMQ()
      let control = try RouterSocket(library, options: .control)
      let bulk = try RouterSocket(library, options: .bulk)
      controlMonitor = try SocketMonitor(control)
      if configuration.localWorkers > 0 {
        _ = try control.bind(endpoints.control)
        _ = try bulk.bind(endpoints.bulk)
      }
      gate = try configuration.keys.map { (keys) throws(MessagingError) in
        try Gate(keys, library, configuration.logger, time.now)
      }
      self.control = control
      self.bulk = bulk
    } catch { throw .messaging(error) }
    (openControl, openBulk) = try Self.listen(configuration, control, bulk, files)
    held = configuration.minimumWorkers > 1 ? [] : nil
    var settings = configuration.dispatcher
    settings.noWorkerLimit = configuration.workerDeadline
    settings.unplaceableLimit = configuration.workerDeadline
    settings.reportInterval = configuration.reportInterval
    dispatcher = Dispatcher(settings: settings)
    cache = BlobCache(byteLimit: configuration.cacheByteLimit)
    local = LocalWorkers(configuration, endpoint: endpoints.control.description)
  }

  private func start() throws(NodeError) {
    _ = try local.startDue(time.now)
    link.tell(.started(listening: openControl))
    guard let openControl else { return }
    tell(.listening(openControl))
    if !openControl.isLocal && gate == nil {
      tell(.unprotected(openControl))
      logger.warning(
        "listening for other machines without encryption or keys",
        metadata: ["endpoint": "\(openControl)"])
    }
  }

  private func loop() -> NodeError? {
    while !isFinished {
      do throws(MessagingError) {
        try wait()
        try watchGate()
        try collectMonitorEvents()
        // What a connection carried before it broke comes first.
        try receiveControl()
        applyDisconnections()
        try receiveBulk()
      } catch {
        fail(.messaging(error))
        if closingUntil != nil { isFinished = true }
      }
      takeRequests()
      watchLocalWorkers()
      watchHeldTasks()
      watchPulls()
      settle()
      flush()
      continueClosing()
      noteStatus()
      link.snapshot = snapshot
    }
    return failure
  }

  /// Lets the dispatcher see all events, and the clock if it is due.
  func settle() {
    while true {
      while !events.isEmpty {
        let event = events.removeFirst()
        for command in dispatcher.handle(event, at: time.now) { perform(command) }
      }
      guard closingUntil == nil, let due = dispatcher.nextDeadline, due <= time.now else { return }
      events.append(.clockAdvanced)
      // A deadline that the tick does not move must not keep this thread from its sockets.
      while !events.isEmpty {
        let event = events.removeFirst()
        for command in dispatcher.handle(event, at: time.now) { perform(command) }
      }
      return
    }
  }

  private func wait() throws(MessagingError) {
    let now = time.now
    var limit = 1_000
    let dues = [
      closingUntil == nil ? dispatcher.nextDeadline : closingUntil, local.nextStart, heldReportAt,
      gate?.nextReading,
      peers.values.compactMap(\.suspectedAt).min(), nextAskAgain,
    ]
    for due in dues.compactMap({ $0 }) {
      limit = min(limit, due.milliseconds(from: now, atMost: limit))
    }
    if !chunkQueue.isEmpty
      || peers.values.contains(where: { !$0.outbox.isEmpty || !$0.asks.isEmpty })
    {
      limit = min(limit, 10)
    }
    var set = PollSet()
    set.add(control)
    set.add(bulk)
    set.add(controlMonitor)
    set.add(link.networkBell)
    gate?.join(&set)
    for (_, process) in local.running { set.add(descriptor: process.descriptor) }
    try set.wait(milliseconds: limit)
  }

  private func takeRequests() {
    for request in link.takeRequests() {
      switch request {
      case .submit(let submissions):
        snapshot.openTaskCount += submissions.count
        if held != nil { held?.append(contentsOf: submissions) } else { submit(submissions) }
      case .drain: beginDraining()
      case .shutDown: beginClosing()
      }
    }
  }

  func submit(_ submissions: [Submission]) {
    if submissions.contains(where: { !$0.definition.isEphemeral }) { tellStepTasks() }
    for submission in submissions {
      tasks[submission.id] = TaskState(submission: submission)
      byKey[submission.key] = submission.id
      var needs = submission.definition.needs
      needs.kind = submission.definition.kind
      events.append(.taskSubmitted(submission.id, needs))
    }
  }

  /// Tells the pipeline what happened.
  func tell(_ kind: CoordinatorEvent.Kind) {
    link.tell(.event(CoordinatorEvent(after: time.now - .start, kind: kind)))
  }

  /// Ends the run because of `error`; the first one counts.
  func fail(_ error: NodeError) {
    if failure == nil { failure = error }
    beginClosing()
  }

  /// Notes something in the journal that a person may look for later.
  func record(_ kind: String, _ text: String) {
    do { try folder.recordEvent(kind: kind, text: text) } catch { fail(.store(error)) }
  }
}
