package import Coordination
package import Messaging

/// Something that a person watching a run wants to know, with the time since the coordinator began.
package struct CoordinatorEvent: Sendable, Equatable {
  /// What happened.
  package enum Kind: Sendable, Equatable {
    case listening(Endpoint)
    /// Anyone who reaches the endpoint can join the run and read its data.
    case unprotected(Endpoint)
    /// Somebody came with a key that is not known.
    case strangerRefused(address: String)
    case workerJoined(worker: String, host: String)
    case workerLost(worker: String, LossCause)
    case workerLeft(worker: String)
    case workerRejected(worker: String, reason: String)
    /// The process of a local worker was started again.
    case workerRestarted(worker: String)
    case taskAssigned(task: String, worker: String, attempt: Int)
    /// The task takes `besides` far too long: another worker begins it too.
    case taskCopied(task: String, worker: String, besides: String)
    case taskFinished(task: String, worker: String, attempt: Int, seconds: Double)
    /// So many tasks of steps, of which there are too many to tell of each.
    case stepTasksFinished(count: Int, seconds: Double)
    case taskReused(task: String)
    case taskFailed(task: String, worker: String, FailureClass, message: String)
    case taskGivenUp(task: String, reason: String)
    /// Two workers computed different bits for the same task.
    case determinismAlarm(task: String, workers: [String])
    /// The run was asked to stop; it ends when the tasks that run have ended.
    case draining(running: Int)
    /// Why nothing moves.
    case waiting(String)
  }

  /// Time since the coordinator began.
  package let after: Duration
  package let kind: Kind
}

extension CoordinatorEvent: CustomStringConvertible {
  package var description: String {
    switch kind {
    case .listening(let endpoint): "listening on \(endpoint)"
    case .unprotected(let endpoint):
      "\(endpoint) is open to other machines WITHOUT encryption or keys: anyone who reaches it can "
        + "join the run and read its data"
    case .strangerRefused(let address):
      "somebody at \(address.isEmpty ? "an unknown address" : address) came with a key that is "
        + "not among the allowed ones"
    case .workerJoined(let worker, let host): "\(worker) joined from \(host)"
    case .workerLost(let worker, let cause): "\(worker) lost: \(cause)"
    case .workerLeft(let worker): "\(worker) left"
    case .workerRejected(let worker, let reason): "\(worker) was not taken: \(reason)"
    case .workerRestarted(let worker): "\(worker) started again"
    case .taskAssigned(let task, let worker, let attempt):
      "'\(task)' to \(worker)" + (attempt > 1 ? ", attempt \(attempt)" : "")
    case .taskCopied(let task, let worker, let holder):
      "'\(task)' takes \(holder) far too long: \(worker) begins it too"
    case .taskFinished(let task, let worker, _, let seconds):
      "'\(task)' finished by \(worker) in \((seconds * 1_000).rounded() / 1_000) s"
    case .stepTasksFinished(let count, let seconds):
      "\(count) tasks of steps finished, \((seconds * 1_000).rounded() / 1_000) s of computing"
    case .taskReused(let task): "'\(task)' was done before"
    case .taskFailed(let task, let worker, let failure, let message):
      "'\(task)' failed on \(worker): \(failure), \(message)"
    case .taskGivenUp(let task, let reason): "'\(task)' given up: \(reason)"
    case .determinismAlarm(let task, let workers):
      "'\(task)' has different results from \(workers.joined(separator: " and ")): one of these "
        + "machines or builds computes wrongly"
    case .draining(let running):
      "stopping after \(running) running task\(running == 1 ? "" : "s"); a second signal stops "
        + "at once"
    case .waiting(let reason): reason
    }
  }
}

/// How far a call of `Coordinator.run` is, in tasks.
package struct BatchProgress: Sendable, Equatable {
  package var done = 0
  package var total = 0

  package init(done: Int = 0, total: Int = 0) {
    self.done = done
    self.total = total
  }
}

/// Where a run stands.
package struct CoordinatorSnapshot: Sendable, Equatable {
  /// Tasks submitted and neither finished nor given up.
  package var openTaskCount = 0
  package var finishedTaskCount = 0
  package var givenUpTaskCount = 0
  /// Workers by name, with the label of the task that each is to compute; nil when idle.
  package var workers: [String: String?] = [:]
  /// Of the open tasks those that no worker has yet.
  package var waitingTaskCount = 0
  /// What they wait for.
  package var waits: [TaskWait] = []
  /// Every worker that is connected.
  package var places: [WorkerPlace] = []
  /// Bytes of blobs sent to and received from workers.
  package var sentBytes = 0
  package var receivedBytes = 0

  package init() {}
}

/// A connected worker, for people.
package struct WorkerPlace: Sendable, Equatable {
  package var name: String
  package var host: String
  package var process: Int
  package var cores: Int
  /// What it may use.
  package var memoryBytes: Int
  /// What it uses, as it last said.
  package var residentBytes: Int
  /// The label of its oldest task.
  package var task: String?
  /// 1 for the first try of that task.
  package var attempt: Int
  /// Since it was given that task.
  package var busySeconds: Double
  /// Since it was last heard.
  package var silentSeconds: Double
  /// Tasks that it has finished.
  package var finishedCount: Int
  /// Why it is given nothing, where there is a reason.
  package var idleReason: String?
}

/// Tasks that wait for the same thing, for people.
package struct TaskWait: Sendable, Equatable {
  package var reason: String
  package var count: Int
  /// The label of one of them.
  package var example: String
}
