internal import Coordination
internal import RunStore
internal import Tensors
internal import Wire

// What the dispatcher wants done.

extension CoordinatorReactor {
  func perform(_ command: Dispatcher.Command) {
    switch command {
    case .assign(let task, let worker, let lease, let attempt):
      assign(task, to: worker, lease, attempt)
    case .copy(let task, let worker, let lease, let attempt, let holder):
      if let label = tasks[task]?.label {
        tell(.taskCopied(task: label, worker: name(of: worker), besides: name(of: holder)))
      }
      assign(task, to: worker, lease, attempt)
    case .accept(let task, let lease, let worker): store(task, lease, from: worker)
    case .discard(let task, let lease, let worker, let reason):
      discard(task, lease, from: worker, reason)
    case .revoke(let lease, let worker):
      forget(lease, of: worker)
      send(.revoke(lease), to: worker)
    case .quarantine(let task, let reason): giveUp(task, reason)
    case .dropWorker(let worker, let cause, let reason): drop(worker, cause, reason)
    case .report(let waiting):
      var text = waiting.description
      if peers.isEmpty, let openControl {
        text += "; workers connect with: \(invitation(to: openControl))"
      }
      tell(.waiting(text))
    case .giveUp(let reason): fail(.noWorkers(reason: reason))
    case .drained: link.tell(.drained)
    }
  }

  private func assign(_ task: TaskID, to worker: WorkerID, _ lease: LeaseID, _ attempt: Int) {
    guard let state = tasks[task] else { preconditionFailure("\(task) was not submitted") }
    let submission = state.submission
    let definition = submission.definition
    let message = Message.task(
      Assignment(
        task: task, key: submission.key, lease: lease, attempt: attempt, kind: definition.kind,
        parameters: definition.parameters, inputs: submission.inputs,
        memoryBytes: definition.needs.memoryBytes, label: definition.label))
    do throws(WireError) {
      _ = try Envelope(run: run, message: message).frames()
    } catch {
      // No worker can be told of it, now or later.
      events.append(.taskFailed(task, lease: lease, by: worker, .bug, message: "\(error)"))
      return
    }
    tasks[task]?.attempts[lease] = attempt
    peers[worker]?.assigned[lease] = task
    peers[worker]?.assignedAt[lease] = time.now
    send(message, to: worker)
    show(worker)
    // Of steps only what is out of the ordinary.
    if definition.isEphemeral && attempt == 1 { return }
    tell(.taskAssigned(task: state.label, worker: name(of: worker), attempt: attempt))
  }

  /// Stores an accepted result, journals it, and only then acknowledges it.
  private func store(_ task: TaskID, _ lease: LeaseID, from worker: WorkerID) {
    let key = ArrivedKey(task: task, lease: lease, worker: worker)
    guard let result = arrived.removeValue(forKey: key), let state = tasks[task] else {
      preconditionFailure("\(task) was accepted from \(worker) without its bytes")
    }
    let outputs = result.offer.outputs.map(\.digest)
    let definition = state.submission.definition
    if definition.isEphemeral {
      for (bytes, digest) in zip(result.outputs, outputs) { link.ephemeral.insert(bytes, digest) }
      finish(task, lease, result, outputs, from: worker)
      // Nobody asks for it again, and there are very many of them.
      tasks[task] = nil
      if byKey[state.submission.key] == task { byKey[state.submission.key] = nil }
      return
    }
    do throws(RunStoreError) {
      for bytes in result.outputs { _ = try folder.put(bytes) }
      FailPoint.coordinatorBeforeJournal.pass()
      try folder.recordFinished(
        RunStore.TaskRecord(
          key: state.submission.key, kind: definition.kind, stage: definition.stage,
          layer: definition.layer, label: definition.label, worker: result.workerName,
          attempt: state.attempts[lease] ?? 1, seconds: result.offer.seconds, outputs: outputs))
      FailPoint.coordinatorAfterJournal.pass()
    } catch {
      fail(.store(error))
      return
    }
    finish(task, lease, result, outputs, from: worker)
  }

  /// Acknowledges a result that is where it belongs, and tells of it.
  private func finish(
    _ task: TaskID, _ lease: LeaseID, _ result: ArrivedResult, _ outputs: [Digest],
    from worker: WorkerID
  ) {
    guard let state = tasks[task] else { return }
    let attempt = state.attempts[lease] ?? 1
    let name = result.workerName
    acknowledge(result.offer.reference, .stored, to: worker)
    tasks[task]?.standing = .stored(outputs: outputs, worker: name)
    tasks[task]?.submission.forgetInputs()
    forget(lease, of: worker)
    if let slot = peers[worker]?.localSlot { local.noteSuccess(slot) }
    snapshot.openTaskCount -= 1
    snapshot.finishedTaskCount += 1
    peers[worker]?.finishedCount += 1
    let seconds = result.offer.seconds
    if state.submission.definition.isEphemeral {
      stepTasks.note(seconds)
      if stepTasks.count >= StepTaskTally.limit { tellStepTasks() }
    } else {
      tell(.taskFinished(task: state.label, worker: name, attempt: attempt, seconds: seconds))
    }
    link.snapshot = snapshot
    link.tell(
      .finished(
        task,
        TaskResult(
          outputs: outputs, seconds: seconds, worker: name, attempt: attempt, reused: false)))
  }

  private func discard(
    _ task: TaskID, _ lease: LeaseID, from worker: WorkerID, _ reason: DiscardReason
  ) {
    let key = ArrivedKey(task: task, lease: lease, worker: worker)
    guard let result = arrived.removeValue(forKey: key) else { return }
    forget(lease, of: worker)
    acknowledge(result.offer.reference, .discarded, "\(reason)", to: worker)
  }

  private func giveUp(_ task: TaskID, _ reason: String) {
    guard let state = tasks[task] else { return }
    tasks[task]?.standing = .givenUp
    tasks[task]?.submission.forgetInputs()
    snapshot.openTaskCount -= 1
    snapshot.givenUpTaskCount += 1
    tell(.taskGivenUp(task: state.label, reason: reason))
    record("task", "'\(state.label)' given up: \(reason)")
    link.snapshot = snapshot
    link.tell(.givenUp(task, reason: reason))
  }

  /// A worker that the dispatcher holds for lost: a local process is ended, any other may say hello
  /// again.
  private func drop(_ worker: WorkerID, _ cause: LossCause, _ reason: String) {
    guard let peer = peers[worker] else { return }
    send(.error(.unknownWorker, text: reason), to: worker)
    if let slot = peer.localSlot { local.kill(slot) }
    remove(worker)
    tell(.workerLost(worker: peer.name, cause))
    record("worker", "\(peer.name) on \(peer.hello.host) dropped: \(reason)")
  }

  /// The worker no longer has the lease.
  func forget(_ lease: LeaseID, of worker: WorkerID) {
    guard peers[worker]?.assigned.removeValue(forKey: lease) != nil else { return }
    peers[worker]?.steps[lease] = nil
    peers[worker]?.assignedAt[lease] = nil
    show(worker)
  }

  /// Shows the worker's oldest task in the snapshot.
  private func show(_ worker: WorkerID) {
    guard let peer = peers[worker] else { return }
    let first = peer.assigned.keys.min().flatMap { peer.assigned[$0] }
    snapshot.workers.updateValue(first.flatMap { tasks[$0]?.label }, forKey: peer.name)
  }
}

/// Names a result between its arrival and the dispatcher's decision.
struct ArrivedKey: Hashable {
  let task: TaskID
  let lease: LeaseID
  let worker: WorkerID
}

/// A result whose bytes are here and verified; no bytes if they were not needed.
struct ArrivedResult {
  let offer: ResultOffer
  let outputs: [[UInt8]]
  /// Kept, because the worker may be gone when the decision comes.
  let workerName: String
}
