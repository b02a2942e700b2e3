extension Dispatcher {
  /// What the shell must do, in the order given.
  package enum Command: Hashable, Sendable {
    /// Send the task to the worker.
    case assign(TaskID, to: WorkerID, lease: LeaseID, attempt: Int)
    /// Send the task, at which another worker has been for far too long, to this worker too. The
    /// first result counts, and the other attempt is revoked.
    case copy(TaskID, to: WorkerID, lease: LeaseID, attempt: Int, besides: WorkerID)
    /// Store the result, journal it, then acknowledge it to the worker.
    case accept(TaskID, lease: LeaseID, from: WorkerID)
    /// Do not store the result; acknowledge it with the reason.
    case discard(TaskID, lease: LeaseID, from: WorkerID, DiscardReason)
    /// Tell the worker to drop the lease and to answer.
    case revoke(LeaseID, from: WorkerID)
    /// Give the task up and go on with the rest.
    case quarantine(TaskID, reason: String)
    /// Forget the worker and tell it, if it is there, that it must say hello again.
    case dropWorker(WorkerID, LossCause, reason: String)
    /// Nothing can move until somebody acts: say why.
    case report(Waiting)
    /// End the run: no worker came within the limit.
    case giveUp(reason: String)
    /// After a requested drain the last running task has ended.
    case drained
  }

  /// What a run that cannot move is waiting for.
  package enum Waiting: Hashable, Sendable {
    /// Tasks are open and no worker is there.
    case noWorkers(openTaskCount: Int, waited: Duration, limit: Duration)
    /// No living worker may take the task.
    case noWorkerFits(
      TaskID, label: String, memoryBytes: Int, largestWorkerBytes: Int, otherTaskCount: Int,
      waited: Duration, limit: Duration)
  }
}

extension Dispatcher.Waiting: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noWorkers(let openTaskCount, let waited, let limit):
      return "no worker is connected and \(openTaskCount) tasks are open; waited "
        + "\(waited.inSeconds) of \(limit.inSeconds)"
    case .noWorkerFits(
      let task, let label, let memoryBytes, let largest, let others, let waited, let limit):
      let name = label.isEmpty ? "\(task)" : label
      let cause =
        memoryBytes > largest
        ? "no worker with at least \(memoryBytes.inGibibytes) for \(name), the largest has "
          + largest.inGibibytes
        : "every worker large enough for \(name) has declined it"
      let rest = others == 0 ? "" : " (and \(others) tasks more)"
      return cause + rest + "; waited \(waited.inSeconds) of \(limit.inSeconds)"
    }
  }
}

extension Dispatcher.Command: CustomStringConvertible {
  package var description: String {
    switch self {
    case .assign(let task, let worker, let lease, let attempt):
      "assign \(task) to \(worker) (\(lease), attempt \(attempt))"
    case .copy(let task, let worker, let lease, let attempt, let holder):
      "copy \(task) of \(holder) to \(worker) (\(lease), attempt \(attempt))"
    case .accept(let task, let lease, let worker):
      "accept \(task) from \(worker) (\(lease))"
    case .discard(let task, let lease, let worker, let reason):
      "discard \(task) from \(worker) (\(lease)): \(reason)"
    case .revoke(let lease, let worker): "revoke \(lease) from \(worker)"
    case .quarantine(let task, let reason): "quarantine \(task): \(reason)"
    case .dropWorker(let worker, let cause, let reason): "drop \(worker), \(cause): \(reason)"
    case .report(let waiting): "report: \(waiting)"
    case .giveUp(let reason): "give up: \(reason)"
    case .drained: "drained"
    }
  }
}
