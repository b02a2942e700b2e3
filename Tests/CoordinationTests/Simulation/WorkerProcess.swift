import Coordination

/// A simulated worker process: a session, what it computes, and its connection.
final class WorkerProcess {
  enum Direction: CaseIterable { case both, upward, downward }

  struct Partition {
    let direction: Direction
    let until: Instant
    /// Whether what is sent meanwhile arrives afterwards, as over TCP, or never.
    let holds: Bool
  }

  let instance: Int
  let machine: ClusterPlan.Machine
  var session: WorkerSession
  var isAlive = true
  var isLeaving = false
  var frozenUntil: Instant?
  /// What reaches a frozen process waits here.
  var mailbox: [WorkerSession.Event] = []
  /// Counts connections: what was sent over an earlier one is lost.
  var connection = 0
  var isConnected = true
  var partition: Partition?
  /// Whether its answers to revocations are lost.
  var hidesReleases = false
  var lastUpward = Instant.start
  var lastDownward = Instant.start
  var taskIndices: [LeaseKey: Int] = [:]
  var computing: Set<LeaseKey> = []
  /// Finished results that the session was not yet told to forget.
  var kept: Set<LeaseKey> = []
  var tickAt: Instant?
  /// Until when something outside it was wrong.
  var disturbedUntil = Instant.start
  /// Since when it could have worked on something that waited.
  var idleSince: Instant?

  init(instance: Int, machine: ClusterPlan.Machine) {
    self.instance = instance
    self.machine = machine
    session = WorkerSession(settings: ClusterPlan.workerSettings(of: machine))
  }

  func disturb(until instant: Instant) { disturbedUntil = max(disturbedUntil, instant) }

  func isFrozen(at now: Instant) -> Bool { frozenUntil.map { $0 > now } ?? false }

  func isPartitioned(at now: Instant) -> Bool { partition.map { $0.until > now } ?? false }
}

/// Messages from a worker to the coordinator.
enum UpwardMessage {
  case hello(number: UInt64)
  case accept(TaskID, LeaseID)
  case decline(TaskID, LeaseID, DeclineReason)
  case beat([LeaseProgress])
  case result(TaskID, LeaseKey)
  case failure(TaskID, LeaseID, FailureClass, String)
  case released(LeaseID)
  case draining
  case bye
}

/// Messages from the coordinator to a worker, as the events they become there.
typealias DownwardMessage = WorkerSession.Event
