internal import Logging
internal import Coordination
internal import Tensors
internal import Wire

// Results offered by workers: recognised by key, pulled where they are large, verified always.

extension CoordinatorReactor {
  func receive(_ offer: ResultOffer, from worker: WorkerID) {
    events.append(.beat(worker, lease: nil, progress: 0))
    let reference = offer.reference
    let isEarlier = reference.run != run
    guard let task = byKey[reference.key], isEarlier || tasks[reference.task] != nil else {
      acknowledge(reference, .discarded, "no such task in this run", to: worker)
      return
    }
    let byteCount = byteCount(offer)
    guard byteCount <= configuration.resultByteLimit else {
      let reason =
        "its outputs have \(byteCount) bytes, this run allows \(configuration.resultByteLimit)"
      acknowledge(reference, .discarded, reason, to: worker)
      refuse(task, reference, from: worker, .bug, reason)
      return
    }
    switch tasks[task]?.standing {
    case .stored(let outputs, let first):
      compare(offer, with: outputs, of: first, task, worker)
      deliver(ResultPull(offer: offer, task: task, isEarlier: isEarlier), from: worker)
    case .givenUp, nil:
      deliver(ResultPull(offer: offer, task: task, isEarlier: isEarlier), from: worker)
    case .open: take(offer, task, isEarlier: isEarlier, from: worker)
    }
  }

  private func byteCount(_ offer: ResultOffer) -> Int {
    offer.outputs.reduce(0) { $0 + $1.byteCount }
  }

  /// A second result must have the same bits as the first.
  private func compare(
    _ offer: ResultOffer, with outputs: [Digest], of first: String, _ task: TaskID,
    _ worker: WorkerID
  ) {
    guard offer.outputs.map(\.digest) != outputs, let label = tasks[task]?.label else { return }
    let workers = [first, name(of: worker)]
    tell(.determinismAlarm(task: label, workers: workers))
    record("determinism", "'\(label)' differs between \(workers.joined(separator: " and "))")
    logger.error(
      "two workers computed different results",
      metadata: ["task": "\(label)", "workers": "\(workers)"])
  }

  private func take(
    _ offer: ResultOffer, _ task: TaskID, isEarlier: Bool, from worker: WorkerID
  ) {
    guard var peer = peers[worker] else { return }
    // A repeated offer of what is being pulled says nothing new.
    guard !peer.pulls.contains(where: { $0.offer.reference == offer.reference }) else { return }
    var pull = ResultPull(offer: offer, task: task, isEarlier: isEarlier)
    if let inlined = offer.inlined {
      for (bytes, output) in zip(inlined, offer.outputs) {
        guard Digest(of: bytes) == output.digest else {
          refuse(
            task, offer.reference, from: worker, .transient, "an output has another hash than said")
          acknowledge(offer.reference, .discarded, "an output has another hash", to: worker)
          return
        }
      }
      pull.arrived = inlined
      snapshot.receivedBytes += byteCount(offer)
      deliver(pull, from: worker)
      return
    }
    peer.pulls.append(pull)
    peers[worker] = peer
    if peer.pulls.count == 1 { continuePull(from: worker) }
  }

  /// Asks for what the first pull of a worker needs next, and delivers it once all is here.
  func continuePull(from worker: WorkerID) {
    while var pull = peers[worker]?.pulls.first {
      guard pull.arrived.count < pull.offer.outputs.count else {
        peers[worker]?.pulls.removeFirst()
        deliver(pull, from: worker)
        continue
      }
      guard pull.download == nil else { return }
      let output = pull.offer.outputs[pull.arrived.count]
      var download = BlobDownload(
        output, chunkBytes: configuration.chunkBytes, window: configuration.window)
      if let outcome = download.outcomeIfEmpty() {
        take(outcome, from: worker)
        continue
      }
      let requests = download.nextRequests()
      pull.download = download
      peers[worker]?.pulls[0] = pull
      ask(requests, from: worker)
      return
    }
  }

  /// Takes a piece of a result from the bulk socket.
  func take(_ chunk: Chunk, from worker: WorkerID) {
    snapshot.receivedBytes += chunk.bytes?.count ?? 0
    events.append(.beat(worker, lease: nil, progress: 0))
    guard peers[worker]?.pulls.isEmpty == false,
      let outcome = peers[worker]?.pulls[0].download?.take(chunk)
    else { return }
    notePiece(from: worker)
    peers[worker]?.pulls[0].movedAt = time.now
    let requests = peers[worker]?.pulls[0].download?.nextRequests() ?? []
    ask(requests, from: worker)
    if outcome != .incomplete {
      take(outcome, from: worker)
      continuePull(from: worker)
    }
  }

  /// A piece of a result is progress of its lease, and of those whose results wait behind it.
  private func notePiece(from worker: WorkerID) {
    for pull in peers[worker]?.pulls ?? [] where !pull.isEarlier {
      let lease = pull.offer.reference.lease
      guard peers[worker]?.assigned[lease] != nil else { continue }
      peers[worker]?.steps[lease, default: LeaseSteps()].pieces += 1
      let sum = peers[worker]?.steps[lease]?.sum ?? 0
      events.append(.beat(worker, lease: lease, progress: sum))
    }
  }

  private func take(_ outcome: BlobDownload.Outcome, from worker: WorkerID) {
    guard let pull = peers[worker]?.pulls.first else { return }
    peers[worker]?.pulls[0].download = nil
    // All of them were for this blob.
    peers[worker]?.asks = []
    switch outcome {
    case .incomplete: break
    case .complete(let bytes): peers[worker]?.pulls[0].arrived.append(bytes)
    case .corrupt:
      peers[worker]?.pulls[0].corruptCount += 1
      logger.warning("an output arrived corrupt", metadata: ["worker": "\(name(of: worker))"])
      guard pull.corruptCount + 1 >= ResultPull.corruptLimit else { return }
      abandon(pull, from: worker, "an output arrived corrupt again and again")
    case .missing: abandon(pull, from: worker, "the worker no longer has an output it offered")
    }
  }

  private func abandon(_ pull: ResultPull, from worker: WorkerID, _ reason: String) {
    peers[worker]?.pulls.removeFirst()
    refuse(pull.task, pull.offer.reference, from: worker, .transient, reason)
    acknowledge(pull.offer.reference, .discarded, reason, to: worker)
  }

  private func refuse(
    _ task: TaskID, _ reference: LeaseReference, from worker: WorkerID, _ failure: FailureClass,
    _ reason: String
  ) {
    guard reference.run == run else { return }
    forget(reference.lease, of: worker)
    events.append(
      .taskFailed(task, lease: reference.lease, by: worker, failure, message: reason))
  }

  /// Hands a result to the dispatcher, which says what becomes of it.
  private func deliver(_ pull: ResultPull, from worker: WorkerID) {
    let lease = pull.offer.reference.lease
    arrived[ArrivedKey(task: pull.task, lease: lease, worker: worker)] =
      ArrivedResult(offer: pull.offer, outputs: pull.arrived, workerName: name(of: worker))
    events.append(
      pull.isEarlier
        ? .resultOffered(pull.task, lease: lease, by: worker)
        : .taskFinished(pull.task, lease: lease, by: worker))
  }
}
