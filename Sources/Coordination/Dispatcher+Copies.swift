// Stragglers: a task that runs far longer than its kind and cost let expect, while a worker has
// nothing to do, gets one copy there. Tasks are pure functions, so whichever attempt ends first has
// the result; the other is revoked. A slow machine then delays a run by little, and changes no bit.

extension Dispatcher {
  /// How long tasks of one kind took lately, in seconds per second of estimated cost.
  struct Pace: Sendable {
    private var latest: [Double] = []
    private var oldest = 0
    /// The middle one, which a few stragglers do not move.
    private(set) var median = 0.0
    var count: Int { latest.count }

    mutating func note(_ ratio: Double, memory: Int) {
      if latest.count < memory {
        latest.append(ratio)
      } else {
        latest[oldest] = ratio
        oldest = (oldest + 1) % memory
      }
      median = latest.sorted()[latest.count / 2]
    }
  }

  /// Learns from an attempt whose result has come.
  mutating func notePace(of lease: LeaseRecord) {
    guard lease.isLive, let beganAt = lease.beganAt, let needs = tasks[lease.task]?.needs else {
      return
    }
    let nanoseconds = Double((now - beganAt).wholeNanoseconds)
    paces[needs.kind, default: Pace()].note(
      nanoseconds / 1e9 / Self.weight(of: needs), memory: settings.paceMemory)
  }

  /// The cost within bounds that no quotient or product leaves the numbers for.
  private static func weight(of needs: TaskNeeds) -> Double { min(max(needs.cost, 1e-3), 1e9) }

  /// When a task that began at `start` will have run for far too long; nil while nobody knows.
  private func straggles(_ needs: TaskNeeds, since start: Instant, factor: Double) -> Instant? {
    guard let pace = paces[needs.kind], pace.count >= settings.paceMinimum else { return nil }
    let seconds = min(pace.median * Self.weight(of: needs) * factor, 1e9)
    return start + max(settings.copyPause, .nanoseconds(Int64(seconds * 1e9)))
  }

  /// Gives every straggler for which a worker is free one copy, the most overdue first.
  mutating func copyStragglers() {
    guard mayCopy else { return }
    mayCopy = false
    copyAt = nil
    guard settings.copiesStragglers, !isDraining, !hasGivenUp, !paces.isEmpty,
      !workersWithRoom(prefetching: false).isEmpty
    else { return }
    var overdue: [(due: Instant, lease: LeaseID)] = []
    for (id, lease) in leases where lease.isRunning {
      guard let task = tasks[lease.task], !task.wasCopied, let beganAt = lease.beganAt,
        let due = straggles(task.needs, since: beganAt, factor: settings.copyFactor)
      else { continue }
      if due <= now { overdue.append((due, id)) } else { copyAt = min(copyAt ?? due, due) }
    }
    overdue.sort { ($0.due, $0.lease) < ($1.due, $1.lease) }
    for (_, lease) in overdue { copyIfPossible(lease) }
  }

  private mutating func copyIfPossible(_ lease: LeaseID) {
    guard let held = leases[lease], let task = tasks[held.task], let beganAt = held.beganAt else {
      preconditionFailure("\(lease) does not run")
    }
    if let other = taker(for: task, besides: held.worker, onSameHost: false) {
      copy(held.task, to: other, besides: held.worker)
      return
    }
    guard let other = taker(for: task, besides: held.worker, onSameHost: true),
      let due = straggles(task.needs, since: beganAt, factor: settings.sameHostCopyFactor)
    else { return }
    if due <= now {
      copy(held.task, to: other, besides: held.worker)
    } else {
      copyAt = min(copyAt ?? due, due)
    }
  }

  /// A worker with a free slot against which nothing speaks.
  private func taker(
    for task: TaskRecord, besides holder: WorkerID, onSameHost: Bool
  ) -> WorkerID? {
    guard let host = workers[holder]?.host else { return nil }
    return workersWithRoom(prefetching: false).first { id in
      guard id != holder, let worker = workers[id] else { return false }
      return (worker.host == host) == onSameHost && rank(of: id, worker, for: task) == 0
        && canBegin(task, worker)
    }
  }

  private mutating func copy(_ task: TaskID, to worker: WorkerID, besides holder: WorkerID) {
    let (lease, attempt) = lend(task, to: worker)
    tasks[task]?.copy = lease
    tasks[task]?.wasCopied = true
    commands.append(.copy(task, to: worker, lease: lease, attempt: attempt, besides: holder))
  }
}
