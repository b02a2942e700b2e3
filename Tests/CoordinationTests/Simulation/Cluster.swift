import Coordination

/// One life of a simulated cluster: a coordinator, its workers and the network between them.
///
/// Everything follows from the seed. The first violation of a check ends the life.
final class Cluster {
  enum Happening {
    case reachesCoordinator(instance: Int, connection: Int, RunID?, UpwardMessage)
    case reachesWorker(instance: Int, connection: Int, DownwardMessage)
    case inWorker(instance: Int, WorkerSession.Event)
    case computeStep(instance: Int, LeaseKey, done: Duration)
    case coordinatorTick(Instant)
    case workerTick(instance: Int, Instant)
    case monitorReports(WorkerID, run: RunID)
    case reconnect(instance: Int)
    case thaw(instance: Int)
    case spawn(ClusterPlan.Machine)
    case submit(Int)
    case fault
    case coordinatorStarts
    case calm
    case inspection
  }

  struct Registration {
    let worker: WorkerID
    let hello: UInt64
  }

  struct Outcome {
    var violation: String?
    var trace: [String] = []
    var eventCount = 0
    var restartCount = 0
    var storedCount = 0
    /// When the last result was stored.
    var storedAt = Instant.start
    var quarantinedCount = 0
    var length = Duration.zero
    var seen: Set<String> = []
  }

  /// Ten times what the busiest life needs: beyond it somebody speaks without pause.
  static let eventLimit = 60_000

  let plan: ClusterPlan
  let sabotage: Sabotage?
  /// Whether the state machines audit themselves after every event.
  let isAudited: Bool
  let settings: DispatcherSettings
  var random: SeededRandom
  var timeline = Timeline<Happening>()
  var now = Instant.start
  var outcome = Outcome()

  var dispatcher: Dispatcher?
  var generation: UInt64 = 0
  var referee: Referee
  var registrations: [Int: Registration] = [:]
  /// The last registration of each instance, also after it was lost.
  var lastWorker: [Int: WorkerID] = [:]
  var instances: [WorkerID: Int] = [:]
  var workerCount: UInt64 = 0
  /// What the journal holds: how often the result of each task was stored.
  var journal: [Int: Int] = [:]
  var submitted: Set<Int> = []
  var quarantined: Set<Int> = []
  /// The key under which the result now being handled was offered.
  var offeredKey: LeaseKey?
  var tickAt: Instant?
  var processes: [WorkerProcess] = []
  /// How many more times a task misbehaves.
  var misbehaviour: [Int: Int] = [:]
  var isCalm = false
  var hasDismissed = false

  init(
    seed: UInt64, sabotage: Sabotage? = nil, isAudited: Bool = true, plan: ClusterPlan? = nil,
    settings: DispatcherSettings = ClusterPlan.dispatcherSettings
  ) {
    var random = SeededRandom(seed: seed)
    self.plan = plan ?? ClusterPlan(random: &random)
    self.settings = settings
    self.random = random
    self.sabotage = sabotage
    self.isAudited = isAudited
    referee = Referee(settings: settings)
  }

  var run: RunID { RunID(high: generation, low: 7) }

  func live() -> Outcome {
    prepare()
    let deadline = Instant.start + plan.chaosLength + .seconds(400)
    while outcome.violation == nil, let (instant, happening) = timeline.next() {
      guard instant <= deadline else {
        violate("liveness: not over within \(deadline), \(openDescription)")
        break
      }
      now = instant
      outcome.eventCount += 1
      if outcome.eventCount > Self.eventLimit {
        violate("busy: more than \(Self.eventLimit) events")
      }
      happen(happening)
      if isOver { break }
    }
    if outcome.violation == nil { judgeEnd() }
    outcome.length = now - Instant.start
    outcome.quarantinedCount = quarantined.count
    outcome.storedCount = journal.count
    return outcome
  }

  private func prepare() {
    startCoordinator()
    for index in plan.tasks.indices {
      timeline.schedule(.submit(index), at: Instant.start + plan.tasks[index].submittedAt)
      switch plan.tasks[index].nature {
      case .transient(let count), .corruptInput(let count), .hangs(let count):
        misbehaviour[index] = count
      case .healthy, .kills, .numeric, .freezes, .underestimated, .tooLarge: break
      }
    }
    for machine in plan.machines {
      timeline.schedule(.spawn(machine), at: Instant.start + random.seconds(0...5))
    }
    for _ in 0..<plan.faultCount {
      let seconds = Double(plan.chaosLength.components.seconds)
      timeline.schedule(.fault, at: Instant.start + random.seconds(0...seconds))
    }
    timeline.schedule(.calm, at: Instant.start + plan.chaosLength)
    timeline.schedule(.inspection, at: Instant.start)
  }

  private func happen(_ happening: Happening) {
    switch happening {
    case .reachesCoordinator(let instance, let connection, let run, let message):
      let process = processes[instance]
      let isOld = connection != process.connection
      // Bytes of an earlier connection may still lie in the new coordinator's socket.
      if isOld && !random.chance(0.3) { return }
      if dispatcher != nil { receive(message, from: instance, believing: run) }
    case .reachesWorker(let instance, let connection, let message):
      if connection == processes[instance].connection { deliver(message, to: processes[instance]) }
    case .inWorker(let instance, let event): deliver(event, to: processes[instance])
    case .computeStep(let instance, let key, let done): step(processes[instance], key, done: done)
    case .coordinatorTick(let instant):
      guard tickAt == instant, dispatcher != nil else { return }
      tickAt = nil
      feed(.clockAdvanced)
    case .workerTick(let instance, let instant): tick(processes[instance], instant)
    case .monitorReports(let worker, let run): monitorReports(worker, run)
    case .reconnect(let instance): reconnect(processes[instance])
    case .thaw(let instance): thaw(processes[instance])
    case .spawn(let machine): spawn(machine)
    case .submit(let index): submit(index)
    case .fault: plantFault()
    case .coordinatorStarts: startCoordinator()
    case .calm: becomeCalm()
    case .inspection: inspect()
    }
  }

  func violate(_ sentence: String) {
    if outcome.violation == nil { outcome.violation = "\(now): \(sentence)" }
  }

  /// Keeps the last of what happened, for the message of a failing seed.
  func note(_ line: @autoclosure () -> String) {
    if outcome.trace.count > 1500 { outcome.trace.removeFirst(500) }
    outcome.trace.append("\(now) \(line())")
  }

  private var openDescription: String {
    let open = plan.tasks.indices.filter { journal[$0] == nil && !quarantined.contains($0) }
    return "tasks \(open) are open, \(processes.count(where: \.isAlive)) workers live"
  }

  private var isOver: Bool { hasDismissed && !processes.contains(where: \.isAlive) }

  private func judgeEnd() {
    for index in plan.tasks.indices {
      let count = journal[index, default: 0]
      if count > 1 { violate("task \(index) was stored \(count) times") }
      if count == 0 && !quarantined.contains(index) { violate("task \(index) was never stored") }
      switch plan.tasks[index].nature {
      case .kills, .numeric, .tooLarge: if count > 0 { violate("task \(index) cannot be stored") }
      case .healthy, .transient, .corruptInput, .hangs, .freezes, .underestimated: break
      }
      let isPlain = plan.tasks[index].nature == .healthy && plan.faultCount == 0
      if isPlain && plan.lossProbability == 0 && count != 1 && !plan.hasDisturber {
        violate("task \(index) was given up in a life without faults")
      }
    }
  }
}

extension ClusterPlan {
  /// Whether a task ends or stops its workers, and with them what they hold.
  var hasDisturber: Bool { tasks.contains { $0.nature == .kills || $0.nature == .freezes } }
}
