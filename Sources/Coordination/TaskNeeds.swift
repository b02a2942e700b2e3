/// What the dispatcher must know of a task in order to place it.
package struct TaskNeeds: Hashable, Sendable {
  /// Estimated seconds of work; longer tasks start first.
  package var cost: Double
  /// Peak memory in bytes while the task computes.
  package var memoryBytes: Int
  /// Tasks with the same value read the same inputs and prefer a worker that already had one.
  package var affinity: UInt64?
  /// Name for people, for example `layer1.0.conv1 statistics 3/8`.
  package var label: String
  /// The longest time that one step of the work can take, such as a factorisation, during which
  /// the progress counter stands still.
  package var longestStep: Duration
  /// Tasks of one kind take the same time per second of their cost on like machines.
  package var kind: String

  package init(
    cost: Double, memoryBytes: Int = 0, affinity: UInt64? = nil, label: String = "",
    longestStep: Duration = .zero, kind: String = ""
  ) {
    precondition(cost >= 0, "the cost of a task is a number of seconds, got \(cost)")
    precondition(memoryBytes >= 0, "a task cannot need \(memoryBytes) bytes")
    self.cost = cost
    self.memoryBytes = memoryBytes
    self.affinity = affinity
    self.label = label
    self.longestStep = longestStep
    self.kind = kind
  }
}

/// Why a worker could not finish a task, by what a retry could change.
package enum FailureClass: Hashable, Sendable, CaseIterable {
  /// Something that may pass: a full disk, an interrupted call.
  case transient
  /// The task needed more memory than the worker had.
  case memory
  /// An input did not match its hash or could not be read.
  case corruptInput
  /// The mathematics failed: not finite, not positive definite.
  case numeric
  /// A broken precondition or an unknown kind of task.
  case bug
  /// The process that computed it ended, by a signal or a trap; its worker lives. Counts like the
  /// loss of a worker.
  case died
}

extension FailureClass: CustomStringConvertible {
  package var description: String {
    switch self {
    case .transient: "transient failure"
    case .memory: "out of memory"
    case .corruptInput: "corrupt input"
    case .numeric: "numeric failure"
    case .bug: "program error"
    case .died: "the computing process died"
    }
  }
}

/// How a worker, or its hold on a task, was lost.
package enum LossCause: Hashable, Sendable {
  /// Its connection closed.
  case disconnected
  /// Nothing was heard of it for the length of a lease.
  case leaseExpired
  /// Its process ended with this code.
  case exited(code: Int32)
  /// Its process was killed by this signal.
  case signalled(Int32)
  /// Its progress counter stood still although it was alive.
  case stalled
  /// The same worker registered again.
  case replaced
  /// It may no longer take part.
  case keyWithdrawn
}

extension LossCause {
  /// Whether what a worker was at may have brought the loss about.
  var speaksAgainstTask: Bool {
    switch self {
    case .replaced: false
    // It could not stop another computation, that was taken away before (`WorkerExit`).
    case .exited(code: 70): false
    default: true
    }
  }
}

extension LossCause: CustomStringConvertible {
  package var description: String {
    switch self {
    case .disconnected: "the connection closed"
    case .leaseExpired: "nothing was heard for longer than a lease"
    case .exited(let code): "the process ended with code \(code)"
    case .signalled(let signal): "the process was killed by signal \(signal)"
    case .stalled: "no progress was made"
    case .replaced: "the worker registered again"
    case .keyWithdrawn: "its key was withdrawn"
    }
  }
}

/// Why a worker would not take a task; not a failure of the task.
package enum DeclineReason: Hashable, Sendable {
  /// The task needs more memory than the worker can give.
  case memory
  /// The worker's build cannot do tasks of this kind.
  case unsupported
  /// Every place of the worker is taken.
  case busy
  /// The worker is about to leave.
  case draining
}

extension DeclineReason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .memory: "not enough memory"
    case .unsupported: "kind of task not supported by this build"
    case .busy: "no free place"
    case .draining: "about to leave"
    }
  }
}

/// Why a result was not stored.
package enum DiscardReason: Hashable, Sendable {
  /// A result of this task is stored already; the shell compares the bits of both.
  case duplicate
  /// The task had been given up.
  case quarantined
  /// No such task was submitted in this run.
  case unknownTask
  /// The lease was never granted for this task in this run.
  case unknownLease
}

extension DiscardReason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .duplicate: "a result is stored already"
    case .quarantined: "the task was given up before"
    case .unknownTask: "no such task in this run"
    case .unknownLease: "the lease was never granted for this task"
    }
  }
}
