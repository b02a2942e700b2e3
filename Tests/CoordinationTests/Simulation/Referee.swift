import Coordination

/// A second, naive account of one run, against which every command of the dispatcher is judged.
///
/// It shares no code with the dispatcher: it sees the events and the commands and nothing else.
struct Referee {
  struct Task {
    let needs: TaskNeeds
    var floor: Int
    var holder: (lease: LeaseID, worker: WorkerID)?
    /// A second holder, who begins a task that takes the first one far too long.
    var copier: (lease: LeaseID, worker: WorkerID)?
    var grants: Set<LeaseID> = []
    var isStored = false
    var isQuarantined = false
    var failedOn: Set<WorkerID> = []
    /// Workers lost with the task, of which it is not known whether they had begun it.
    var mayHaveFailedOn: Set<WorkerID> = []
    var refusedBy: Set<WorkerID> = []
    var lastFailure: Instant?
    var failures: [FailureClass: Int] = [:]
    var losses = 0
    var returns = 0
    var isOpen: Bool { !isStored && !isQuarantined }
  }

  struct Worker {
    let slots: Int
    let memoryBytes: Int
    let host: String
    var isDraining = false
    /// In the order of granting.
    var outstanding: [LeaseID] = []
  }

  struct Lease {
    let task: TaskID
    let grantedAt: Instant
    let memoryBytes: Int
    var progress: UInt64 = 0
    /// When the counter last rose, or the lease may have come into a slot.
    var roseAt: Instant
    var wasAnswered = false
  }

  let settings: DispatcherSettings
  var tasks: [TaskID: Task] = [:]
  var workers: [WorkerID: Worker] = [:]
  var leases: [LeaseID: Lease] = [:]
  var hasFinished: Set<WorkerID> = []
  var acceptedCount = 0
  /// Attempts whose revocation is due, since another has brought the result.
  private var toRevoke: Set<LeaseID> = []
  private var offersEarlierResult = false

  init(settings: DispatcherSettings) { self.settings = settings }

  /// Notes an event before the dispatcher sees it.
  mutating func observe(_ event: Dispatcher.Event, at now: Instant) {
    offersEarlierResult = false
    switch event {
    case .taskSubmitted(let task, let needs):
      tasks[task] = Task(needs: needs, floor: needs.memoryBytes)
    case .workerJoined(let worker, let slots, let memoryBytes, let host, let formerly):
      if let formerly {
        remove(formerly, isBlamed: false)
        for (task, record) in tasks {
          if record.failedOn.contains(formerly) { tasks[task]?.failedOn.insert(worker) }
          if record.mayHaveFailedOn.contains(formerly) {
            tasks[task]?.mayHaveFailedOn.insert(worker)
          }
          if record.refusedBy.contains(formerly) { tasks[task]?.refusedBy.insert(worker) }
        }
      }
      workers[worker] = Worker(slots: slots, memoryBytes: memoryBytes, host: host)
    case .workerLost(let worker, let cause): remove(worker, isBlamed: cause != .replaced)
    case .beat(let worker, let lease, let progress):
      if let lease { rise(lease, of: worker, to: progress, at: now) }
    case .taskAccepted(_, let lease, let worker): rise(lease, of: worker, to: 0, at: now)
    case .taskDeclined(let task, let lease, let worker, let reason):
      guard workers[worker]?.outstanding.contains(lease) == true else { return }
      if reason == .memory || reason == .unsupported { tasks[task]?.refusedBy.insert(worker) }
      if reason == .draining { workers[worker]?.isDraining = true }
      end(lease, of: worker, asReturn: true)
    case .taskFinished(_, let lease, let worker): end(lease, of: worker)
    case .resultOffered: offersEarlierResult = true
    case .taskFailed(let task, let lease, let worker, let failure, _):
      fail(task, lease, worker, failure, at: now)
    case .leaseReleased(let lease, let worker): end(lease, of: worker, asReturn: true)
    case .taskRestored(let task): tasks[task]?.isStored = true
    case .workerDraining(let worker): workers[worker]?.isDraining = true
    case .drainRequested, .clockAdvanced: break
    }
  }

  private mutating func rise(
    _ lease: LeaseID, of worker: WorkerID, to progress: UInt64, at now: Instant
  ) {
    guard workers[worker]?.outstanding.contains(lease) == true else { return }
    if leases[lease]?.wasAnswered == false {
      leases[lease]?.wasAnswered = true
      leases[lease]?.roseAt = now
    }
    guard progress > leases[lease]?.progress ?? 0 else { return }
    leases[lease]?.progress = progress
    leases[lease]?.roseAt = now
  }

  private mutating func fail(
    _ task: TaskID, _ lease: LeaseID, _ worker: WorkerID, _ failure: FailureClass,
    at now: Instant
  ) {
    guard let record = workers[worker], record.outstanding.contains(lease),
      leases[lease]?.task == task
    else { return }
    if holds(task, lease) {
      tasks[task]?.failures[failure, default: 0] += 1
      tasks[task]?.failedOn.insert(worker)
      tasks[task]?.lastFailure = now
      let floor = max(tasks[task]?.floor ?? 0, record.memoryBytes + 1)
      if failure == .memory { tasks[task]?.floor = floor }
    }
    end(lease, of: worker)
  }

  /// A lease no longer takes a place; if the task was still its own, it has none.
  private mutating func end(_ lease: LeaseID, of worker: WorkerID, asReturn: Bool = false) {
    guard let index = workers[worker]?.outstanding.firstIndex(of: lease) else { return }
    workers[worker]?.outstanding.remove(at: index)
    toRevoke.remove(lease)
    guard let task = leases[lease]?.task, holds(task, lease) else { return }
    letGo(lease, of: task)
    if asReturn { tasks[task]?.returns += 1 }
  }

  private func holds(_ task: TaskID, _ lease: LeaseID) -> Bool {
    tasks[task]?.holder?.lease == lease || tasks[task]?.copier?.lease == lease
  }

  /// One of two holders is the only one after the other has gone.
  private mutating func letGo(_ lease: LeaseID, of task: TaskID) {
    let copier = tasks[task]?.copier
    if tasks[task]?.holder?.lease == lease { tasks[task]?.holder = copier }
    tasks[task]?.copier = nil
  }

  private mutating func remove(_ worker: WorkerID, isBlamed: Bool) {
    guard let record = workers.removeValue(forKey: worker) else { return }
    for lease in record.outstanding {
      toRevoke.remove(lease)
      guard let task = leases[lease]?.task, holds(task, lease) else { continue }
      letGo(lease, of: task)
      let mayHaveRun = isBlamed && leases[lease]?.wasAnswered == true
      guard mayHaveRun else {
        tasks[task]?.returns += 1
        continue
      }
      // Without progress it is the dispatcher's judgement whether it ran; both are allowed for.
      let hasRun = leases[lease]?.progress != 0
      if hasRun { tasks[task]?.failedOn.insert(worker) }
      tasks[task]?.mayHaveFailedOn.insert(worker)
      tasks[task]?.losses += 1
      tasks[task]?.returns += 1
    }
  }
}

extension Referee {
  /// The sentence that says what is wrong with a command, or nothing; notes the command.
  mutating func judge(_ command: Dispatcher.Command, at now: Instant) -> String? {
    switch command {
    case .assign(let task, let worker, let lease, _):
      if let holder = tasks[task]?.holder {
        return "assigned \(task), which \(holder.worker) holds"
      }
      return judgeAssignment(task, worker, lease, at: now)
    case .copy(let task, let worker, let lease, _, let holder):
      return judgeCopy(task, worker, lease, besides: holder, at: now)
    case .accept(let task, let lease, let worker):
      guard let record = tasks[task] else { return "accepted a task never submitted" }
      guard record.isOpen else { return "accepted \(task) a second time" }
      guard offersEarlierResult || record.grants.contains(lease) else {
        return "accepted \(task) under \(lease), never granted for it"
      }
      tasks[task]?.isStored = true
      for other in [record.holder, record.copier].compactMap({ $0 }) where other.lease != lease {
        toRevoke.insert(other.lease)
      }
      acceptedCount += 1
      hasFinished.insert(worker)
    case .discard(let task, let lease, _, let reason):
      let record = tasks[task]
      let isTrue =
        switch reason {
        case .duplicate: record?.isStored == true
        case .quarantined: record?.isQuarantined == true
        // Of tasks closed long ago nothing is known any more.
        case .unknownTask: record?.isOpen != true
        case .unknownLease: record?.grants.contains(lease) == false
        }
      if !isTrue { return "discarded \(task) although not: \(reason)" }
    case .revoke(let lease, let worker): return judgeRevocation(lease, worker, at: now)
    case .quarantine(let task, _):
      guard let record = tasks[task], record.isOpen else { return "gave up a closed \(task)" }
      guard isSpent(record) else { return "gave up \(task) without a true reason" }
      if let holder = record.holder { return "gave up \(task), which \(holder.worker) holds" }
      tasks[task]?.isQuarantined = true
    case .dropWorker(let worker, _, _): remove(worker, isBlamed: true)
    case .giveUp: return "gave up although workers came"
    case .report(let waiting): return judgeReport(waiting)
    case .drained: return "drained without being asked"
    }
    return nil
  }

  private mutating func judgeAssignment(
    _ task: TaskID, _ worker: WorkerID, _ lease: LeaseID, at now: Instant
  ) -> String? {
    guard let record = tasks[task], record.isOpen else { return "assigned a closed \(task)" }
    guard let taker = workers[worker] else { return "assigned \(task) to a lost \(worker)" }
    if taker.isDraining { return "assigned \(task) to a draining \(worker)" }
    if taker.memoryBytes < record.floor { return "assigned \(task) to a too small \(worker)" }
    if taker.outstanding.count >= taker.slots * (1 + settings.prefetchPerSlot) {
      return "assigned \(task) to a full \(worker)"
    }
    if record.refusedBy.contains(worker) { return "assigned \(task), which \(worker) declined" }
    if record.failedOn.contains(worker), workers.contains(where: { isBetter($0.key, for: record) })
    {
      return "assigned \(task) to \(worker), which failed it, while another lives"
    }
    if leases[lease] != nil { return "granted \(lease) twice" }
    let bytes = taker.outstanding.compactMap { leases[$0]?.memoryBytes } + [record.floor]
    if bytes.sorted(by: >).prefix(taker.slots).reduce(0, +) > taker.memoryBytes {
      return "assigned \(task) to \(worker), whose memory its tasks may exceed together"
    }
    leases[lease] = Lease(
      task: task, grantedAt: now, memoryBytes: record.floor, roseAt: now)
    if record.holder == nil {
      tasks[task]?.holder = (lease, worker)
    } else {
      tasks[task]?.copier = (lease, worker)
    }
    tasks[task]?.grants.insert(lease)
    workers[worker]?.outstanding.append(lease)
    return nil
  }

  /// A copy is for a task that has run for long, on a worker that has nothing else to begin.
  private mutating func judgeCopy(
    _ task: TaskID, _ worker: WorkerID, _ lease: LeaseID, besides holder: WorkerID, at now: Instant
  ) -> String? {
    guard settings.copiesStragglers else { return "copied \(task), which nobody asked for" }
    guard let record = tasks[task], let first = record.holder, first.worker == holder else {
      return "copied \(task), which \(holder) does not hold"
    }
    if record.copier != nil { return "copied \(task) twice" }
    if worker == holder { return "copied \(task) to its own \(holder)" }
    guard let taker = workers[worker], taker.outstanding.count < taker.slots else {
      return "copied \(task) to a \(worker) without a free slot"
    }
    let begun = leases[first.lease]?.grantedAt ?? now
    if now - begun < settings.copyPause || acceptedCount < settings.paceMinimum {
      return "copied \(task) too soon"
    }
    if record.failedOn.contains(worker) { return "copied \(task) to \(worker), which failed it" }
    return judgeAssignment(task, worker, lease, at: now)
  }

  /// The sentence that says what was left undone in answer to an event.
  func judgeRest() -> String? {
    toRevoke.min().map { "the result has come, and \($0) goes on" }
  }

  private func isBetter(_ worker: WorkerID, for task: Task) -> Bool {
    guard let record = workers[worker] else { return false }
    return !record.isDraining && record.memoryBytes >= task.floor
      && !task.refusedBy.contains(worker) && !task.failedOn.contains(worker)
      && !task.mayHaveFailedOn.contains(worker)
  }

  private mutating func judgeRevocation(
    _ lease: LeaseID, _ worker: WorkerID, at now: Instant
  ) -> String? {
    guard let record = leases[lease] else { return "revoked \(lease), never granted" }
    guard workers[worker]?.outstanding.contains(lease) == true else {
      return "revoked \(lease) from \(worker), which does not hold it"
    }
    toRevoke.remove(lease)
    guard holds(record.task, lease) else { return nil }
    letGo(lease, of: record.task)
    if !record.wasAnswered && now - record.grantedAt >= settings.acceptLimit {
      tasks[record.task]?.returns += 1
    } else if now - record.roseAt >= settings.stallLimit && !isBehind(lease, of: worker) {
      tasks[record.task]?.losses += 1
      tasks[record.task]?.failedOn.insert(worker)
    }
    return nil
  }

  /// Whether a lease has not come into a slot, so that its taking away is nobody's fault.
  private func isBehind(_ lease: LeaseID, of worker: WorkerID) -> Bool {
    guard let record = workers[worker], leases[lease]?.progress == 0 else { return false }
    return record.outstanding.firstIndex(of: lease).map { $0 >= record.slots } ?? false
  }

  /// Whether some limit of the settings allows the task to be given up.
  private func isSpent(_ task: Task) -> Bool {
    if task.failures[.numeric] != nil || task.failures[.bug] != nil { return true }
    if task.failures[.transient, default: 0] >= settings.transientLimit { return true }
    if task.failures[.memory, default: 0] >= settings.memoryLimit { return true }
    if task.failures[.corruptInput, default: 0] >= settings.corruptInputLimit { return true }
    let losses = task.losses + task.failures[.died, default: 0]
    if losses >= settings.lossLimit || task.returns >= settings.returnLimit { return true }
    return !workers.contains { id, worker in
      !worker.isDraining && worker.memoryBytes >= task.floor && !task.refusedBy.contains(id)
    }
  }

  private func judgeReport(_ waiting: Dispatcher.Waiting) -> String? {
    switch waiting {
    case .noWorkers:
      return workers.values.contains { !$0.isDraining }
        ? "reported no worker, but one is here" : nil
    case .noWorkerFits(let task, _, let memoryBytes, _, _, _, _):
      let fits = workers.contains { id, worker in
        !worker.isDraining && worker.memoryBytes >= memoryBytes
          && tasks[task]?.refusedBy.contains(id) == false
      }
      return fits ? "reported that no worker fits \(task), but one does" : nil
    }
  }

  /// A task that `worker` could begin at once and that nobody has begun.
  func waitingTask(for id: WorkerID, at now: Instant) -> TaskID? {
    guard let worker = workers[id], !worker.isDraining else { return nil }
    let held = worker.outstanding.compactMap { leases[$0] }
    let heldBytes = held.compactMap { tasks[$0.task]?.floor }.reduce(0, +)
    let waiting = tasks.filter { _, record in
      guard record.isOpen, record.floor + heldBytes <= worker.memoryBytes,
        !record.failedOn.contains(id), !record.mayHaveFailedOn.contains(id),
        !record.refusedBy.contains(id),
        record.lastFailure.map({ now - $0 > .seconds(5) }) ?? true
      else { return false }
      guard let holder = record.holder else { return true }
      guard holder.worker != id, let owner = workers[holder.worker],
        let position = owner.outstanding.firstIndex(of: holder.lease)
      else { return false }
      return position >= owner.slots && leases[holder.lease]?.progress == 0
    }
    return waiting.keys.min()
  }
}
