import Coordination

// The shell of the coordinator: registrations, journal, acknowledgements.

extension Cluster {
  func startCoordinator() {
    generation += 1
    dispatcher = Dispatcher(settings: settings)
    referee = Referee(settings: settings)
    registrations = [:]
    lastWorker = [:]
    instances = [:]
    quarantined = []
    tickAt = nil
    note("coordinator starts \(run)")
    for index in submitted.sorted() { submitAfterRestart(index) }
    for process in processes where process.isAlive {
      timeline.schedule(
        .reconnect(instance: process.instance), at: now + random.seconds(0.1...2))
    }
  }

  /// Task numbers differ from run to run; what stays is the key, here the index.
  func taskID(_ index: Int) -> TaskID { TaskID(number: generation * 1000 + UInt64(index)) }

  func index(of task: TaskID) -> Int { Int(task.number % 1000) }

  func submit(_ index: Int) {
    submitted.insert(index)
    guard dispatcher != nil else { return }
    feed(.taskSubmitted(taskID(index), plan.tasks[index].needs))
  }

  /// Finished work is either not submitted again, or restored from the journal.
  private func submitAfterRestart(_ index: Int) {
    let isStored = journal[index] != nil
    if isStored && random.chance(0.5) { return }
    feed(.taskSubmitted(taskID(index), plan.tasks[index].needs))
    if isStored { feed(.taskRestored(taskID(index))) }
  }

  /// Gives one event to the dispatcher and performs, after judging them, its commands.
  func feed(_ event: Dispatcher.Event) {
    guard outcome.violation == nil, dispatcher != nil else { return }
    note("C <- \(event)")
    referee.observe(event, at: now)
    if sabotage?.swallows(event) == true {
      // A stopped clock must not be wound again at the same instant for ever.
      if event == .clockAdvanced { return }
    } else {
      let commands = dispatcher?.handle(event, at: now) ?? []
      if isAudited, let fault = dispatcher?.audit().first {
        violate("audit: \(fault), after \(event)")
      }
      if event == .clockAdvanced, let next = dispatcher?.nextDeadline, next <= now {
        violate("busy: the dispatcher asks for \(next) again")
      }
      for command in sabotage?.corrupted(commands, knowing: referee) ?? commands {
        note("C -> \(command)")
        if let fault = referee.judge(command, at: now) { violate("referee: \(fault)") }
        perform(command)
      }
      if let fault = referee.judgeRest() { violate("referee: \(fault)") }
    }
    scheduleTick()
  }

  private func scheduleTick() {
    guard let deadline = dispatcher?.nextDeadline else { return }
    let instant = max(deadline, now) + .microseconds(random.int(1...3000))
    if let tickAt, tickAt <= instant { return }
    tickAt = instant
    timeline.schedule(.coordinatorTick(instant), at: instant)
  }

  private func perform(_ command: Dispatcher.Command) {
    switch command {
    case .copy(let task, let worker, let lease, let attempt, _):
      outcome.seen.insert("copy")
      perform(.assign(task, to: worker, lease: lease, attempt: attempt))
    case .assign(let task, let worker, let lease, _):
      let offer = TaskOffer(
        task: task, lease: lease, memoryBytes: plan.tasks[index(of: task)].needs.memoryBytes,
        missingInputCount: random.int(0...2))
      send(.taskReceived(run, offer), to: worker)
    case .accept(let task, let lease, let worker):
      journal[index(of: task), default: 0] += 1
      outcome.storedAt = now
      if journal[index(of: task)] != 1 { violate("journal: \(task) stored twice") }
      acknowledge(lease, to: worker)
    case .discard(_, let lease, let worker, let reason):
      outcome.seen.insert("discard \(reason)")
      acknowledge(lease, to: worker)
    case .revoke(let lease, let worker):
      outcome.seen.insert("revoke")
      send(.revoked(LeaseKey(run: run, lease: lease)), to: worker)
    case .quarantine(let task, _):
      outcome.seen.insert("quarantine")
      quarantined.insert(index(of: task))
    case .dropWorker(let worker, _, _):
      outcome.seen.insert("drop worker")
      guard let instance = instances[worker] else { return }
      judgeDrop(of: worker, processes[instance])
      if registrations[instance]?.worker == worker { registrations[instance] = nil }
      // A newer registration of the same process must not suffer for the older one.
      if registrations[instance] == nil { send(.unknownHere, toInstance: instance) }
    case .report(.noWorkers): outcome.seen.insert("report no workers")
    case .report(.noWorkerFits): outcome.seen.insert("report none fits")
    case .giveUp, .drained: break
    }
  }

  /// A worker to which nothing happened has done nothing for which it might be dropped.
  private func judgeDrop(of worker: WorkerID, _ process: WorkerProcess) {
    let isHealthy =
      process.isAlive && !process.isLeaving && plan.lossProbability == 0
      && registrations[process.instance]?.worker == worker
      && process.disturbedUntil + .seconds(15) < now
    if isHealthy { violate("dropped: W\(process.instance), to which nothing had happened") }
  }

  private func acknowledge(_ lease: LeaseID, to worker: WorkerID) {
    if sabotage == .acknowledgementsLost { return }
    send(.acknowledged(offeredKey ?? LeaseKey(run: run, lease: lease)), to: worker)
  }

  private func send(_ message: DownwardMessage, to worker: WorkerID) {
    if let instance = instances[worker] { send(message, toInstance: instance) }
  }

  func receive(_ message: UpwardMessage, from instance: Int, believing believed: RunID?) {
    if case .hello(let number) = message {
      register(instance, hello: number)
      return
    }
    if case .result(let task, let key) = message, receiveResult(task, key, from: instance) {
      return
    }
    if case .bye = message { send(.farewellAnswered, toInstance: instance) }
    guard let worker = registrations[instance]?.worker, believed == run else {
      outcome.seen.insert("unknown here")
      send(.unknownHere, toInstance: instance)
      return
    }
    switch message {
    case .hello, .result: break
    case .accept(let task, let lease): feed(.taskAccepted(task, lease: lease, by: worker))
    case .decline(let task, let lease, let reason):
      outcome.seen.insert("decline \(reason)")
      feed(.taskDeclined(task, lease: lease, by: worker, reason))
    case .beat(let leases):
      if leases.isEmpty { feed(.beat(worker, lease: nil, progress: 0)) }
      for one in leases { feed(.beat(worker, lease: one.lease, progress: one.progress)) }
      if registrations[instance] != nil { send(.coordinatorHeard(run), toInstance: instance) }
    case .failure(let task, let lease, let failure, let text):
      outcome.seen.insert("failure \(failure)")
      feed(.taskFailed(task, lease: lease, by: worker, failure, message: text))
      send(.acknowledged(LeaseKey(run: run, lease: lease)), toInstance: instance)
    case .released(let lease): feed(.leaseReleased(lease, by: worker))
    case .draining: feed(.workerDraining(worker))
    case .bye:
      registrations[instance] = nil
      feed(.workerLost(worker, .disconnected))
    }
  }

  /// Results come from registered workers, and late ones also from those that were lost.
  private func receiveResult(_ task: TaskID, _ key: LeaseKey, from instance: Int) -> Bool {
    guard let worker = registrations[instance]?.worker ?? lastWorker[instance] else {
      return false
    }
    offeredKey = key
    defer { offeredKey = nil }
    if key.run == run {
      feed(.taskFinished(task, lease: key.lease, by: worker))
    } else {
      outcome.seen.insert("earlier result")
      feed(.resultOffered(taskID(index(of: task)), lease: key.lease, by: worker))
    }
    return true
  }

  private func register(_ instance: Int, hello: UInt64) {
    if let known = registrations[instance] {
      if hello < known.hello { return }
      if hello == known.hello {
        send(.welcomed(run, hello: hello, ClusterPlan.terms), toInstance: instance)
        return
      }
    }
    workerCount += 1
    let worker = WorkerID(number: workerCount)
    let machine = processes[instance].machine
    let formerly = lastWorker[instance]
    registrations[instance] = Registration(worker: worker, hello: hello)
    lastWorker[instance] = worker
    instances[worker] = instance
    send(.welcomed(run, hello: hello, ClusterPlan.terms), toInstance: instance)
    feed(
      .workerJoined(
        worker, slots: machine.slots, memoryBytes: machine.memoryBytes, host: machine.host,
        formerly: formerly))
  }

  func monitorReports(_ worker: WorkerID, _ run: RunID) {
    guard run == self.run, dispatcher != nil, let instance = instances[worker],
      registrations[instance]?.worker == worker
    else { return }
    registrations[instance] = nil
    feed(.workerLost(worker, .disconnected))
  }
}
