import Coordination

// The network: delay, order within a connection, loss, repetition, partitions.

extension Cluster {
  func send(_ message: UpwardMessage, from process: WorkerProcess, isBulk: Bool = false) {
    guard process.isConnected else { return }
    if process.hidesReleases, case .released = message { return }
    let run = process.session.run
    guard let arrival = arrival(process, .upward, last: process.lastUpward, isBulk: isBulk) else {
      return
    }
    if !isBulk { process.lastUpward = arrival }
    for instant in withRepetition(arrival) {
      timeline.schedule(
        .reachesCoordinator(
          instance: process.instance, connection: process.connection, run, message),
        at: instant)
    }
  }

  func send(_ message: DownwardMessage, toInstance instance: Int) {
    let process = processes[instance]
    guard process.isConnected, process.isAlive else { return }
    guard let arrival = arrival(process, .downward, last: process.lastDownward, isBulk: false)
    else { return }
    process.lastDownward = arrival
    for instant in withRepetition(arrival) {
      timeline.schedule(
        .reachesWorker(instance: instance, connection: process.connection, message), at: instant)
    }
  }

  /// When a message arrives; bulk travels beside control and is not ordered with it.
  private func arrival(
    _ process: WorkerProcess, _ direction: WorkerProcess.Direction, last: Instant, isBulk: Bool
  ) -> Instant? {
    if random.chance(plan.lossProbability) { return nil }
    var departure = now
    if let partition = process.partition, partition.until > now,
      partition.direction == .both || partition.direction == direction
    {
      if !partition.holds { return nil }
      departure = partition.until
    }
    if isBulk { return departure + random.seconds(0.01...1) }
    return max(departure + random.seconds(plan.delay), last + .microseconds(1))
  }

  /// A repeated message comes again out of order.
  private func withRepetition(_ arrival: Instant) -> [Instant] {
    random.chance(plan.duplicationProbability)
      ? [arrival, arrival + random.seconds(0...6)] : [arrival]
  }

  /// The connection of a process is reset: what was under way is lost.
  func disconnect(_ process: WorkerProcess, isNoticed: Bool) {
    process.disturb(until: now)
    process.connection += 1
    process.isConnected = false
    process.lastUpward = now
    process.lastDownward = now
    if isNoticed, let worker = registrations[process.instance]?.worker {
      timeline.schedule(.monitorReports(worker, run: run), at: now + random.seconds(0.001...0.015))
    }
  }

  func reconnect(_ process: WorkerProcess) {
    guard process.isAlive, dispatcher != nil else { return }
    process.disturb(until: now)
    process.connection += 1
    process.isConnected = true
    deliver(.reconnected, to: process)
  }

  func thaw(_ process: WorkerProcess) {
    guard process.isAlive, !process.isFrozen(at: now) else { return }
    process.frozenUntil = nil
    note("W\(process.instance) thaws with \(process.mailbox.count) events")
    let mailbox = process.mailbox
    process.mailbox = []
    for event in mailbox { deliver(event, to: process) }
    process.tickAt = nil
    deliver(.clockAdvanced, to: process)
  }
}
