package import Messaging
package import RunStore
package import Tensors

/// Why a coordinator or a worker cannot go on.
package enum NodeError: Error, Equatable, Sendable {
  /// Neither local workers nor an endpoint to listen on.
  case noSourceOfWorkers
  /// The keys cannot be used.
  case keys(KeyError)
  /// A socket could not be opened, bound or connected.
  case messaging(MessagingError)
  /// The run folder could not be read or written.
  case store(RunStoreError)
  /// A local worker process could not be started.
  case spawn(executable: String, reason: String)
  /// No worker, or too few, came within the limit.
  case noWorkers(reason: String)
  /// Every local worker ended again and again.
  case workersKeepEnding(reason: String)
  /// A local worker was refused by its own coordinator: two programs are mixed.
  case localWorkerRejected(reason: String)
  /// A task was given a blob that is not in the run folder.
  case missingBlob(Digest, task: String)
  /// Some tasks could not be done; the others are finished and journaled.
  case tasksFailed([FailedTask])
  /// The run was asked to stop; finished tasks are journaled.
  case interrupted
}

/// A task that was given up, with the story of its attempts.
package struct FailedTask: Equatable, Sendable {
  package let label: String
  package let reason: String
}

extension NodeError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noSourceOfWorkers:
      "no worker can ever come: ask for local workers (--workers N) or listen (--listen ENDPOINT)"
    case .keys(let error): error.description
    case .messaging(let error): error.description
    case .store(let error): error.description
    case .spawn(let executable, let reason):
      "cannot start the worker process '\(executable)': \(reason)"
    case .noWorkers(let reason):
      reason
        + "; start some with 'tsq worker --connect ENDPOINT' and the keys of this run, ask for "
        + "local ones with --workers N, or wait longer with --worker-deadline"
    case .workersKeepEnding(let reason): "the local workers keep ending: \(reason)"
    case .localWorkerRejected(let reason):
      "a local worker does not fit its coordinator: \(reason); build both from the same sources"
    case .missingBlob(let digest, let task):
      "task '\(task)' needs blob \(digest), which is not in the run folder"
    case .tasksFailed(let tasks):
      "\(tasks.count) task\(tasks.count == 1 ? "" : "s") could not be done; "
        + tasks.prefix(3).map { "\($0.label): \($0.reason)" }.joined(separator: "; ")
        + (tasks.count > 3 ? "; …" : "")
    case .interrupted:
      "interrupted"
    }
  }
}
