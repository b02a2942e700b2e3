extension Dispatcher {
  /// What is known of one task.
  struct TaskRecord: Sendable {
    /// Where a task is; each state names the collection that holds it.
    enum State: Equatable, Sendable {
      /// In `waiting`.
      case waiting
      /// Held under this lease, which is in `leases` and in its worker's list, and perhaps under
      /// that of a copy.
      case leased(LeaseID)
      /// Its result was accepted or restored.
      case finished
      /// Given up.
      case quarantined
    }

    let needs: TaskNeeds
    var state = State.waiting
    /// A task that came back goes before all that never began.
    var isReturned = false
    /// Bytes a worker must have; rises above the needs after a failure for want of memory.
    var memoryFloor: Int
    var attemptCount = 0
    /// The lease of a second attempt that runs beside the first.
    var copy: LeaseID?
    /// Whether the attempt that the task belongs to has had a copy.
    var wasCopied = false
    /// Every lease ever granted for this task: only these may bring its result.
    var grants: [LeaseID] = []
    var exclusions: [WorkerID: Exclusion] = [:]
    /// Hosts on which a worker was lost or failed with this task.
    var hosts: Set<String> = []
    /// Not to be placed before this instant.
    var notBefore: Instant?
    /// Since when no living worker could ever take it.
    var unplaceableSince: Instant?
    var endings = Endings()
    /// One sentence per attempt that did not succeed.
    var story: [String] = []

    init(needs: TaskNeeds) {
      self.needs = needs
      memoryFloor = needs.memoryBytes
    }

    var isOpen: Bool {
      switch state {
      case .waiting, .leased: true
      case .finished, .quarantined: false
      }
    }
  }

  /// How strictly a worker is kept from a task.
  enum Exclusion: Sendable {
    /// It lost or failed the task: only if no other worker can take it.
    case whileOthersLive
    /// It said that it cannot do it: never.
    case always
  }

  /// How many attempts of a task ended without a result, by cause.
  struct Endings: Sendable {
    var losses = 0
    var transients = 0
    var memory = 0
    var corruptInputs = 0
    /// Nobody's fault: replaced workers, unanswered offers, declines, tasks lost before they began.
    var returns = 0
  }

  /// What is known of one living worker.
  struct WorkerRecord: Sendable {
    let slots: Int
    let memoryBytes: Int
    let host: String
    /// The end of the time within which it must be heard again.
    var silentAt: Instant
    /// In the order of granting, which is the order in which the worker begins them.
    var leases: [LeaseID] = []
    var isDraining = false
    /// A draining worker without leases must be gone by then.
    var leaveBy: Instant?
    var pausedUntil: Instant?
    var unansweredCount = 0
    /// Groups of inputs it had lately, the latest last.
    var affinities: [UInt64] = []
  }

  /// One attempt of one worker at one task.
  struct LeaseRecord: Sendable {
    /// How far the attempt is; every phase but `queued` has its own deadline.
    enum Phase: Equatable, Sendable {
      /// Sent, not yet accepted.
      case offered(until: Instant)
      /// Accepted, behind as many other leases as the worker has slots.
      case queued
      /// In a slot of the worker; taken away at `until` unless it makes progress.
      case running(until: Instant, attemptEnd: Instant)
      /// Taken away; the worker has not answered yet and its slot counts as taken.
      case revoking(until: Instant, sent: Int)
    }

    let task: TaskID
    let worker: WorkerID
    let attempt: Int
    /// What the task was believed to need when the lease was granted.
    let memoryBytes: Int
    var phase: Phase
    var progress: UInt64 = 0
    /// When it came into a slot of its worker.
    var beganAt: Instant?

    /// Whether the task still belongs to this lease, be it that of a copy.
    var isLive: Bool {
      if case .revoking = phase { false } else { true }
    }

    var isRunning: Bool {
      if case .running = phase { true } else { false }
    }
  }
}
