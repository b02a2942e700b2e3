/// Decides which worker does which task, and what becomes of it when a worker is lost.
///
/// A value without clock, network or file: the shell tells it what happened and when, and performs
/// the commands it answers with. The same events at the same instants give the same commands.
///
/// The way of a task: submitted, it *waits*; placed, it is *leased*: offered, accepted, queued in
/// the worker, running (and, if that takes far too long, leased to another worker too); its result
/// is accepted once and it is *finished*. A lease that ends without a result brings the task back
/// to the front of those waiting, until a limit of `DispatcherSettings` is reached and it is
/// *quarantined*.
///
/// - `Dispatcher+Placement.swift`: which waiting task goes to which worker.
/// - `Dispatcher+Copies.swift`: which running task another worker begins too.
/// - `Dispatcher+Leases.swift`: what ends a lease; loss, stall, revocation.
/// - `Dispatcher+Results.swift`: results and failures, late and repeated ones too.
/// - `Dispatcher+Hosts.swift`: hosts that lose their workers again and again.
/// - `Dispatcher+Deadlines.swift`: what happens when nothing happens.
/// - `Dispatcher+Audit.swift`: every invariant, derived from scratch.
package struct Dispatcher: Sendable {
  package let settings: DispatcherSettings

  var now = Instant.start
  var tasks: [TaskID: TaskRecord] = [:]
  var workers: [WorkerID: WorkerRecord] = [:]
  var leases: [LeaseID: LeaseRecord] = [:]
  var waiting = WaitingTasks()
  /// Hosts on which workers were lost with their tasks.
  var hosts: [String: HostRecord] = [:]
  /// Waiting tasks that are not to be placed yet.
  var paused: Set<TaskID> = []
  /// Waiting tasks that no living worker could take.
  var unplaceable: Set<TaskID> = []
  var openTaskCount = 0
  /// Closed tasks that are still in `tasks`, the longest closed first.
  var closedTasks: [TaskID] = []
  /// How long tasks of each kind took lately.
  var paces: [String: Pace] = [:]
  var lastLease: UInt64 = 0
  /// Since when tasks are open and no worker is there.
  var deserted: Instant?
  /// When the next report of an endless wait is due.
  var reportAt: Instant?
  var isDraining = false
  var hasDrained = false
  var hasGivenUp = false
  /// Whether something changed that may let a waiting task be placed.
  var mayPlace = false
  /// Whether something changed that may make a running task worth a copy.
  var mayCopy = false
  /// When the next running task will have run for far too long, if a worker is free.
  var copyAt: Instant?
  /// Whether something changed that may make any task fit no worker, or fit one again.
  var mayFit = false
  /// Whether a worker joined others, so that tasks that fit none may fit now.
  var mayFitAgain = false
  /// Tasks from which some worker is or was kept.
  var excluding: Set<TaskID> = []
  /// Tasks of which it was not yet seen whether they fit a worker.
  var unreviewed: [TaskID] = []
  var commands: [Command] = []

  package init(settings: DispatcherSettings = DispatcherSettings()) {
    self.settings = settings
  }

  /// Tells what happened at `now`, and returns what is to be done about it.
  ///
  /// - Precondition: `now` is not before the last event; a new task or worker has a new identifier.
  package mutating func handle(_ event: Event, at now: Instant) -> [Command] {
    precondition(now >= self.now, "time goes back from \(self.now) to \(now)")
    self.now = now
    apply(event)
    placeWaitingTasks()
    copyStragglers()
    forgetClosedTasks()
    reviewWaiting()
    let answer = commands
    commands.removeAll(keepingCapacity: true)
    return answer
  }

  private mutating func apply(_ event: Event) {
    switch event {
    case .taskSubmitted(let task, let needs): submit(task, needs)
    case .workerJoined(let worker, let slots, let memoryBytes, let host, let formerly):
      join(worker, slots: slots, memoryBytes: memoryBytes, host: host, formerly: formerly)
    case .workerLost(let worker, let cause): lose(worker, cause)
    case .beat(let worker, let lease, let progress):
      if hear(worker), let lease { advance(lease, of: worker, to: progress) }
    case .taskAccepted(let task, let lease, let worker):
      if hear(worker) { acceptOffer(of: task, lease, by: worker) }
    case .taskDeclined(let task, let lease, let worker, let reason):
      if hear(worker) { decline(task, lease, by: worker, reason) }
    case .taskFinished(let task, let lease, let worker):
      hear(worker)
      finish(task, lease, by: worker)
    case .resultOffered(let task, let lease, let worker):
      hear(worker)
      takeEarlierResult(of: task, lease, from: worker)
    case .taskFailed(let task, let lease, let worker, let failure, let message):
      if hear(worker) { fail(task, lease, by: worker, failure, message) }
    case .leaseReleased(let lease, let worker):
      if hear(worker) { release(lease, by: worker) }
    case .taskRestored(let task): restore(task)
    case .workerDraining(let worker):
      if hear(worker) { drain(worker) }
    case .drainRequested: drainAll()
    case .clockAdvanced: expire()
    }
  }

  private mutating func submit(_ task: TaskID, _ needs: TaskNeeds) {
    precondition(tasks[task] == nil, "\(task) was submitted before")
    tasks[task] = TaskRecord(needs: needs)
    openTaskCount += 1
    enqueue(task)
  }

  private mutating func join(
    _ worker: WorkerID, slots: Int, memoryBytes: Int, host: String, formerly: WorkerID?
  ) {
    precondition(workers[worker] == nil, "\(worker) has joined before")
    precondition(slots > 0, "\(worker) offers no slot")
    if let formerly {
      precondition(formerly != worker, "\(worker) cannot replace itself")
      if workers[formerly] != nil { lose(formerly, .replaced) }
      for task in excluding {
        if let exclusion = tasks[task]?.exclusions[formerly] {
          tasks[task]?.exclusions[worker] = exclusion
        }
      }
    }
    // Who joins others makes nothing fit less, so that only what fits none is looked at again.
    if hasTakers { mayFitAgain = true } else { mayFit = true }
    workers[worker] = WorkerRecord(
      slots: slots, memoryBytes: memoryBytes, host: host, silentAt: now + settings.leaseLength)
    mayPlace = true
  }

  /// Keeps a worker from a task.
  mutating func exclude(_ worker: WorkerID, from task: TaskID, _ exclusion: Exclusion) {
    guard tasks[task] != nil else { return }
    tasks[task]?.exclusions[worker] = exclusion
    excluding.insert(task)
  }

  /// Renews the life of `worker`; a stranger is told to say hello again.
  @discardableResult
  mutating func hear(_ worker: WorkerID) -> Bool {
    guard workers[worker] != nil else {
      commands.append(
        .dropWorker(worker, .disconnected, reason: "not known, or lost before; say hello again"))
      return false
    }
    workers[worker]?.silentAt = now + settings.leaseLength
    return true
  }

  /// Puts an open task that belongs to no lease among those waiting.
  mutating func enqueue(_ task: TaskID) {
    guard let record = tasks[task] else { preconditionFailure("\(task) is not known") }
    precondition(record.isOpen, "\(task) is not open")
    tasks[task]?.state = .waiting
    waiting.insert(entry(of: task))
    if record.notBefore != nil { paused.insert(task) }
    mayPlace = true
    unreviewed.append(task)
  }

  /// Takes a task out of those waiting.
  mutating func dequeue(_ task: TaskID) {
    waiting.remove(entry(of: task))
    paused.remove(task)
    unplaceable.remove(task)
    tasks[task]?.notBefore = nil
    tasks[task]?.unplaceableSince = nil
  }

  private func entry(of task: TaskID) -> WaitingTasks.Entry {
    guard let record = tasks[task] else { preconditionFailure("\(task) is not known") }
    return WaitingTasks.Entry(isReturned: record.isReturned, cost: record.needs.cost, task: task)
  }
}
