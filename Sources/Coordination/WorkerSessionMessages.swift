extension WorkerSession {
  /// What happened to a worker; the shell reports it together with the time.
  package enum Event: Hashable, Sendable {
    /// The process is ready to say hello.
    case started
    /// The connection to the coordinator was made again after it had been closed.
    case reconnected
    /// The coordinator takes this worker, in answer to hello number `hello`.
    case welcomed(RunID, hello: UInt64, WorkerTerms)
    /// The coordinator does not take this worker.
    case rejected(reason: String)
    /// The coordinator answered that it does not know this worker or its run.
    case unknownHere
    /// Any other message of the coordinator of this run; a sign of its life.
    case coordinatorHeard(RunID)
    /// A task came.
    case taskReceived(RunID, TaskOffer)
    /// A lease was taken away.
    case revoked(LeaseKey)
    /// The inputs of a task are all there and verified.
    case inputsArrived(LeaseKey)
    /// The inputs of a task cannot be had.
    case inputsFailed(LeaseKey, message: String)
    /// The counter of a lease has risen, by a step of work or by a chunk moved.
    case progressed(LeaseKey, to: UInt64)
    /// A task is computed; its outputs are in the worker's store.
    case computeFinished(LeaseKey)
    /// A task could not be computed.
    case computeFailed(LeaseKey, FailureClass, message: String)
    /// The coordinator has stored, or does not need, what was sent for the lease.
    case acknowledged(LeaseKey)
    /// The worker is to leave: a signal, the end of its time.
    case drainRequested
    /// The coordinator says goodbye.
    case dismissed
    /// The coordinator answered this worker's goodbye.
    case farewellAnswered
    /// Time has passed. Sent at the latest at `nextDeadline`, after all that arrived is handled.
    case clockAdvanced
  }

  /// What the shell of a worker must do, in the order given.
  package enum Command: Hashable, Sendable {
    /// Introduce the worker. A new number asks for a new registration, a repeated one for the
    /// answer again; the answer carries the number, so that a late one is recognised.
    case sendHello(number: UInt64)
    /// Say how many tasks the worker will take.
    case sendReady(credit: Int)
    case sendAccept(TaskID, LeaseID)
    case sendDecline(TaskID, LeaseID, DeclineReason)
    /// Fetch the inputs that are missing, side by side with computing.
    case fetchInputs(LeaseKey)
    case stopFetching(LeaseKey)
    /// Begin to compute; at most `slots` at a time.
    case startCompute(LeaseKey)
    /// End the computation, by force if need be; nothing of it will be used.
    case stopCompute(LeaseKey)
    /// Say that the worker lives, and how far each lease is.
    case sendBeat([LeaseProgress])
    /// Offer a finished result; by task key if it belongs to an earlier run.
    case offerResult(TaskID, LeaseKey, isEarlier: Bool)
    case sendFailure(TaskID, LeaseID, FailureClass, message: String)
    /// Answer a revocation, or give a lease back.
    case sendReleased(LeaseID)
    /// The outputs of the lease need not be kept any longer.
    case forgetResult(LeaseKey)
    case sendDraining
    case sendBye
    /// Answer the coordinator's goodbye.
    case sendByeAnswer
    /// End the process; always the last command.
    case end(WorkerEnd)
  }
}

extension WorkerSession.Event: CustomStringConvertible {
  package var description: String {
    switch self {
    case .started: "started"
    case .reconnected: "reconnected"
    case .welcomed(let run, let hello, _): "welcomed to \(run), hello \(hello)"
    case .rejected(let reason): "rejected: \(reason)"
    case .unknownHere: "not known to the coordinator"
    case .coordinatorHeard(let run): "heard the coordinator of \(run)"
    case .taskReceived(_, let offer): "received \(offer.task) (\(offer.lease))"
    case .revoked(let key): "\(key) revoked"
    case .inputsArrived(let key): "inputs of \(key) arrived"
    case .inputsFailed(let key, let message): "inputs of \(key) failed: \(message)"
    case .progressed(let key, let progress): "\(key) at \(progress)"
    case .computeFinished(let key): "\(key) computed"
    case .computeFailed(let key, let failure, let message): "\(key): \(failure), \(message)"
    case .acknowledged(let key): "\(key) acknowledged"
    case .drainRequested: "drain requested"
    case .dismissed: "dismissed"
    case .farewellAnswered: "farewell answered"
    case .clockAdvanced: "clock advanced"
    }
  }
}

extension WorkerSession.Command: CustomStringConvertible {
  package var description: String {
    switch self {
    case .sendHello(let number): "hello \(number)"
    case .sendReady(let credit): "ready for \(credit)"
    case .sendAccept(let task, let lease): "accept \(task) (\(lease))"
    case .sendDecline(let task, let lease, let reason): "decline \(task) (\(lease)): \(reason)"
    case .fetchInputs(let key): "fetch inputs of \(key)"
    case .stopFetching(let key): "stop fetching for \(key)"
    case .startCompute(let key): "compute \(key)"
    case .stopCompute(let key): "stop computing \(key)"
    case .sendBeat(let leases): "beat for \(leases.count) leases"
    case .offerResult(let task, let key, let isEarlier):
      "offer \(task) (\(key))" + (isEarlier ? " of an earlier run" : "")
    case .sendFailure(let task, let lease, let failure, let message):
      "fail \(task) (\(lease)): \(failure), \(message)"
    case .sendReleased(let lease): "release \(lease)"
    case .forgetResult(let key): "forget result of \(key)"
    case .sendDraining: "draining"
    case .sendBye: "bye"
    case .sendByeAnswer: "answer bye"
    case .end(let end): "end: \(end)"
    }
  }
}
