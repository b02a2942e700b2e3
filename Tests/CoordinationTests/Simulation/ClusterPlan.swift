import Coordination

/// What a seed decides before a life begins.
struct ClusterPlan {
  /// How a task behaves in truth.
  enum Nature: Hashable {
    case healthy
    /// Ends every process that computes it.
    case kills
    /// Its mathematics fails.
    case numeric
    /// Fails so many times, then succeeds.
    case transient(Int)
    case corruptInput(Int)
    /// Stops making progress so many times, then succeeds.
    case hangs(Int)
    /// Stops its whole process for longer than a lease each time it is computed.
    case freezes
    /// Needs more memory than estimated.
    case underestimated(Int)
    /// Its estimate is beyond every worker.
    case tooLarge
  }

  struct Task {
    let needs: TaskNeeds
    let length: Duration
    let nature: Nature
    let submittedAt: Duration
  }

  struct Machine {
    let slots: Int
    let memoryBytes: Int
    /// Factor on the length of every task.
    let slowness: Double
    let host: String
  }

  /// Faults are planted up to here; from here on everything recovers.
  let chaosLength: Duration
  let faultCount: Int
  let lossProbability: Double
  let duplicationProbability: Double
  let delay: ClosedRange<Double>
  let tasks: [Task]
  let machines: [Machine]

  static let largestBytes = 64

  /// Tasks of four seconds on good machines and one that is forty times as slow, with a network
  /// that does nothing wrong.
  static let withSlowMachine: ClusterPlan = {
    let needs = TaskNeeds(cost: 4, label: "item")
    return ClusterPlan(
      tasks: [Task](
        repeating: Task(
          needs: needs, length: .seconds(4), nature: .healthy, submittedAt: .zero), count: 16),
      machines: (0..<4).map {
        Machine(
          slots: 1, memoryBytes: largestBytes, slowness: $0 == 0 ? 40 : 1, host: "host\($0)")
      })
  }()

  private init(tasks: [Task], machines: [Machine]) {
    chaosLength = .seconds(300)
    faultCount = 0
    lossProbability = 0
    duplicationProbability = 0
    delay = 0.001...0.02
    self.tasks = tasks
    self.machines = machines
  }

  init(random: inout SeededRandom) {
    chaosLength = random.seconds(15...50)
    faultCount = random.chance(0.15) ? 0 : random.int(1...14)
    lossProbability = random.chance(0.3) ? 0.01 : 0
    duplicationProbability = random.chance(0.3) ? 0.05 : 0
    delay = random.chance(0.3) ? 0.05...0.4 : 0.001...0.02
    let taskCount = random.int(5...40)
    let isMean = random.chance(0.6)
    var tasks: [Task] = []
    for index in 0..<taskCount {
      tasks.append(Self.task(index, isMean: isMean, &random))
    }
    self.tasks = tasks
    machines = (0..<random.int(1...6)).map { index in Self.machine(index, &random) }
  }

  private static func task(_ index: Int, isMean: Bool, _ random: inout SeededRandom) -> Task {
    let natures: [Nature] = [
      .kills, .numeric, .transient(1), .transient(2), .transient(5), .corruptInput(1),
      .hangs(1), .hangs(2), .hangs(9), .underestimated(48), .tooLarge, .freezes,
    ]
    let nature = isMean && random.chance(0.15) ? random.pick(natures) ?? .healthy : .healthy
    let seconds = Double.random(in: 0.3...6, using: &random)
    let bytes = nature == .tooLarge ? 2 * largestBytes : random.int(0...24)
    let needs = TaskNeeds(
      cost: seconds * Double.random(in: 0.5...2, using: &random), memoryBytes: bytes,
      affinity: random.chance(0.5) ? UInt64(random.int(0...3)) : nil, label: "item \(index)")
    let isEarly = random.chance(0.7)
    return Task(
      needs: needs, length: .milliseconds(Int(seconds * 1000)), nature: nature,
      submittedAt: isEarly ? .zero : random.seconds(0...20))
  }

  static func machine(_ index: Int, _ random: inout SeededRandom) -> Machine {
    Machine(
      slots: random.int(1...3), memoryBytes: random.pick([16, 32, largestBytes]) ?? 32,
      slowness: random.chance(0.2) ? 5 : 1, host: "host\(index / 2)")
  }

  /// Limits short enough for every one of them to be met in a life of a minute or two.
  static var dispatcherSettings: DispatcherSettings {
    var settings = DispatcherSettings()
    settings.leaseLength = .seconds(4)
    settings.acceptLimit = .seconds(3)
    settings.stallLimit = .seconds(8)
    settings.revokeLimit = .seconds(2)
    settings.leaveLimit = .seconds(5)
    settings.reportInterval = .seconds(5)
    settings.noWorkerLimit = .seconds(300)
    settings.unplaceableLimit = .seconds(60)
    settings.copyPause = .seconds(2)
    settings.paceMinimum = 3
    settings.closedTaskLimit = 4
    return settings
  }

  static func workerSettings(of machine: Machine) -> WorkerSettings {
    var settings = WorkerSettings()
    settings.slots = machine.slots
    settings.memoryBytes = machine.memoryBytes
    settings.orphanLimit = .seconds(40)
    settings.drainLimit = .seconds(20)
    settings.resendPause = .seconds(2)
    return settings
  }

  static let terms = WorkerTerms(beatInterval: .seconds(1), leaseLength: .seconds(4))
}
