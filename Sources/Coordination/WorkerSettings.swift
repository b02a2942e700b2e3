/// The limits of a worker's side of the conversation.
package struct WorkerSettings: Sendable, Equatable {
  /// Tasks computed at the same time.
  package var slots = 1
  /// Tasks held beyond the running ones, per slot, while their inputs are fetched.
  package var prefetchPerSlot = 1
  /// Bytes a single task may need.
  package var memoryBytes = Int.max
  /// The pause before a hello is repeated; doubles up to `helloPauseLimit`.
  package var helloPause: Duration = .seconds(1)
  /// The longest pause between two hellos.
  package var helloPauseLimit: Duration = .seconds(10)
  /// An unacknowledged result or failure is sent again after this time.
  package var resendPause: Duration = .seconds(5)
  /// A worker that hears nothing of a coordinator for this long ends, lest it become an orphan.
  package var orphanLimit: Duration = .seconds(120)
  /// A draining worker stops computing and offering after this time.
  package var drainLimit: Duration = .seconds(60)
  /// A goodbye is answered within this time, or taken as answered.
  package var farewellLimit: Duration = .seconds(5)

  package init() {}
}

/// What the coordinator lays down when it welcomes a worker.
package struct WorkerTerms: Hashable, Sendable {
  /// A beat is sent this often.
  package var beatInterval: Duration
  /// After this long without a word from the other side each side holds the other for lost.
  package var leaseLength: Duration

  package init(beatInterval: Duration, leaseLength: Duration) {
    precondition(
      beatInterval > .zero && beatInterval < leaseLength,
      "beats every \(beatInterval) cannot keep a lease of \(leaseLength)")
    self.beatInterval = beatInterval
    self.leaseLength = leaseLength
  }
}

/// A lease together with the run that granted it: unique over restarts of the coordinator.
package struct LeaseKey: Hashable, Sendable, CustomStringConvertible {
  package let run: RunID
  package let lease: LeaseID

  package init(run: RunID, lease: LeaseID) {
    self.run = run
    self.lease = lease
  }

  package var description: String { "\(lease) of \(run)" }
}

/// A task as it reaches a worker.
package struct TaskOffer: Hashable, Sendable {
  package var task: TaskID
  package var lease: LeaseID
  /// Peak memory in bytes while the task computes.
  package var memoryBytes: Int
  /// Whether this worker's build can do the kind of task.
  package var isSupported: Bool
  /// How many of its inputs the worker does not have yet.
  package var missingInputCount: Int

  package init(
    task: TaskID, lease: LeaseID, memoryBytes: Int = 0, isSupported: Bool = true,
    missingInputCount: Int = 0
  ) {
    self.task = task
    self.lease = lease
    self.memoryBytes = memoryBytes
    self.isSupported = isSupported
    self.missingInputCount = missingInputCount
  }
}

/// How far a worker has come with a lease.
package struct LeaseProgress: Hashable, Sendable {
  package let lease: LeaseID
  /// A counter that rises with every step of work and every chunk moved, and never falls.
  package let progress: UInt64

  package init(lease: LeaseID, progress: UInt64) {
    self.lease = lease
    self.progress = progress
  }
}

/// Why a worker's session is over.
package enum WorkerEnd: Hashable, Sendable {
  /// The coordinator does not want this worker.
  case rejected(reason: String)
  /// No coordinator was heard of within the limit.
  case coordinatorSilent
  /// It left after finishing its work; so many results were not acknowledged in time.
  case drained(unacknowledgedCount: Int)
  /// The coordinator said that the run is over.
  case dismissed
}

extension WorkerEnd: CustomStringConvertible {
  package var description: String {
    switch self {
    case .rejected(let reason): "the coordinator rejected this worker: \(reason)"
    case .coordinatorSilent: "no coordinator was heard of within the limit"
    case .drained(0): "drained, every result acknowledged"
    case .drained(let count): "drained, \(count) results not acknowledged in time"
    case .dismissed: "dismissed, the run is over"
    }
  }
}
