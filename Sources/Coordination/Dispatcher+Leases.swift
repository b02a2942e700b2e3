// The life of a lease between its granting and its end.

extension Dispatcher {
  /// The counter of `lease` stands at `progress`; the first word of a lease also accepts it.
  mutating func advance(_ lease: LeaseID, of worker: WorkerID, to progress: UInt64) {
    guard var record = leases[lease], record.worker == worker else { return }
    if case .offered = record.phase {
      acceptOffer(of: record.task, lease, by: worker)
      guard let accepted = leases[lease] else { return }
      record = accepted
    }
    guard progress > record.progress else { return }
    leases[lease]?.progress = progress
    switch record.phase {
    case .queued: startClock(of: lease)
    case .running(_, let attemptEnd):
      let until = stallEnd(of: record.task)
      leases[lease]?.phase = .running(until: until, attemptEnd: attemptEnd)
    case .offered, .revoking: break
    }
  }

  mutating func acceptOffer(of task: TaskID, _ lease: LeaseID, by worker: WorkerID) {
    guard let record = leases[lease], record.worker == worker, record.task == task,
      case .offered = record.phase
    else { return }
    workers[worker]?.unansweredCount = 0
    leases[lease]?.phase = .queued
    promote(worker)
  }

  /// Starts the stall clock of a lease.
  private mutating func startClock(of lease: LeaseID) {
    guard let task = leases[lease]?.task else { return }
    let until = stallEnd(of: task)
    leases[lease]?.phase = .running(until: until, attemptEnd: now + settings.attemptLength)
    leases[lease]?.beganAt = now
    mayCopy = true
  }

  /// When a task that makes no progress from now on counts as hung.
  private func stallEnd(of task: TaskID) -> Instant {
    now + max(settings.stallLimit, tasks[task]?.needs.longestStep ?? .zero)
  }

  /// Starts the clock of every queued lease that has come into a slot.
  private mutating func promote(_ worker: WorkerID) {
    guard let record = workers[worker] else { return }
    for lease in record.leases.prefix(record.slots) where leases[lease]?.phase == .queued {
      startClock(of: lease)
    }
  }

  /// Forgets a lease and gives its place in the worker free.
  mutating func endLease(_ lease: LeaseID) {
    guard let record = leases.removeValue(forKey: lease) else {
      preconditionFailure("\(lease) is not held")
    }
    workers[record.worker]?.leases.removeAll { $0 == lease }
    promote(record.worker)
    mayPlace = true
    if let worker = workers[record.worker], worker.isDraining, worker.leases.isEmpty {
      workers[record.worker]?.leaveBy = now + settings.leaveLimit
    }
  }

  /// Takes a lease away: the task no longer belongs to it, its place stays taken until answered.
  mutating func revoke(_ lease: LeaseID) {
    guard let record = leases[lease], record.isLive else {
      preconditionFailure("\(lease) cannot be revoked")
    }
    leases[lease]?.phase = .revoking(until: now + settings.revokeLimit, sent: 1)
    commands.append(.revoke(lease, from: record.worker))
  }

  /// Takes from its task a lease that ended without a result.
  ///
  /// - Returns: whether another attempt goes on; if not, the task belongs to no lease.
  mutating func detach(_ lease: LeaseID, from task: TaskID) -> Bool {
    guard let record = tasks[task], case .leased(let first) = record.state else {
      preconditionFailure("\(task) is not leased")
    }
    precondition(first == lease || record.copy == lease, "\(lease) is not one of \(task)")
    guard let copy = record.copy else { return false }
    if first == lease { tasks[task]?.state = .leased(copy) }
    tasks[task]?.copy = nil
    return true
  }

  mutating func release(_ lease: LeaseID, by worker: WorkerID) {
    guard let record = leases[lease], record.worker == worker else { return }
    let wasLive = record.isLive
    endLease(lease)
    // Released without having been asked, by a draining worker or one that never had it.
    if wasLive { returnTask(record.task, lease, because: "\(worker) gave it back") }
  }

  mutating func decline(
    _ task: TaskID, _ lease: LeaseID, by worker: WorkerID, _ reason: DeclineReason
  ) {
    guard let record = leases[lease], record.worker == worker, record.task == task else { return }
    let wasLive = record.isLive
    workers[worker]?.unansweredCount = 0
    endLease(lease)
    switch reason {
    case .memory, .unsupported:
      exclude(worker, from: task, .always)
      mayFit = true
    case .busy: workers[worker]?.pausedUntil = now + settings.declinePause
    case .draining: drain(worker)
    }
    if wasLive { returnTask(task, lease, because: "\(worker) declined: \(reason)") }
  }

  /// Removes a worker; its running tasks are counted as lost, the others merely come back.
  mutating func lose(_ worker: WorkerID, _ cause: LossCause) {
    guard let record = workers.removeValue(forKey: worker) else { return }
    mayFit = true
    mayPlace = true
    for lease in record.leases {
      guard let held = leases.removeValue(forKey: lease) else {
        preconditionFailure("\(worker) lists \(lease), which is not held")
      }
      guard held.isLive else { continue }
      if held.isRunning && cause.speaksAgainstTask {
        blame(worker, host: record.host, for: lease, held, cause)
      } else {
        returnTask(held.task, lease, because: "\(worker): \(cause)")
      }
    }
  }

  /// Tells the shell to forget a worker, and forgets it.
  mutating func drop(_ worker: WorkerID, _ cause: LossCause, reason: String) {
    commands.append(.dropWorker(worker, cause, reason: reason))
    lose(worker, cause)
  }

  /// Takes nothing more to `worker`, and takes back what it has not begun.
  mutating func drain(_ worker: WorkerID) {
    guard let record = workers[worker], !record.isDraining else { return }
    workers[worker]?.isDraining = true
    mayFit = true
    mayPlace = true
    if record.leases.isEmpty { workers[worker]?.leaveBy = now + settings.leaveLimit }
    for lease in record.leases { takeBackUnlessBegun(lease) }
  }

  mutating func drainAll() {
    guard !isDraining else { return }
    isDraining = true
    // What waits now waits for another run.
    for task in unplaceable { tasks[task]?.unplaceableSince = nil }
    unplaceable = []
    for lease in leases.keys.sorted() { takeBackUnlessBegun(lease) }
  }

  private mutating func takeBackUnlessBegun(_ lease: LeaseID) {
    guard let record = leases[lease], record.isLive, !record.isRunning else { return }
    revoke(lease)
    if !detach(lease, from: record.task) { requeue(record.task) }
  }
}
