package import Coordination
package import Logging
package import Messaging
package import RunStore

/// Whom a worker works for, and within which limits.
package struct WorkerConfiguration: Sendable {
  package var identity: ProgramIdentity
  /// The coordinator's control endpoint.
  package var connect: Endpoint
  /// How the two ends know each other.
  package var security = SocketSecurity.open
  /// The worker's name for people; empty for one made of host and process.
  package var name: String
  /// The process that started this one and without which it has no reason to live.
  package var localParent: Int32?
  /// The kinds of task that this build can do.
  package var kinds: Set<String>
  /// Bytes of blobs kept in memory for tasks to come.
  package var cacheByteLimit = 1 << 30
  /// Bytes of one blob that the worker fetches.
  package var blobByteLimit = 1 << 33
  /// Where the workers of this host share what they fetched.
  package var store: HostStore?
  /// Blobs of fewer bytes are fetched by each worker: sooner done than kept.
  package var storeMinimum = 1 << 16
  /// Another worker of the host that gets no further with a blob for this long is not waited for;
  /// shorter than the time after which a task that does not advance counts as hung.
  package var storePatience: Duration = .seconds(20)
  /// After this long without a piece of an input, what is under way is asked for again.
  package var silenceLimit: Duration = .seconds(10)
  /// Handshakes that fail for this long are not awaited any more.
  package var handshakeLimit: Duration = .seconds(20)
  /// Deadlines of the conversation; memory is found out unless set.
  package var session = WorkerSettings()
  /// A computation that was taken away must end within this time, or the process ends.
  package var stopLimit: Duration = .seconds(2)
  package var logger = Logger.quiet("tsq.worker")

  package init(
    identity: ProgramIdentity, connect: Endpoint, name: String = "", localParent: Int32? = nil,
    kinds: Set<String>
  ) {
    self.identity = identity
    self.connect = connect
    self.name = name
    self.localParent = localParent
    self.kinds = kinds
  }
}

extension WorkerConfiguration {
  /// Bytes of memory that the worker offers; by default the machine's.
  package var memoryBytes: Int {
    get { session.memoryBytes }
    set { session.memoryBytes = newValue }
  }
}

/// Why a worker process ends, with its exit code (the numbers of sysexits.h).
package enum WorkerExit: Sendable, Equatable {
  /// The coordinator said goodbye: 0.
  case dismissed
  /// It was asked to leave (SIGTERM, SIGINT) and has finished what it had begun: 0. Results that
  /// were not acknowledged in time are computed again elsewhere.
  case drained(unacknowledgedCount: Int)
  /// The coordinator refuses this worker, in general another version: 76.
  case rejected(reason: String)
  /// The two ends do not know each other's keys: 77.
  case keysRefused(reason: String)
  /// No coordinator answered within the limit: 69.
  case coordinatorSilent
  /// A computation that was taken away did not end: 70.
  case computationStuck(task: String)
  /// The process that started it is gone: 69.
  case parentGone
  /// It could not begin, or lost its sockets: 69.
  case failed(NodeError)

  package var code: Int32 {
    switch self {
    case .dismissed, .drained: 0
    case .rejected: 76
    case .keysRefused: 77
    case .coordinatorSilent, .parentGone, .failed: 69
    case .computationStuck: 70
    }
  }
}

extension WorkerExit: CustomStringConvertible {
  package var description: String {
    switch self {
    case .dismissed: "the run is over"
    case .drained(0): "left after finishing its work"
    case .drained(let count): "left, \(count) results not acknowledged in time"
    case .rejected(let reason): "the coordinator does not take this worker: \(reason)"
    case .keysRefused(let reason): reason
    case .coordinatorSilent:
      "no coordinator answered: check the endpoint, and that the coordinator runs"
    case .computationStuck(let task): "'\(task)' was taken away and did not stop"
    case .parentGone: "the coordinator that started this worker is gone"
    case .failed(let error): error.description
    }
  }
}
