extension Dispatcher {
  /// What happened; the shell reports it together with the time.
  ///
  /// Every event that names a worker is a sign of its life.
  package enum Event: Hashable, Sendable {
    /// A task is to be done. Its identifier was not used before.
    case taskSubmitted(TaskID, TaskNeeds)
    /// A worker said hello and was welcomed.
    ///
    /// `formerly` is the identifier of the same worker process before it reconnected: what that
    /// one was excluded from, this one is too, and if it is still held to be alive it is replaced.
    case workerJoined(
      WorkerID, slots: Int, memoryBytes: Int, host: String, formerly: WorkerID? = nil)
    /// A worker's connection closed or its process ended.
    case workerLost(WorkerID, LossCause)
    /// A worker is alive and, if it names a lease, its counter for that lease stands at `progress`.
    ///
    /// The shell may add one of these for every chunk it sends or receives for a lease.
    case beat(WorkerID, lease: LeaseID?, progress: UInt64)
    /// A worker took the task.
    case taskAccepted(TaskID, lease: LeaseID, by: WorkerID)
    /// A worker would not take the task.
    case taskDeclined(TaskID, lease: LeaseID, by: WorkerID, DeclineReason)
    /// A worker's result has arrived with all its bytes and every hash was right.
    case taskFinished(TaskID, lease: LeaseID, by: WorkerID)
    /// A worker offers, by task key, a result of an earlier run; it has arrived and is right.
    case resultOffered(TaskID, lease: LeaseID, by: WorkerID)
    /// A worker could not finish the task. The shell acknowledges it whatever comes of it.
    case taskFailed(TaskID, lease: LeaseID, by: WorkerID, FailureClass, message: String)
    /// A worker answered a revocation: it no longer holds the lease.
    case leaseReleased(LeaseID, by: WorkerID)
    /// The journal holds a result of this submitted task.
    case taskRestored(TaskID)
    /// A worker finishes what it has begun and takes nothing new.
    case workerDraining(WorkerID)
    /// The run is to end early: what has begun is finished, nothing new starts.
    case drainRequested
    /// Time has passed. Sent at the latest at `nextDeadline`, after all that arrived is handled.
    case clockAdvanced
  }
}

extension Dispatcher.Event: CustomStringConvertible {
  package var description: String {
    switch self {
    case .taskSubmitted(let task, let needs): "\(task) submitted (\(needs.label))"
    case .workerJoined(let worker, let slots, let memoryBytes, let host, let formerly):
      "\(worker) joined from \(host), \(slots) slots, \(memoryBytes.inGibibytes)"
        + (formerly.map { ", formerly \($0)" } ?? "")
    case .workerLost(let worker, let cause): "\(worker) lost: \(cause)"
    case .beat(let worker, let lease, let progress):
      "\(worker) beats" + (lease.map { ", \($0) at \(progress)" } ?? "")
    case .taskAccepted(let task, let lease, let worker): "\(worker) accepted \(task) (\(lease))"
    case .taskDeclined(let task, let lease, let worker, let reason):
      "\(worker) declined \(task) (\(lease)): \(reason)"
    case .taskFinished(let task, let lease, let worker): "\(worker) finished \(task) (\(lease))"
    case .resultOffered(let task, let lease, let worker):
      "\(worker) offers an earlier result of \(task) (\(lease))"
    case .taskFailed(let task, let lease, let worker, let failure, let message):
      "\(worker) failed \(task) (\(lease)): \(failure), \(message)"
    case .leaseReleased(let lease, let worker): "\(worker) released \(lease)"
    case .taskRestored(let task): "\(task) restored from the journal"
    case .workerDraining(let worker): "\(worker) is draining"
    case .drainRequested: "drain requested"
    case .clockAdvanced: "clock advanced"
    }
  }
}

extension Int {
  /// This number of bytes for a sentence, for example `6.0 GiB`.
  var inGibibytes: String {
    let tenths = (Double(self) / Double(1 << 30) * 10).rounded()
    return "\(tenths / 10) GiB"
  }
}
