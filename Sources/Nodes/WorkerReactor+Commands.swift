internal import Coordination
internal import Messaging
internal import Tensors
internal import Wire

// What the session wants done.

extension WorkerReactor {
  func perform(_ command: WorkerSession.Command) {
    switch command {
    case .sendHello(let number): greet(number)
    case .sendReady(let credit): send(.ready(credit: credit))
    case .sendAccept(let task, let lease): send(.accept(task, lease))
    case .sendDecline(let task, let lease, let reason):
      release(LeaseKey(run: run, lease: lease))
      send(.decline(task, lease, reason))
    case .fetchInputs(let key): fetchInputs(key)
    case .stopFetching(let key): release(key)
    case .startCompute(let key):
      next.append(key)
      startNext()
    case .stopCompute(let key): stop(key)
    case .sendBeat(let leases): beat(leases)
    case .offerResult(_, let key, _): offer(key)
    case .sendFailure(let task, let lease, let failure, let message):
      fail(task, lease, failure, message)
    case .sendReleased(let lease):
      let key = LeaseKey(run: run, lease: lease)
      // Released before it is stopped: afterwards nobody knows its progress.
      if computing == key { held[key]?.progress.cancel() }
      if held[key]?.outputs == nil { release(key) }
      send(.released(lease))
    case .forgetResult(let key): release(key)
    case .sendDraining: send(.draining)
    case .sendBye: send(.bye(text: "leaving"))
    case .sendByeAnswer: send(.byeOK)
    case .end(let end): exit = WorkerExit(end)
    }
  }

  private func greet(_ number: UInt64) {
    lastHello = number
    let identity = configuration.identity
    send(
      .hello(
        Hello(
          protocols: Int(ProtocolVersion.first)...Int(ProtocolVersion.last),
          build: identity.build, kernel: identity.kernel, instance: instance,
          process: Int(Machine.process), host: Machine.hostName, name: configuration.name,
          slots: session.settings.slots, cores: usableCores(),
          memoryBytes: session.settings.memoryBytes, number: number,
          endpoint: configuration.connect.description)))
  }

  private func beat(_ leases: [LeaseProgress]) {
    if leases.isEmpty { FailPoint.workerIdle.pass() }
    beatNumber += 1
    send(
      .beat(
        Beat(
          sequence: beatNumber,
          entries: leases.map { Beat.Entry(lease: $0.lease, progress: $0.progress) },
          residentBytes: Machine.residentBytes + ComputeProcess.residentBytes)))
  }

  /// Hands the next task to the compute thread once that is free.
  func startNext() {
    while computing == nil, let key = next.first {
      next.removeFirst()
      guard let entry = held[key], entry.outputs == nil else { continue }
      let assignment = entry.assignment
      let inputs = assignment.inputs.compactMap { input in
        cache.bytes(input.digest).map { Blob(digest: input.digest, bytes: $0) }
      }
      // Inputs of held tasks are pinned, so all are there.
      precondition(inputs.count == assignment.inputs.count, "an input of \(key) is gone")
      computing = key
      lane.start(
        ComputeJob(
          key: key, kind: assignment.kind, parameters: assignment.parameters, inputs: inputs,
          progress: entry.progress))
    }
  }

  /// Asks a computation to end; until it has, the thread is taken.
  private func stop(_ key: LeaseKey) {
    next.removeAll { $0 == key }
    if computing == key {
      held[key]?.progress.cancel()
      stopBy = stopBy ?? time.now + configuration.stopLimit
    }
    release(key)
  }

  private func offer(_ key: LeaseKey) {
    guard let entry = held[key], let outputs = entry.outputs else {
      preconditionFailure("\(key) is offered without outputs")
    }
    FailPoint.workerBeforeResult.pass()
    let byteCount = outputs.reduce(0) { $0 + $1.bytes.count }
    let isSmall = byteCount <= WireLimits.inlineResultBytes
    let reference = reference(key, entry.assignment)
    let message = Message.result(
      ResultOffer(
        reference: reference,
        outputs: outputs.map { BlobReference(digest: $0.digest, byteCount: $0.bytes.count) },
        inlined: isSmall ? outputs.map(\.bytes) : nil, seconds: entry.seconds))
    do throws(WireError) {
      _ = try Envelope(run: run, message: message).frames()
      send(message)
    } catch {
      // It cannot be offered to anybody; the answer lets go of it like that to a result.
      send(.fail(reference, .bug, text: "\(outputs.count) outputs: \(error)"))
    }
  }

  private func fail(
    _ task: TaskID, _ lease: LeaseID, _ failure: FailureClass, _ message: String
  ) {
    let key = LeaseKey(run: run, lease: lease)
    guard let assignment = held[key]?.assignment else { return }
    send(.fail(reference(key, assignment), failure, text: message))
  }

  private func reference(_ key: LeaseKey, _ assignment: Assignment) -> LeaseReference {
    LeaseReference(task: assignment.task, key: assignment.key, lease: key.lease, run: key.run)
  }

  /// Lets go of a task; its outputs stay in the cache, since the next task may want them, unless
  /// it is one of very many whose results serve a moment only.
  func release(_ key: LeaseKey) {
    guard let entry = held.removeValue(forKey: key) else { return }
    let passing = entry.assignment.inputs.filter(\.isEphemeral).map(\.digest)
    if passing.isEmpty {
      for output in entry.outputs ?? [] {
        cache.insert(output.bytes, output.digest, pinned: pinned)
      }
    }
    for digest in passing where !ephemeral.contains(digest) { ephemeral.append(digest) }
    // A later task of the same step may still want the last one.
    while ephemeral.count > 2 {
      let oldest = ephemeral.removeFirst()
      if !pinned.contains(oldest) { cache.remove(oldest) }
    }
    dropUnwanted()
  }

  /// Inputs of the tasks in hand, which the cache must not drop.
  var pinned: Set<Digest> {
    Set(held.values.flatMap { $0.outputs == nil ? $0.assignment.inputs.map(\.digest) : [] })
  }
}

extension WorkerExit {
  fileprivate init(_ end: WorkerEnd) {
    switch end {
    case .rejected(let reason): self = .rejected(reason: reason)
    case .coordinatorSilent: self = .coordinatorSilent
    case .drained(let count): self = .drained(unacknowledgedCount: count)
    case .dismissed: self = .dismissed
    }
  }
}
