internal import Coordination
package import Messaging
package import RunStore
package import Tensors
internal import Wire

/// Runs tasks on worker processes and keeps their results in a run folder.
///
/// A network thread of its own holds the sockets, the dispatcher and the local worker processes.
/// All methods are called from one thread, the pipeline's; events are told there too, while `run`
/// waits. `shutDown` (or dropping the coordinator) ends the workers and the thread.
package final class Coordinator {
  private let configuration: CoordinatorConfiguration
  private let folder: RunFolder
  private let cancellation: Cancellation
  private let onEvent: (CoordinatorEvent) -> Void
  private let onWait: () -> Void
  private let link: CoordinatorLink
  private let time = MonotonicTime()
  private var thread: OSThread?
  private static let byteCountLimit = 1 << 16
  private var lastTask: UInt64 = 0
  /// Bytes of stored blobs that were inputs; asked of the file system once.
  private var byteCounts: [Digest: Int] = [:]
  /// What the network thread ended with, once it has.
  private var stopped: NodeError??
  private var hasThrownEnd = false
  /// Set once the run was asked to stop.
  private var drainUntil: Instant?

  /// How far the call of `run` is that is under way, or was last.
  package private(set) var batch = BatchProgress()

  /// The endpoint that workers started by hand connect to, with the port that was found.
  package private(set) var endpoint: Endpoint?

  /// Listens and starts the local workers; returns before any of them has connected.
  ///
  /// - Parameter folder: writable; results and finished tasks go there.
  /// - Parameter onEvent: called on the thread that calls `run`, while it waits.
  /// - Parameter onWait: called there at least once a second, so that a clock can be shown.
  /// - Throws: `NodeError`: no source of workers, an endpoint in use, a worker executable that
  ///   cannot be started.
  package init(
    configuration: CoordinatorConfiguration, folder: RunFolder, cancellation: Cancellation,
    onEvent: @escaping (CoordinatorEvent) -> Void = { _ in },
    onWait: @escaping () -> Void = {}
  ) throws(NodeError) {
    guard configuration.localWorkers > 0 || configuration.listen != nil else {
      throw .noSourceOfWorkers
    }
    self.configuration = configuration
    self.folder = folder
    self.cancellation = cancellation
    self.onEvent = onEvent
    self.onWait = onWait
    do { link = try CoordinatorLink() } catch { throw .messaging(error) }
    let (link, time) = (link, time)
    thread = try OSThread("tsq-network", stackBytes: 1 << 20) {
      CoordinatorReactor.run(configuration, folder, link, time)
    }
    try awaitStart()
  }

  deinit { stop() }

  /// Stores a blob for tasks to use.
  ///
  /// - Throws: `NodeError.store`.
  package func put(_ bytes: [UInt8]) throws(NodeError) -> Digest {
    do { return try folder.put(bytes) } catch { throw .store(error) }
  }

  /// Keeps a checkpoint durably under a name, in the place of the one before.
  ///
  /// - Throws: `NodeError.store`.
  package func keepCheckpoint(_ bytes: [UInt8], _ name: String) throws(NodeError) {
    do { try folder.keepCheckpoint(bytes, name) } catch { throw .store(error) }
    FailPoint.coordinatorAfterCheckpoint.pass()
  }

  /// The checkpoint under a name; nil when there is none.
  ///
  /// - Throws: `NodeError.store`.
  package func checkpoint(_ name: String) throws(NodeError) -> [UInt8]? {
    do { return try folder.checkpoint(name) } catch { throw .store(error) }
  }

  /// Keeps a blob in memory for tasks to use, until it is dropped.
  package func putEphemeral(_ bytes: [UInt8]) -> Digest { link.ephemeral.put(bytes) }

  /// Forgets blobs that were kept in memory: those put there, and results of ephemeral tasks.
  package func drop(_ digests: [Digest]) { link.ephemeral.drop(digests) }

  /// The bytes of a blob, verified.
  ///
  /// - Throws: `NodeError.store`, `.missingBlob`.
  package func blob(_ digest: Digest) throws(NodeError) -> [UInt8] {
    if let bytes = link.ephemeral.bytes(digest) { return bytes }
    do throws(RunStoreError) {
      if let bytes = try folder.blob(digest) { return bytes }
    } catch { throw .store(error) }
    throw .missingBlob(digest, task: "reading a result")
  }

  /// Says what those are told who ask for the status over the network.
  ///
  /// - Precondition: `text` has at most `StatusQuery.byteLimit` bytes.
  package func tellStatus(_ text: String) {
    let bytes = Array(text.utf8)
    precondition(bytes.count <= StatusQuery.byteLimit, "a status of \(bytes.count) bytes")
    link.toldStatus = (bytes, time.now)
  }

  /// Where the run stands now.
  package var snapshot: CoordinatorSnapshot { link.snapshot }

  /// Runs tasks and waits for all of them; those in the journal are not done again.
  ///
  /// - Parameter whenFinished: told the number of a task and its result as soon as it is there.
  /// - Returns: results in the order of `tasks`. Tasks with the same key are done once.
  /// - Throws: `NodeError.tasksFailed` after all others are finished; `.interrupted`, after tasks
  ///   that run have ended; `.noWorkers`; `.store`. Finished tasks are journaled in every case.
  package func run(
    _ tasks: [TaskDefinition], whenFinished: (Int, TaskResult) -> Void
  ) throws(NodeError) -> [TaskResult] {
    var batch = TaskBatch(tasks, identity: configuration.identity)
    var submissions: [Submission] = []
    let distinct = batch.distinctKeys()
    self.batch = BatchProgress(done: 0, total: distinct.count)
    for (index, key) in distinct {
      let definition = tasks[index]
      if cancellation.isCancelled { throw .interrupted }
      if !definition.isEphemeral, let result = try journaled(key) {
        batch.finish(key, result)
        whenFinished(index, result)
        self.batch.done += 1
        tell(.taskReused(task: definition.label))
        continue
      }
      lastTask += 1
      let id = TaskID(number: lastTask)
      batch.await(id, key)
      submissions.append(
        Submission(
          id: id, key: key, definition: definition,
          inputs: try references(of: definition)))
    }
    if !submissions.isEmpty { link.ask(.submit(submissions)) }
    while !batch.isComplete { try wait(updating: &batch, whenFinished) }
    let failures = batch.failures
    guard failures.isEmpty else {
      // A file may be gone.
      byteCounts = [:]
      throw .tasksFailed(failures)
    }
    return batch.results
  }

  /// Forgets the results of tasks, which turned out to be wrong: a resumed run does them again.
  ///
  /// - Throws: `NodeError.store`.
  package func reject(_ tasks: [TaskDefinition], reason: String) throws(NodeError) {
    do throws(RunStoreError) {
      for task in tasks {
        let key = task.key(
          solverVersion: configuration.identity.solverVersion,
          kernel: configuration.identity.kernel)
        try folder.forgetTask(key: key, reason: "'\(task.label)' is forgotten: \(reason)")
      }
    } catch { throw .store(error) }
  }

  /// Says goodbye to the workers, ends the local ones and the network thread.
  ///
  /// - Throws: what the network thread ended with, if it had not been told before.
  package func shutDown() throws(NodeError) {
    stop()
    for reply in link.takeReplies() { note(reply) }
    if let error = stopped ?? nil, !hasThrownEnd { throw error }
  }

  private func stop() {
    guard let thread else { return }
    link.ask(.shutDown)
    thread.join()
    self.thread = nil
  }

  private func awaitStart() throws(NodeError) {
    while true {
      _ = link.pipelineBell.wait(milliseconds: 1_000)
      var hasStarted = false
      // To the last one: what is taken here is told nowhere else.
      for reply in link.takeReplies() {
        note(reply)
        if case .started = reply { hasStarted = true }
      }
      if hasStarted { return }
      if let stopped {
        thread?.join()
        thread = nil
        throw stopped ?? .noSourceOfWorkers
      }
    }
  }

  /// Waits for replies and takes them in.
  private func wait(
    updating batch: inout TaskBatch, _ whenFinished: (Int, TaskResult) -> Void
  ) throws(NodeError) {
    var set = PollSet()
    set.add(link.pipelineBell)
    // It stays rung.
    if drainUntil == nil { set.add(cancellation.bell) }
    do { try set.wait(milliseconds: 1_000) } catch { throw .messaging(error) }
    for reply in link.takeReplies() {
      switch reply {
      case .finished(let task, let result):
        if let index = batch.finish(task, result) { whenFinished(index, result) }
      case .givenUp(let task, let reason): batch.giveUp(task, reason)
      case .drained: throw .interrupted
      default: break
      }
      self.batch.done = self.batch.total - batch.openCount
      note(reply)
    }
    onWait()
    if batch.isComplete { return }
    if cancellation.isCancelled { try drain() }
    if let stopped {
      hasThrownEnd = true
      throw stopped ?? .interrupted
    }
  }

  /// Lets running tasks end before the run is left, within a limit.
  private func drain() throws(NodeError) {
    if let drainUntil {
      guard time.now < drainUntil else { throw .interrupted }
      return
    }
    drainUntil = time.now + configuration.drainLimit
    link.ask(.drain)
    tell(.draining(running: snapshot.workers.values.count { $0 != nil }))
  }

  private func note(_ reply: CoordinatorReply) {
    switch reply {
    case .started(let listening): endpoint = listening
    case .event(let event): onEvent(event)
    case .stopped(let error): stopped = .some(error)
    case .finished, .givenUp, .drained: break
    }
  }

  private func tell(_ kind: CoordinatorEvent.Kind) {
    onEvent(CoordinatorEvent(after: time.now - .start, kind: kind))
  }

  private func journaled(_ key: Digest) throws(NodeError) -> TaskResult? {
    do throws(RunStoreError) {
      return try folder.finishedTask(key: key).map {
        TaskResult(
          outputs: $0.outputs, seconds: $0.seconds, worker: $0.worker, attempt: $0.attempt,
          reused: true)
      }
    } catch { throw .store(error) }
  }

  private func references(of task: TaskDefinition) throws(NodeError) -> [BlobReference] {
    try task.inputs.map { (digest) throws(NodeError) in
      if let bytes = link.ephemeral.bytes(digest) {
        return BlobReference(digest: digest, byteCount: bytes.count, isEphemeral: true)
      }
      guard let count = byteCounts[digest] ?? folder.byteCount(of: digest) else {
        throw NodeError.missingBlob(digest, task: task.label)
      }
      if byteCounts.count >= Self.byteCountLimit { byteCounts = [:] }
      byteCounts[digest] = count
      return BlobReference(digest: digest, byteCount: count)
    }
  }
}
