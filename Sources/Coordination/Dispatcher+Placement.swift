// Which waiting task goes to which worker.
//
// Round by round every worker with room takes one task, the least loaded worker first: first to
// fill slots, then to prefetch. A worker takes the first task it may have, in the order returned,
// longest, oldest; but among tasks of like cost one whose inputs it has. When nothing waits, a
// worker with a free slot takes over what lies unbegun behind the running tasks of another.

extension Dispatcher {
  mutating func placeWaitingTasks() {
    guard mayPlace else { return }
    mayPlace = false
    mayCopy = true
    guard !isDraining, !hasGivenUp else { return }
    fill(prefetching: false)
    stealForIdleSlots()
    if settings.prefetchPerSlot > 0 { fill(prefetching: true) }
  }

  private mutating func fill(prefetching: Bool) {
    var placedCount = 1
    while placedCount > 0 && !waiting.entries.isEmpty {
      placedCount = 0
      var unserved: [WorkerID] = []
      for worker in workersWithRoom(prefetching: prefetching) {
        if let task = choose(for: worker, onlyKnownInputs: true) {
          grant(task, to: worker)
          placedCount += 1
        } else {
          unserved.append(worker)
        }
      }
      for worker in unserved {
        guard let task = choose(for: worker, onlyKnownInputs: false) else { continue }
        grant(task, to: worker)
        placedCount += 1
      }
    }
  }

  /// The most leases `worker` may hold.
  func capacity(of worker: WorkerRecord, prefetching: Bool) -> Int {
    prefetching ? worker.slots * (1 + settings.prefetchPerSlot) : worker.slots
  }

  /// Workers that may be given one more task, the least loaded first.
  func workersWithRoom(prefetching: Bool) -> [WorkerID] {
    var loads: [(load: Double, worker: WorkerID)] = []
    for (worker, record) in workers {
      guard !record.isDraining, record.pausedUntil == nil, !isLeftAlone(record.host),
        record.leases.count < capacity(of: record, prefetching: prefetching)
      else { continue }
      loads.append((Double(record.leases.count) / Double(record.slots), worker))
    }
    loads.sort { ($0.load, $0.worker) < ($1.load, $1.worker) }
    return loads.map(\.worker)
  }

  /// The task `worker` should have next.
  ///
  /// - Parameter onlyKnownInputs: Take a task that never began only if its inputs are there.
  private func choose(for worker: WorkerID, onlyKnownInputs: Bool) -> TaskID? {
    guard let record = workers[worker] else { return nil }
    let reserved = reservedBytes(of: record)
    var first: WaitingTasks.Entry?
    var passedCount = 0
    for entry in waiting.entries {
      if let first {
        passedCount += 1
        let isShort = entry.cost < first.cost * settings.affinityCostFraction
        if isShort || passedCount > settings.affinityWindow { break }
      }
      guard let task = tasks[entry.task], task.notBefore == nil,
        task.memoryFloor <= record.memoryBytes - reserved,
        mayTake(task, worker, record)
      else { continue }
      if entry.isReturned { return entry.task }
      if let affinity = task.needs.affinity, record.affinities.contains(affinity) {
        return entry.task
      }
      first = first ?? entry
    }
    return onlyKnownInputs ? nil : first?.task
  }

  /// Bytes that the largest `slots − 1` leases of a worker may need at once.
  ///
  /// With one task more, no `slots` of its leases exceed its memory, whichever of them run
  /// together, if this and the task's own bytes do not.
  private func reservedBytes(of worker: WorkerRecord) -> Int {
    guard worker.slots > 1 else { return 0 }
    let held = worker.leases.compactMap { leases[$0]?.memoryBytes }.sorted(by: >)
    return held.prefix(worker.slots - 1).reduce(0, +)
  }

  /// Whether a worker is the right one for a task among those that live.
  ///
  /// One that lost the task itself waits for others, even busy ones; one whose host lost it only
  /// gives way to another host that can begin at once.
  private func mayTake(_ task: TaskRecord, _ id: WorkerID, _ worker: WorkerRecord) -> Bool {
    switch rank(of: id, worker, for: task) {
    case nil: false
    case 0: true
    case 1: !workers.contains { rank(of: $0, $1, for: task) == 0 && canBegin(task, $1) }
    default: bestRank(for: task) == 2
    }
  }

  /// Whether a worker has a free slot for a task, and the memory.
  func canBegin(_ task: TaskRecord, _ worker: WorkerRecord) -> Bool {
    worker.pausedUntil == nil && !isLeftAlone(worker.host) && worker.leases.count < worker.slots
      && task.memoryFloor <= worker.memoryBytes - reservedBytes(of: worker)
  }

  /// What speaks against a worker for a task: 0 nothing; 1 its host lost the task; 2 it lost the
  /// task itself; `nil` it cannot do it.
  func rank(of id: WorkerID, _ worker: WorkerRecord, for task: TaskRecord) -> Int? {
    guard !worker.isDraining, worker.memoryBytes >= task.memoryFloor else { return nil }
    switch task.exclusions[id] {
    case .always: return nil
    case .whileOthersLive: return 2
    case nil: return task.hosts.contains(worker.host) ? 1 : 0
    }
  }

  /// The lowest rank any living worker has for `task`; `nil` if none can do it.
  func bestRank(for task: TaskRecord) -> Int? {
    var best: Int?
    for (id, worker) in workers {
      guard let rank = rank(of: id, worker, for: task) else { continue }
      if rank == 0 { return 0 }
      best = min(best ?? rank, rank)
    }
    return best
  }

  private mutating func grant(_ task: TaskID, to worker: WorkerID) {
    guard let record = tasks[task], record.state == .waiting else {
      preconditionFailure("\(task) does not wait")
    }
    dequeue(task)
    let (lease, attempt) = lend(task, to: worker)
    tasks[task]?.state = .leased(lease)
    tasks[task]?.wasCopied = false
    commands.append(.assign(task, to: worker, lease: lease, attempt: attempt))
  }

  /// Makes a fresh lease of a worker for a task.
  mutating func lend(_ task: TaskID, to worker: WorkerID) -> (LeaseID, attempt: Int) {
    guard let record = tasks[task] else { preconditionFailure("\(task) is not known") }
    lastLease += 1
    let lease = LeaseID(number: lastLease)
    let attempt = record.attemptCount + 1
    leases[lease] = LeaseRecord(
      task: task, worker: worker, attempt: attempt, memoryBytes: record.memoryFloor,
      phase: .offered(until: now + settings.acceptLimit))
    tasks[task]?.attemptCount = attempt
    tasks[task]?.grants.append(lease)
    workers[worker]?.leases.append(lease)
    if let affinity = record.needs.affinity { remember(affinity, at: worker) }
    return (lease, attempt)
  }

  private mutating func remember(_ affinity: UInt64, at worker: WorkerID) {
    guard var known = workers[worker]?.affinities else { return }
    known.removeAll { $0 == affinity }
    known.append(affinity)
    if known.count > settings.affinityMemory { known.removeFirst() }
    workers[worker]?.affinities = known
  }

  /// Moves unbegun tasks of busy workers to workers with a free slot.
  ///
  /// A moved task runs at once, so that it is never moved again without a loss in between.
  private mutating func stealForIdleSlots() {
    var movedCount = 1
    while movedCount > 0 {
      movedCount = 0
      for worker in workersWithRoom(prefetching: false) {
        guard let record = workers[worker], let lease = stealable(by: worker, record) else {
          continue
        }
        guard let task = leases[lease]?.task else { continue }
        revoke(lease)
        requeue(task)
        grant(task, to: worker)
        movedCount += 1
      }
    }
  }

  /// The longest task that `thief` may take over.
  private func stealable(by thief: WorkerID, _ record: WorkerRecord) -> LeaseID? {
    let reserved = reservedBytes(of: record)
    var best: (cost: Double, lease: LeaseID)?
    for (owner, busy) in workers where owner != thief {
      for lease in busy.leases.dropFirst(busy.slots) {
        guard let held = leases[lease], held.isLive, !held.isRunning,
          let task = tasks[held.task], task.copy == nil,
          task.memoryFloor <= record.memoryBytes - reserved,
          mayTake(task, thief, record)
        else { continue }
        let cost = task.needs.cost
        if let best, (best.cost, lease) > (cost, best.lease) { continue }
        best = (cost, lease)
      }
    }
    return best?.lease
  }
}
