/// The worker's side of the conversation: what it holds, what it says and when it ends.
///
/// A value like `Dispatcher`: events with their instant in, commands out. Every welcome begins a
/// new registration: what was not finished under the one before is dropped, what was finished is
/// offered again. A finished result is kept until it is acknowledged.
///
/// Tasks are computed in the order in which they came, so that coordinator and worker agree which
/// of them is running; the inputs of the next are fetched while the first computes.
///
/// - `WorkerSession+Tasks.swift`: a task's way from receipt to acknowledgement.
/// - `WorkerSession+Deadlines.swift`: beats, resending, silence, leaving.
/// - `WorkerSession+Audit.swift`: every invariant, derived from scratch.
package struct WorkerSession: Sendable {
  /// Where the worker stands with its coordinator.
  enum Phase: Equatable, Sendable {
    /// Nothing was said yet.
    case created
    /// Hello was said; it is said again at this instant.
    case greeting(againAt: Instant, pause: Duration)
    /// Welcomed; the next beat is due at this instant.
    case serving(beatAt: Instant)
    /// Goodbye was said.
    case leaving(until: Instant)
    case ended(WorkerEnd)
  }

  /// A task in the worker's hands.
  struct Holding: Sendable {
    enum Stage: Equatable, Sendable {
      /// Inputs are on their way.
      case fetching
      /// Waiting for a slot.
      case ready
      case computing
      /// Finished, kept until acknowledged.
      case offering(againAt: Instant)
      case failing(FailureClass, message: String, againAt: Instant)
    }

    let task: TaskID
    let key: LeaseKey
    var stage: Stage
    var progress: UInt64 = 0
  }

  package let settings: WorkerSettings

  var now = Instant.start
  var phase = Phase.created
  /// The run this worker was last welcomed to; its messages carry it.
  package internal(set) var run: RunID?
  var terms: WorkerTerms?
  /// In the order of receipt.
  var holdings: [Holding] = []
  var helloNumber: UInt64 = 0
  /// Leases up to this one of the present run have been received: anything up to it is a repeat.
  var highestLease: UInt64 = 0
  /// When the coordinator was last heard.
  var heardAt = Instant.start
  /// Set when the worker is to leave: until when it may go on computing and offering.
  var drainUntil: Instant?
  var commands: [Command] = []

  package init(settings: WorkerSettings = WorkerSettings()) {
    precondition(settings.slots > 0, "a worker needs a slot")
    self.settings = settings
  }

  /// Why the session is over; `nil` while it lives.
  package var end: WorkerEnd? {
    if case .ended(let end) = phase { end } else { nil }
  }

  /// The finished results that are not acknowledged yet; their outputs must be kept.
  package var keptResults: [LeaseKey] {
    holdings.compactMap { holding in
      if case .offering = holding.stage { holding.key } else { nil }
    }
  }

  /// The number of tasks not yet computed.
  package var unfinishedCount: Int { holdings.count { !$0.isOver } }

  /// Tells what happened at `now`, and returns what is to be done about it.
  ///
  /// - Precondition: `now` is not before the last event. After the end every answer is empty.
  package mutating func handle(_ event: Event, at now: Instant) -> [Command] {
    precondition(now >= self.now, "time goes back from \(self.now) to \(now)")
    self.now = now
    if end == nil {
      apply(event)
      startReadyTasks()
      leaveWhenEmpty()
    }
    let answer = commands
    commands.removeAll(keepingCapacity: true)
    return answer
  }

  private mutating func apply(_ event: Event) {
    switch event {
    case .started: if phase == .created { begin() }
    case .reconnected, .unknownHere: sayHelloAgain()
    case .welcomed(let run, let hello, let terms): welcome(run, hello, terms)
    case .rejected(let reason): finish(.rejected(reason: reason))
    case .coordinatorHeard(let run): hear(run)
    case .taskReceived(let run, let offer): if hear(run) { receive(offer, run) }
    case .revoked(let key): if hear(key.run) { revoke(key) }
    case .inputsArrived(let key): inputsArrived(key)
    case .inputsFailed(let key, let message): failed(key, .corruptInput, message)
    case .progressed(let key, let progress): progressed(key, to: progress)
    case .computeFinished(let key): computed(key)
    case .computeFailed(let key, let failure, let message): failed(key, failure, message)
    case .acknowledged(let key): acknowledged(key)
    case .drainRequested: drain()
    case .dismissed:
      commands.append(.sendByeAnswer)
      finish(.dismissed)
    case .farewellAnswered:
      if case .leaving = phase { finish(.drained(unacknowledgedCount: 0)) }
    case .clockAdvanced: expire()
    }
  }

  private mutating func begin() {
    heardAt = now
    greetAnew()
  }

  /// Asks for a new registration.
  mutating func greetAnew() {
    helloNumber += 1
    greet(pause: settings.helloPause)
  }

  /// Says hello under the present number; a repetition asks for the same registration.
  mutating func greet(pause: Duration) {
    phase = .greeting(againAt: now + pause, pause: pause)
    commands.append(.sendHello(number: helloNumber))
  }

  private mutating func sayHelloAgain() {
    switch phase {
    case .serving: greetAnew()
    // Hello is under way already, or no longer wanted.
    case .created, .greeting, .ended: break
    case .leaving: finish(.drained(unacknowledgedCount: 0))
    }
  }

  private mutating func welcome(_ run: RunID, _ hello: UInt64, _ terms: WorkerTerms) {
    // A late answer to an earlier hello speaks of a registration that is already replaced.
    guard case .greeting = phase, hello == helloNumber else { return }
    heardAt = now
    if run != self.run { highestLease = 0 }
    self.run = run
    self.terms = terms
    phase = .serving(beatAt: now + terms.beatInterval)
    dropUnfinished()
    if drainUntil != nil { commands.append(.sendDraining) }
    let credit = drainUntil == nil ? capacity : 0
    commands.append(.sendReady(credit: credit))
    for index in holdings.indices { offer(index) }
  }

  /// Notes a sign of life; `false` if it comes from a coordinator this worker does not serve.
  @discardableResult
  private mutating func hear(_ run: RunID) -> Bool {
    guard run == self.run else { return false }
    heardAt = now
    if case .serving = phase { return true }
    return false
  }

  mutating func finish(_ end: WorkerEnd) {
    for holding in holdings where !holding.isOver { stop(holding) }
    holdings = []
    phase = .ended(end)
    commands.append(.end(end))
  }

  /// The number of unfinished tasks the worker will hold.
  var capacity: Int { settings.slots * (1 + settings.prefetchPerSlot) }
}

extension WorkerSession.Holding {
  /// Whether the work is done and only its acknowledgement is awaited.
  var isOver: Bool {
    switch stage {
    case .fetching, .ready, .computing: false
    case .offering, .failing: true
    }
  }
}
