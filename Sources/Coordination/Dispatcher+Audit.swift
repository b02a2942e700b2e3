// Every invariant, derived from scratch. Tests call it after each event.

extension Dispatcher {
  /// Sentences about invariants that do not hold; empty when all do.
  ///
  /// - Complexity: O(tasks + leases + workers · waiting).
  package func audit() -> [String] {
    var faults: [String] = []
    if !commands.isEmpty { faults.append("commands were left behind") }
    auditTasks(&faults)
    auditClosed(&faults)
    auditLeases(&faults)
    auditWorkers(&faults)
    auditWaits(&faults)
    auditIdleness(&faults)
    return faults
  }

  private func auditTasks(_ faults: inout [String]) {
    let queued = Set(waiting.entries.map(\.task))
    if queued.count != waiting.entries.count { faults.append("a task waits twice") }
    if waiting.entries != waiting.entries.sorted() { faults.append("the queue is out of order") }
    if tasks.values.count(where: \.isOpen) != openTaskCount {
      faults.append("\(openTaskCount) is not the number of open tasks")
    }
    for (id, task) in tasks {
      let live = leases.values.count { $0.task == id && $0.isLive }
      switch task.state {
      case .waiting:
        if !queued.contains(id) { faults.append("\(id) is waiting but not in the queue") }
        if live != 0 { faults.append("\(id) is waiting and has \(live) live leases") }
      case .leased(let lease):
        let named = [lease, task.copy].compactMap { $0 }
        if live != named.count { faults.append("\(id) has \(live) live leases") }
        for one in named {
          if leases[one]?.task != id { faults.append("\(id) names \(one), which is not its own") }
          if leases[one]?.isLive != true { faults.append("\(id) names \(one), not live") }
        }
        if Set(named.map { leases[$0]?.worker }).count != named.count {
          faults.append("\(id) and its copy are with one worker")
        }
      case .finished, .quarantined:
        if live != 0 { faults.append("\(id) is closed and has \(live) live leases") }
      }
      if task.copy != nil && (live != 2 || !settings.copiesStragglers) {
        faults.append("\(id) should have no copy")
      }
      if task.state != .waiting && queued.contains(id) {
        faults.append("\(id) is in the queue but not waiting")
      }
      if task.grants.count != task.attemptCount || Set(task.grants).count != task.attemptCount {
        faults.append("\(id) has \(task.attemptCount) attempts but \(task.grants.count) grants")
      }
      if task.isOpen, let limit = spentLimit(of: task) {
        faults.append("\(id) is open although its \(limit) are used up")
      }
    }
  }

  private func auditClosed(_ faults: inout [String]) {
    let closed = Set(closedTasks)
    if closed.count != closedTasks.count { faults.append("a task was closed twice") }
    if excluding != Set(tasks.filter { !$0.value.exclusions.isEmpty }.keys) {
      faults.append("the set of tasks that exclude workers is wrong")
    }
    if closed != Set(tasks.filter { !$0.value.isOpen }.keys) {
      faults.append("the list of closed tasks is wrong")
    }
    let leased = closedTasks.count { task in leases.values.contains { $0.task == task } }
    if closedTasks.count - leased > settings.closedTaskLimit * 5 / 4 {
      faults.append("\(closedTasks.count) closed tasks are remembered")
    }
  }

  private func spentLimit(of task: TaskRecord) -> String? {
    if task.endings.losses >= settings.lossLimit { return "losses" }
    if task.endings.transients >= settings.transientLimit { return "transient failures" }
    if task.endings.memory >= settings.memoryLimit { return "memory failures" }
    if task.endings.corruptInputs >= settings.corruptInputLimit { return "corrupt inputs" }
    if task.endings.returns >= settings.returnLimit { return "returns" }
    return nil
  }

  private func auditLeases(_ faults: inout [String]) {
    for (id, lease) in leases {
      if id.number > lastLease { faults.append("\(id) was never granted") }
      if workers[lease.worker]?.leases.contains(id) != true {
        faults.append("\(id) is held by \(lease.worker), which does not list it")
      }
      guard let task = tasks[lease.task] else {
        faults.append("\(id) is for \(lease.task), which is not known")
        continue
      }
      if !task.grants.contains(id) { faults.append("\(lease.task) was not granted \(id)") }
      if lease.isLive && task.state != .leased(id) && task.copy != id {
        faults.append("\(id) is live but \(lease.task) does not belong to it")
      }
      if lease.isLive, case .always = task.exclusions[lease.worker] {
        faults.append("\(lease.worker) holds \(lease.task), which it cannot do")
      }
    }
  }

  private func auditWorkers(_ faults: inout [String]) {
    for (id, worker) in workers {
      if Set(worker.leases).count != worker.leases.count {
        faults.append("\(id) lists a lease twice")
      }
      if worker.leases != worker.leases.sorted() {
        faults.append("\(id) does not list its leases in the order of granting")
      }
      if worker.leases.count > capacity(of: worker, prefetching: true) {
        faults.append("\(id) holds \(worker.leases.count) leases in \(worker.slots) slots")
      }
      let held = worker.leases.compactMap { leases[$0] }
      if held.count != worker.leases.count { faults.append("\(id) lists a lease that is gone") }
      if held.contains(where: { $0.worker != id }) { faults.append("\(id) lists a foreign lease") }
      let atOnce = held.map(\.memoryBytes).sorted(by: >).prefix(worker.slots).reduce(0, +)
      if atOnce > worker.memoryBytes {
        faults.append("\(id) has \(worker.memoryBytes) bytes, its tasks may need \(atOnce)")
      }
      if held.prefix(worker.slots).contains(where: { $0.phase == .queued }) {
        faults.append("\(id) has a queued lease in a slot, with no deadline")
      }
      if worker.isDraining && held.contains(where: { $0.isLive && !$0.isRunning }) {
        faults.append("\(id) is draining and still has tasks it has not begun")
      }
      if worker.isDraining && held.isEmpty && worker.leaveBy == nil {
        faults.append("\(id) is draining without tasks and without a deadline")
      }
    }
  }

  /// Every wait has a deadline, and none lies further away than its limit.
  private func auditWaits(_ faults: inout [String]) {
    guard !hasGivenUp else { return }
    for (id, worker) in workers where worker.silentAt > now + settings.leaseLength {
      faults.append("\(id) may be silent for longer than a lease")
    }
    for (id, lease) in leases {
      let limit: Duration? =
        switch lease.phase {
        case .offered: settings.acceptLimit
        case .queued: nil
        case .running: max(settings.stallLimit, tasks[lease.task]?.needs.longestStep ?? .zero)
        case .revoking: settings.revokeLimit
        }
      guard let limit else { continue }
      guard let deadline = lease.deadline else {
        faults.append("\(id) has no deadline")
        continue
      }
      if deadline > now + limit { faults.append("\(id) ends later than its limit of \(limit)") }
    }
    for (name, host) in hosts {
      if let until = host.pausedUntil, until > now + settings.hostPauseLimit {
        faults.append("\(name) is left alone for longer than the limit")
      }
    }
    guard !isDraining, openTaskCount > 0 else { return }
    if nextDeadline == nil { faults.append("tasks are open and nothing has a deadline") }
    if workers.isEmpty && (deserted == nil || reportAt == nil) {
      faults.append("no worker is there and nobody will be told")
    }
    for entry in waiting.entries {
      guard let task = tasks[entry.task], workers.values.contains(where: { !$0.isDraining }) else {
        continue
      }
      let fitsSomewhere = bestRank(for: task) != nil
      if fitsSomewhere == unplaceable.contains(entry.task) {
        faults.append("\(entry.task) fits a worker: \(fitsSomewhere), but it is kept otherwise")
      }
      if (task.notBefore != nil) != paused.contains(entry.task) {
        faults.append("\(entry.task) is paused without a deadline")
      }
    }
  }

  /// No worker has a free slot while a task waits, or lies unbegun elsewhere, that it may take.
  private func auditIdleness(_ faults: inout [String]) {
    guard !isDraining, !hasGivenUp else { return }
    let unbegun = leases.values.filter { lease in
      guard lease.isLive, !lease.isRunning, let owner = workers[lease.worker] else { return false }
      return owner.leases.prefix(owner.slots).allSatisfy { leases[$0]?.task != lease.task }
    }
    let candidates = waiting.entries.map(\.task) + unbegun.map(\.task)
    for (id, worker) in workers {
      guard worker.leases.count < worker.slots, worker.pausedUntil == nil,
        !isLeftAlone(worker.host)
      else { continue }
      let held = worker.leases.compactMap { leases[$0]?.memoryBytes }.reduce(0, +)
      for candidate in candidates {
        guard let task = tasks[candidate], task.notBefore == nil,
          held + task.memoryFloor <= worker.memoryBytes,
          let rank = rank(of: id, worker, for: task), rank <= 1 || bestRank(for: task) == 2
        else { continue }
        faults.append("\(id) has a free slot while \(candidate) waits")
      }
    }
  }
}
