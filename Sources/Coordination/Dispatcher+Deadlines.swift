// What happens when nothing happens: every wait of the dispatcher ends here at the latest.

extension Dispatcher {
  /// The instant at which `clockAdvanced` is due at the latest; `nil` if nothing can expire.
  ///
  /// - Complexity: O(workers + leases + tasks with a deadline of their own).
  package var nextDeadline: Instant? {
    guard !hasGivenUp else { return nil }
    var next = reportAt
    func include(_ instant: Instant?) {
      if let instant { next = min(next ?? instant, instant) }
    }
    for worker in workers.values {
      include(worker.silentAt)
      include(worker.leaveBy)
      include(worker.pausedUntil)
    }
    for lease in leases.values { include(lease.deadline) }
    for task in paused { include(tasks[task]?.notBefore) }
    for host in hosts.values { include(host.pausedUntil) }
    include(copyAt)
    for task in unplaceable {
      include(tasks[task]?.unplaceableSince.map { $0 + settings.unplaceableLimit })
    }
    include(deserted.map { $0 + settings.noWorkerLimit })
    return next
  }

  /// Ends everything whose time is over.
  mutating func expire() {
    guard !hasGivenUp else { return }
    expireWorkers()
    expireLeases()
    for task in paused.sorted() {
      guard let notBefore = tasks[task]?.notBefore, notBefore <= now else { continue }
      tasks[task]?.notBefore = nil
      paused.remove(task)
      mayPlace = true
    }
    expireHostPauses()
    expireUnplaceable()
    if let copyAt, copyAt <= now { mayCopy = true }
    if let deserted, deserted + settings.noWorkerLimit <= now {
      hasGivenUp = true
      let limit = settings.noWorkerLimit.inSeconds
      commands.append(
        .giveUp(reason: "no worker was connected for \(limit), \(openTaskCount) tasks are open"))
      return
    }
    if let reportAt, reportAt <= now { report() }
  }

  private mutating func expireWorkers() {
    for worker in workers.keys.sorted() {
      guard let record = workers[worker] else { continue }
      if record.silentAt <= now {
        let limit = settings.leaseLength.inSeconds
        drop(worker, .leaseExpired, reason: "nothing was heard of it for \(limit)")
      } else if let leaveBy = record.leaveBy, leaveBy <= now {
        drop(worker, .leaseExpired, reason: "it said it would leave, and did not")
      } else if let pausedUntil = record.pausedUntil, pausedUntil <= now {
        workers[worker]?.pausedUntil = nil
        mayPlace = true
      }
    }
  }

  private mutating func expireLeases() {
    for lease in leases.keys.sorted() {
      // An earlier one may have taken its whole worker with it.
      guard let record = leases[lease], let deadline = record.deadline, deadline <= now else {
        continue
      }
      switch record.phase {
      case .offered: expireOffer(lease, record)
      case .queued: break
      case .running: expireRunning(lease, record)
      case .revoking(_, let sent):
        guard sent < settings.revocationLimit else {
          drop(record.worker, .stalled, reason: "it did not answer the revocation of \(lease)")
          continue
        }
        leases[lease]?.phase = .revoking(until: now + settings.revokeLimit, sent: sent + 1)
        commands.append(.revoke(lease, from: record.worker))
      }
    }
  }

  private mutating func expireOffer(_ lease: LeaseID, _ record: LeaseRecord) {
    guard let worker = workers[record.worker] else { return }
    if worker.unansweredCount + 1 >= settings.unansweredLimit {
      let count = settings.unansweredLimit
      drop(record.worker, .stalled, reason: "it left \(count) offers in a row unanswered")
      return
    }
    workers[record.worker]?.unansweredCount += 1
    revoke(lease)
    returnTask(record.task, lease, because: "\(record.worker) did not answer the offer")
  }

  private mutating func expireRunning(_ lease: LeaseID, _ record: LeaseRecord) {
    guard let host = workers[record.worker]?.host else { return }
    revoke(lease)
    blame(record.worker, host: host, for: lease, record, .stalled)
  }

  private mutating func expireUnplaceable() {
    guard hasTakers else { return }
    for task in unplaceable.sorted() {
      guard let record = tasks[task], let since = record.unplaceableSince,
        since + settings.unplaceableLimit <= now
      else { continue }
      let limit = settings.unplaceableLimit.inSeconds
      let need = record.memoryFloor.inGibibytes
      quarantine(task, because: "no worker with at least \(need) would take it within \(limit)")
    }
  }

  /// Keeps track of waits that nothing in the dispatcher can end.
  mutating func reviewWaiting() {
    guard !hasGivenUp else { return }
    if isDraining {
      if !hasDrained && !leases.values.contains(where: \.isLive) {
        hasDrained = true
        commands.append(.drained)
      }
      (deserted, reportAt) = (nil, nil)
      return
    }
    if mayFit {
      mayFit = false
      reviewFit(waiting.entries.map(\.task))
    } else {
      // Thousands may be submitted at once, and wait while workers come: each is looked at once.
      if !unreviewed.isEmpty { reviewFit(unreviewed) }
      if mayFitAgain { reviewFit(unplaceable.sorted()) }
    }
    mayFitAgain = false
    unreviewed.removeAll(keepingCapacity: true)
    let isDeserted = openTaskCount > 0 && !hasTakers && !leases.values.contains(where: \.isLive)
    if !isDeserted { deserted = nil } else if deserted == nil { deserted = now }
    if !isDeserted && unplaceable.isEmpty {
      reportAt = nil
    } else if reportAt == nil {
      reportAt = now + settings.reportInterval
    }
  }

  /// Whether any worker takes tasks at all.
  var hasTakers: Bool { workers.values.contains { !$0.isDraining } }

  private mutating func reviewFit(_ reviewed: [TaskID]) {
    let hasTakers = hasTakers
    for task in reviewed {
      // It may have been placed at once.
      guard let record = tasks[task], record.state == .waiting else { continue }
      let fits = !hasTakers || bestRank(for: record) != nil
      if fits {
        unplaceable.remove(task)
        tasks[task]?.unplaceableSince = nil
      } else if record.unplaceableSince == nil {
        unplaceable.insert(task)
        tasks[task]?.unplaceableSince = now
      }
    }
  }

  private mutating func report() {
    reportAt = now + settings.reportInterval
    if let deserted {
      commands.append(
        .report(
          .noWorkers(
            openTaskCount: openTaskCount, waited: now - deserted,
            limit: settings.noWorkerLimit)))
    }
    let neediest = unplaceable.max { left, right in
      (tasks[left]?.memoryFloor ?? 0, right) < (tasks[right]?.memoryFloor ?? 0, left)
    }
    guard let task = neediest, let record = tasks[task], let since = record.unplaceableSince else {
      return
    }
    commands.append(
      .report(
        .noWorkerFits(
          task, label: record.needs.label, memoryBytes: record.memoryFloor,
          largestWorkerBytes: workers.values.map(\.memoryBytes).max() ?? 0,
          otherTaskCount: unplaceable.count - 1, waited: now - since,
          limit: settings.unplaceableLimit)))
  }
}

extension Dispatcher.LeaseRecord {
  /// When the phase ends by itself; a queued lease is bounded by those running before it.
  var deadline: Instant? {
    switch phase {
    case .offered(let until), .revoking(let until, _): until
    case .queued: nil
    case .running(let until, let attemptEnd): min(until, attemptEnd)
    }
  }
}
