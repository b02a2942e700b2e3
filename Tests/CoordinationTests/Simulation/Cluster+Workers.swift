import Coordination

// The shell of a worker, and the work it does.

extension Cluster {
  func spawn(_ machine: ClusterPlan.Machine) {
    let process = WorkerProcess(instance: processes.count, machine: machine)
    processes.append(process)
    note("W\(process.instance) starts with \(machine.slots) slots, \(machine.memoryBytes) bytes")
    deliver(.started, to: process)
  }

  /// Gives an event to a worker's session, or to its mailbox while it is frozen.
  func deliver(_ event: WorkerSession.Event, to process: WorkerProcess) {
    guard process.isAlive, outcome.violation == nil else { return }
    if process.isFrozen(at: now) {
      process.mailbox.append(event)
      return
    }
    note("W\(process.instance) <- \(event)")
    if case .taskReceived(let run, let offer) = event {
      process.taskIndices[LeaseKey(run: run, lease: offer.lease)] = index(of: offer.task)
    }
    let commands = process.session.handle(event, at: now)
    if isAudited, let fault = process.session.audit().first {
      violate("worker audit: \(fault), after \(event)")
    }
    if event == .clockAdvanced, let next = process.session.nextDeadline, next <= now {
      violate("busy: W\(process.instance) asks for \(next) again")
    }
    if case .computeFinished(let key) = event, process.session.keptResults.contains(key) {
      process.kept.insert(key)
    }
    for command in commands { perform(command, by: process) }
    if process.isAlive && process.kept != Set(process.session.keptResults) {
      violate("kept: W\(process.instance) forgot a result nobody acknowledged, after \(event)")
    }
    scheduleTick(of: process)
  }

  private func scheduleTick(of process: WorkerProcess) {
    guard process.isAlive, let deadline = process.session.nextDeadline else { return }
    let instant = max(deadline, now) + .microseconds(random.int(1...3000))
    if let tickAt = process.tickAt, tickAt <= instant { return }
    process.tickAt = instant
    timeline.schedule(.workerTick(instance: process.instance, instant), at: instant)
  }

  func tick(_ process: WorkerProcess, _ instant: Instant) {
    guard process.tickAt == instant else { return }
    process.tickAt = nil
    if sabotage != .workerClockStopped { deliver(.clockAdvanced, to: process) }
  }

  private func perform(_ command: WorkerSession.Command, by process: WorkerProcess) {
    note("W\(process.instance) -> \(command)")
    switch command {
    case .sendHello(let number): send(.hello(number: number), from: process)
    case .sendReady: break
    case .sendAccept(let task, let lease): send(.accept(task, lease), from: process)
    case .sendDecline(let task, let lease, let why): send(.decline(task, lease, why), from: process)
    case .fetchInputs(let key): fetch(key, for: process)
    case .stopFetching: break
    case .startCompute(let key):
      if process.computing.count >= process.machine.slots { violate("W computes beyond its slots") }
      process.computing.insert(key)
      timeline.schedule(
        .computeStep(instance: process.instance, key, done: .zero), at: now + .milliseconds(1))
    case .stopCompute(let key):
      process.computing.remove(key)
      // The child may just have ended by itself.
      if random.chance(0.3) {
        let event = WorkerSession.Event.computeFinished(key)
        timeline.schedule(
          .inWorker(instance: process.instance, event), at: now + .milliseconds(1))
      }
    case .sendBeat(let leases): send(.beat(leases), from: process)
    case .offerResult(let task, let key, _):
      if !process.kept.contains(key) { violate("W offers a result it does not have") }
      send(.result(task, key), from: process, isBulk: true)
    case .sendFailure(let task, let lease, let failure, let text):
      send(.failure(task, lease, failure, text), from: process)
    case .sendReleased(let lease): send(.released(lease), from: process)
    case .forgetResult(let key): process.kept.remove(key)
    case .sendDraining: send(.draining, from: process)
    case .sendBye: send(.bye, from: process)
    case .sendByeAnswer: break
    case .end(let end):
      outcome.seen.insert("worker end \(end)")
      die(process)
    }
  }

  private func fetch(_ key: LeaseKey, for process: WorkerProcess) {
    guard let index = process.taskIndices[key] else { return violate("W fetches for no task") }
    var event = WorkerSession.Event.inputsArrived(key)
    if case .corruptInput = plan.tasks[index].nature, misbehaves(index) {
      event = .inputsFailed(key, message: "hash mismatch")
    }
    timeline.schedule(
      .inWorker(instance: process.instance, event), at: now + random.seconds(0.01...0.5))
  }

  /// Whether a task misbehaves once more.
  private func misbehaves(_ index: Int) -> Bool {
    guard let count = misbehaviour[index], count > 0 else { return false }
    misbehaviour[index] = count - 1
    return true
  }

  /// One second of computing, or the end of it.
  func step(_ process: WorkerProcess, _ key: LeaseKey, done: Duration) {
    guard process.isAlive, process.computing.contains(key) else { return }
    guard let index = process.taskIndices[key] else { return violate("W computes no task") }
    let truth = plan.tasks[index]
    let length = truth.length * process.machine.slowness
    if process.isFrozen(at: now), let until = process.frozenUntil {
      timeline.schedule(
        .computeStep(instance: process.instance, key, done: done), at: until + .milliseconds(1))
      return
    }
    if done == .zero, case .hangs = truth.nature, misbehaves(index) { return }
    if done < length {
      if done > .zero {
        deliver(.progressed(key, to: UInt64(done.wholeNanoseconds)), to: process)
      }
      let piece = min(length - done, .seconds(1))
      timeline.schedule(
        .computeStep(instance: process.instance, key, done: done + piece), at: now + piece)
      return
    }
    end(process, key, truth, index)
  }

  private func end(
    _ process: WorkerProcess, _ key: LeaseKey, _ truth: ClusterPlan.Task, _ index: Int
  ) {
    process.computing.remove(key)
    switch truth.nature {
    case .kills:
      // With a supervisor its computing process alone dies, and the worker says so.
      if process.instance.isMultiple(of: 2) {
        crash(process, respawns: true)
      } else {
        deliver(.computeFailed(key, .died, message: "killed by signal 11"), to: process)
      }
    case .freezes:
      freeze(process, for: .seconds(25))
      deliver(.computeFinished(key), to: process)
    case .numeric: deliver(.computeFailed(key, .numeric, message: "not finite"), to: process)
    case .transient where misbehaves(index):
      deliver(.computeFailed(key, .transient, message: "disk full"), to: process)
    case .underestimated(let bytes) where process.machine.memoryBytes < bytes:
      deliver(.computeFailed(key, .memory, message: "needs \(bytes)"), to: process)
    default:
      deliver(.computeFinished(key), to: process)
    }
  }
}
