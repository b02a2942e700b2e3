internal import Coordination
internal import Glibc

/// The worker processes that a coordinator keeps on its own machine: started, watched, restarted.
struct LocalWorkers {
  /// A place for one worker process.
  struct Slot {
    enum State {
      case running(WorkerProcess)
      case waiting(until: Instant)
      /// Ended too often, or ended for good.
      case empty
    }

    let name: String
    var state: State
    /// Ends in a row without a finished task.
    var endCount = 0
  }

  private let command: [String]
  private let environment: [String: String]
  private let respawnLimit: Int
  private(set) var slots: [Slot] = []

  init(_ configuration: CoordinatorConfiguration, endpoint: String) {
    command =
      configuration.workerCommand + [
        "--connect", endpoint, "--local-parent", "\(Machine.process)",
      ]
    environment = configuration.workerEnvironment
    respawnLimit = configuration.respawnLimit
    slots = (0..<configuration.localWorkers).map {
      Slot(name: "local-\($0 + 1)", state: .waiting(until: .start))
    }
  }

  /// Starts every process whose time has come; returns the names of those started again.
  ///
  /// - Throws: `NodeError.spawn`.
  mutating func startDue(_ now: Instant) throws(NodeError) -> [String] {
    var restarted: [String] = []
    for index in slots.indices {
      guard case .waiting(let until) = slots[index].state, until <= now else { continue }
      let process = try WorkerProcess(
        command: command + ["--name", slots[index].name], environment: environment)
      slots[index].state = .running(process)
      if slots[index].endCount > 0 { restarted.append(slots[index].name) }
    }
    return restarted
  }

  /// When `startDue` is to be called next.
  var nextStart: Instant? {
    slots.compactMap { slot in
      if case .waiting(let until) = slot.state { until } else { nil }
    }.min()
  }

  /// The processes that run, with their places.
  var running: [(index: Int, process: WorkerProcess)] {
    slots.indices.compactMap { index in
      if case .running(let process) = slots[index].state { (index, process) } else { nil }
    }
  }

  /// Whether no process runs and none will be started.
  var isDeserted: Bool {
    slots.allSatisfy { if case .empty = $0.state { true } else { false } }
  }

  func slot(ofProcess identifier: Int) -> Int? {
    running.first { Int($0.process.identifier) == identifier }?.index
  }

  /// Takes the ending of a place's process, if it has ended, and plans its successor: at once
  /// after the first end, then after a pause that doubles up to five seconds.
  mutating func takeEnding(_ index: Int, _ now: Instant) -> ProcessEnding? {
    guard case .running(let process) = slots[index].state,
      let ending = ProcessEnding.take(of: process.identifier)
    else { return nil }
    process.close()
    slots[index].endCount += 1
    let count = slots[index].endCount
    if count > respawnLimit {
      slots[index].state = .empty
    } else {
      let pause = count == 1 ? 0 : min(5_000, 50 << min(count, 10))
      slots[index].state = .waiting(until: now + .milliseconds(pause))
    }
    return ending
  }

  /// Notes that the place's worker finished a task: it does not end in a row any more.
  mutating func noteSuccess(_ index: Int) { slots[index].endCount = 0 }

  /// Kills the place's process; its ending is taken later.
  func kill(_ index: Int) {
    if case .running(let process) = slots[index].state { process.signal(SIGKILL) }
  }

  /// Starts no process any more.
  mutating func close() {
    for index in slots.indices {
      if case .waiting = slots[index].state { slots[index].state = .empty }
    }
  }

  /// Sends a signal to the process of every place for which `isChosen` says so.
  func signal(_ number: Int32, where isChosen: (Int) -> Bool) {
    for (index, process) in running where isChosen(index) { process.signal(number) }
  }
}
