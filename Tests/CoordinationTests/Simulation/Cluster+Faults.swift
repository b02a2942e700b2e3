import Coordination

// What goes wrong, and the checks that run while it does.

extension Cluster {
  func plantFault() {
    let alive = processes.filter(\.isAlive)
    guard let process = random.pick(alive) else { return }
    switch random.int(0...13) {
    case 0, 1: crash(process, respawns: random.chance(0.7))
    case 2, 3: freeze(process, for: random.seconds(0.5...12))
    case 4, 5:
      let direction = WorkerProcess.Direction.allCases[random.int(0...2)]
      let partition = WorkerProcess.Partition(
        direction: direction, until: now + random.seconds(0.5...10), holds: random.chance(0.5))
      note("fault: W\(process.instance) is cut off \(direction) until \(partition.until)")
      process.partition = partition
      process.disturb(until: partition.until)
    case 6:
      note("fault: the connection of W\(process.instance) breaks")
      disconnect(process, isNoticed: random.chance(0.7))
      timeline.schedule(
        .reconnect(instance: process.instance), at: now + random.seconds(0.1...3))
    case 7: if dispatcher != nil { stopCoordinator() }
    case 8:
      note("fault: W\(process.instance) is told to leave")
      process.isLeaving = true
      deliver(.drainRequested, to: process)
    case 10, 11:
      note("fault: W\(process.instance) no longer answers revocations")
      process.hidesReleases = true
      process.disturb(until: Instant.start + plan.chaosLength)
    case 9: spawn(ClusterPlan.machine(random.int(0...5), &random))
    default: for _ in 0..<8 { speakNonsense(through: process) }
    }
  }

  private func stopCoordinator() {
    note("fault: the coordinator dies")
    outcome.restartCount += 1
    dispatcher = nil
    for process in processes where process.isAlive { disconnect(process, isNoticed: false) }
    timeline.schedule(.coordinatorStarts, at: now + random.seconds(0.2...8))
  }

  /// Nothing happens in a frozen process; what reaches it waits.
  func freeze(_ process: WorkerProcess, for length: Duration) {
    note("fault: W\(process.instance) freezes for \(length)")
    process.frozenUntil = max(process.frozenUntil ?? now, now + length)
    process.disturb(until: now + length)
    timeline.schedule(.thaw(instance: process.instance), at: now + length + .nanoseconds(1))
  }

  func crash(_ process: WorkerProcess, respawns: Bool) {
    note("fault: W\(process.instance) crashes")
    die(process)
    if respawns {
      timeline.schedule(.spawn(process.machine), at: now + random.seconds(0.5...3))
    }
  }

  func die(_ process: WorkerProcess) {
    process.isAlive = false
    process.computing = []
    process.mailbox = []
    disconnect(process, isNoticed: random.chance(0.7))
  }

  /// Events that make no sense, of workers, tasks and leases that do not or do not fit together.
  private func speakNonsense(through process: WorkerProcess) {
    guard dispatcher != nil else { return }
    let stranger = WorkerID(number: 1_000_000 + UInt64(random.int(0...9)))
    let known = registrations[process.instance]?.worker ?? stranger
    let worker = random.chance(0.5) ? known : stranger
    let submittedHere = referee.tasks.keys.sorted()
    let missing = TaskID(number: 999)
    let task = random.chance(0.8) ? random.pick(submittedHere) ?? missing : missing
    let invented = LeaseID(number: 5_000_000)
    let foreign = referee.leases.keys.sorted().filter { lease in
      referee.workers[worker]?.outstanding.contains(lease) != true
        && referee.tasks[task]?.grants.contains(lease) != true
    }
    let lease = random.chance(0.5) ? invented : random.pick(foreign) ?? invented
    switch random.int(0...7) {
    case 0: feed(.taskFinished(task, lease: lease, by: worker))
    case 1: feed(.taskAccepted(task, lease: lease, by: worker))
    case 2: feed(.taskDeclined(task, lease: lease, by: worker, .memory))
    case 3: feed(.taskFailed(task, lease: lease, by: worker, .numeric, message: "nonsense"))
    case 4: feed(.leaseReleased(lease, by: worker))
    case 5: feed(.beat(worker, lease: lease, progress: 1 << 60))
    case 6: feed(.workerLost(stranger, .signalled(9)))
    default: feed(.workerDraining(stranger))
    }
  }

  /// From now on a large healthy worker is there and nothing more goes wrong.
  func becomeCalm() {
    note("calm")
    for process in processes { process.hidesReleases = false }
    isCalm = true
    let machine = ClusterPlan.Machine(
      slots: 2, memoryBytes: ClusterPlan.largestBytes, slowness: 1, host: "calm")
    spawn(machine)
    spawn(machine)
  }

  /// Four times a second: who could work and does not, and whether all is done.
  func inspect() {
    for process in processes where process.isAlive { inspect(process) }
    let isDone =
      isCalm && dispatcher != nil && submitted.count == plan.tasks.count
      && plan.tasks.indices.allSatisfy { journal[$0] != nil || quarantined.contains($0) }
    if isDone {
      dismissAll()
    }
    timeline.schedule(.inspection, at: now + .milliseconds(250))
  }

  private func inspect(_ process: WorkerProcess) {
    guard let worker = registrations[process.instance]?.worker, dispatcher != nil,
      process.isConnected, !process.isFrozen(at: now), !process.isPartitioned(at: now),
      !process.isLeaving, process.session.run == run,
      dispatcher?.pauseEnd(ofHost: process.machine.host) == nil,
      process.session.unfinishedCount < process.machine.slots,
      let task = referee.waitingTask(for: worker, at: now)
    else {
      process.idleSince = nil
      return
    }
    let since = process.idleSince ?? now
    process.idleSince = since
    // An offer lost on the way costs an accept limit and a revocation; a lossy link several.
    let limit: Duration = plan.lossProbability > 0 ? .seconds(25) : .seconds(7)
    if now - since > limit {
      violate("utilisation: W\(process.instance) idles since \(since) while \(task) waits")
    }
  }

  /// The run is over: everybody is told, some do not hear it, and then the coordinator is gone.
  private func dismissAll() {
    if !hasDismissed {
      hasDismissed = true
      outcome.seen.insert("dismissed")
      let waits = plan.lossProbability == 0 && plan.duplicationProbability == 0
      if waits { judgeKept() }
    }
    for process in processes where process.isAlive && random.chance(0.5) {
      send(.dismissed, toInstance: process.instance)
    }
    for process in processes where process.isAlive { process.partition = nil }
    dispatcher = nil
  }

  /// Nobody keeps a result for long that the coordinator need not be offered any more.
  private func judgeKept() {
    for process in processes where process.isAlive && process.kept.count > 8 {
      violate("W\(process.instance) keeps \(process.kept.count) results unacknowledged")
    }
  }
}
