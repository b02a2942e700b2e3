// Results and failures: which count, which are late, which are repeated.

extension Dispatcher {
  /// The first result of an open task is stored, whoever brings it under whichever of its leases.
  ///
  /// Tasks are pure functions of their inputs and the shell has verified the bytes, so the result
  /// of a revoked lease is as good as that of the live one.
  mutating func finish(_ task: TaskID, _ lease: LeaseID, by worker: WorkerID) {
    guard let record = tasks[task] else {
      commands.append(.discard(task, lease: lease, from: worker, .unknownTask))
      return
    }
    guard record.grants.contains(lease) else {
      commands.append(.discard(task, lease: lease, from: worker, .unknownLease))
      return
    }
    store(task, lease, from: worker)
  }

  /// A result of an earlier run is as good as one of this, but has no lease of this run.
  mutating func takeEarlierResult(of task: TaskID, _ lease: LeaseID, from worker: WorkerID) {
    guard tasks[task] != nil else {
      commands.append(.discard(task, lease: lease, from: worker, .unknownTask))
      return
    }
    store(task, lease, from: worker, isEarlier: true)
  }

  private mutating func store(
    _ task: TaskID, _ lease: LeaseID, from worker: WorkerID, isEarlier: Bool = false
  ) {
    guard let state = tasks[task]?.state else { preconditionFailure("\(task) is not known") }
    if !isEarlier, let held = leases[lease], held.worker == worker {
      notePace(of: held)
      endLease(lease)
    }
    switch state {
    case .finished: commands.append(.discard(task, lease: lease, from: worker, .duplicate))
    case .quarantined: commands.append(.discard(task, lease: lease, from: worker, .quarantined))
    case .waiting, .leased:
      commands.append(.accept(task, lease: lease, from: worker))
      if let host = workers[worker]?.host { countSuccess(on: host) }
      close(task, as: .finished)
    }
  }

  /// The journal holds the result: the task is done without a worker.
  mutating func restore(_ task: TaskID) {
    guard let record = tasks[task] else {
      preconditionFailure("\(task) must be submitted before it is restored")
    }
    if record.isOpen { close(task, as: .finished) }
  }

  /// Ends an open task; whoever still works on it is told to stop.
  private mutating func close(_ task: TaskID, as end: TaskRecord.State) {
    switch tasks[task]?.state {
    case .waiting: dequeue(task)
    case .leased(let lease):
      for held in [lease, tasks[task]?.copy].compactMap({ $0 }) where leases[held] != nil {
        revoke(held)
      }
    case .finished, .quarantined, nil: preconditionFailure("\(task) is not open")
    }
    tasks[task]?.state = end
    tasks[task]?.copy = nil
    tasks[task]?.exclusions = [:]
    excluding.remove(task)
    tasks[task]?.hosts = []
    tasks[task]?.story = []
    openTaskCount -= 1
    closedTasks.append(task)
  }

  /// Forgets the longest closed tasks beyond the limit, but for those with leases that are still
  /// being taken away; a quarter at a time, so that the list is not shifted for each.
  mutating func forgetClosedTasks() {
    guard closedTasks.count > settings.closedTaskLimit * 5 / 4 else { return }
    let excess = closedTasks.count - settings.closedTaskLimit
    let kept = closedTasks.prefix(excess).filter { task in
      tasks[task]?.grants.contains { leases[$0] != nil } == true
    }
    for task in closedTasks.prefix(excess) where !kept.contains(task) { tasks[task] = nil }
    closedTasks.replaceSubrange(..<excess, with: kept)
  }

  mutating func fail(
    _ task: TaskID, _ lease: LeaseID, by worker: WorkerID, _ failure: FailureClass,
    _ message: String
  ) {
    // A repeated failure, or one of a lease that was taken away, says nothing new.
    guard let held = leases[lease], held.worker == worker, held.task == task else { return }
    endLease(lease)
    guard held.isLive, let record = workers[worker] else { return }
    let sentence = "\(failure) on \(worker) (\(record.host)): \(message)"
    tasks[task]?.story.append("attempt \(held.attempt): \(sentence)")
    exclude(worker, from: task, .whileOthersLive)
    tasks[task]?.hosts.insert(record.host)
    if failure == .died { countLoss(of: task, on: record.host) }
    retryOrGiveUp(task, lease, after: failure, workerBytes: record.memoryBytes)
  }

  private mutating func retryOrGiveUp(
    _ task: TaskID, _ lease: LeaseID, after failure: FailureClass, workerBytes: Int
  ) {
    guard var endings = tasks[task]?.endings else { return }
    let isSpent: Bool
    switch failure {
    case .transient:
      endings.transients += 1
      isSpent = endings.transients >= settings.transientLimit
      let factor = 1 << min(endings.transients - 1, 10)
      // While another attempt goes on there is nothing to put off.
      if tasks[task]?.copy == nil {
        tasks[task]?.notBefore = now + settings.retryPause * factor
      }
    case .memory:
      endings.memory += 1
      isSpent = endings.memory >= settings.memoryLimit
      let beyond = workerBytes == .max ? .max : workerBytes + 1
      let floor = max(tasks[task]?.memoryFloor ?? 0, beyond)
      tasks[task]?.memoryFloor = floor
    case .corruptInput:
      endings.corruptInputs += 1
      isSpent = endings.corruptInputs >= settings.corruptInputLimit
    case .numeric, .bug:
      // The same inputs give the same bits: a retry would fail the same way.
      isSpent = true
    case .died:
      endings.losses += 1
      isSpent = endings.losses >= settings.lossLimit
    }
    tasks[task]?.endings = endings
    endAttempt(lease, of: task, isSpent: isSpent)
  }

  /// Counts a lost attempt against the task, and keeps it from the worker and its host.
  mutating func blame(
    _ worker: WorkerID, host: String, for lease: LeaseID, _ held: LeaseRecord, _ cause: LossCause
  ) {
    let task = held.task
    tasks[task]?.story.append("attempt \(held.attempt): lost with \(worker) (\(host)), \(cause)")
    exclude(worker, from: task, .whileOthersLive)
    tasks[task]?.hosts.insert(host)
    countLoss(of: task, on: host)
    tasks[task]?.endings.losses += 1
    let losses = tasks[task]?.endings.losses ?? 0
    endAttempt(lease, of: task, isSpent: losses >= settings.lossLimit)
  }

  /// Brings a task back that ended without its fault; bounded all the same.
  mutating func returnTask(_ task: TaskID, _ lease: LeaseID, because reason: String) {
    tasks[task]?.story.append(reason)
    tasks[task]?.endings.returns += 1
    let returns = tasks[task]?.endings.returns ?? 0
    endAttempt(lease, of: task, isSpent: returns >= settings.returnLimit)
  }

  /// Gives a task up, or lets it wait again unless another attempt at it goes on.
  private mutating func endAttempt(_ lease: LeaseID, of task: TaskID, isSpent: Bool) {
    let goesOn = detach(lease, from: task)
    if isSpent {
      if goesOn, case .leased(let other) = tasks[task]?.state { revoke(other) }
      giveUp(task)
    } else if !goesOn {
      requeue(task)
    }
  }

  /// Puts a task before all that never began.
  mutating func requeue(_ task: TaskID) {
    tasks[task]?.isReturned = true
    enqueue(task)
  }

  /// Gives up a task that belongs to no lease and does not wait.
  private mutating func giveUp(_ task: TaskID) {
    enqueue(task)
    quarantine(task, because: "")
  }

  /// Gives up a waiting task, with the story of its attempts as the reason.
  mutating func quarantine(_ task: TaskID, because reason: String) {
    let story = tasks[task]?.story ?? []
    let sentences = reason.isEmpty ? story : [reason] + story
    commands.append(.quarantine(task, reason: sentences.joined(separator: "; ")))
    close(task, as: .quarantined)
  }
}
