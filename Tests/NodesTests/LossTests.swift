import Coordination
import Glibc
import Messaging
import Nodes
import RunStore
import Tensors
import Testing

@Suite(.timeLimit(.minutes(10))) struct `when a worker goes wrong` {
  /// Where a worker can die, and how many bytes its input has.
  static let points = [
    "worker.idle", "worker.fetching", "worker.computing", "worker.before-result",
    "worker.after-result",
  ]

  @Test(arguments: points)
  func `its tasks are done all the same`(point: String) throws {
    let scratch = Scratch()
    let log = EventLog()
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(
        workers: 2, failPoint: "\(point)@\(scratch.file("died"))"),
      folder: Cluster.folder(scratch), cancellation: Cancellation(), onEvent: log.note)
    let bytes = [UInt8](repeating: 3, count: 2_500_000)
    let input = try coordinator.put(bytes)
    // Two workers; the long task keeps one busy, so that the other is idle for some beats.
    let results = try coordinator.run(
      [Cluster.task("sleep", [5], cost: 9)]
        + (0..<4).map { Cluster.task("hash", [UInt8($0)], inputs: [input]) })
    for (index, result) in results.dropFirst().enumerated() {
      #expect(
        try coordinator.blob(result.outputs[0]) == Cluster.hash([bytes], [UInt8(index)]))
    }
    try coordinator.shutDown()
    #expect(unsafe access(scratch.file("died"), F_OK) == 0, "no worker passed \(point)")
    #expect(log.losses == [.signalled(SIGKILL)])
  }

  @Test func `a task whose worker was killed is given out again at once`() throws {
    let scratch = Scratch()
    let log = EventLog()
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(workers: 2), folder: Cluster.folder(scratch),
      cancellation: Cancellation(), onEvent: log.note)
    let marker = Array(scratch.file("killed").utf8)
    let results = try coordinator.run([Cluster.task("once", [UInt8(SIGKILL)] + marker)])
    try coordinator.shutDown()
    #expect(results[0].attempt == 2)
    #expect(log.losses == [.signalled(SIGKILL)])
    // The loss was told before the task went out again: the death was noticed, not the silence.
    let lost = try #require(log.position { if case .workerLost = $0 { true } else { false } })
    let again = try #require(
      log.position { if case .taskAssigned(_, _, 2) = $0 { true } else { false } })
    #expect(lost < again)
    #expect(!log.contains { if case .taskAssigned(_, _, 3) = $0 { true } else { false } })
  }

  @Test func `a task that kills every worker is given up and the others are done`() throws {
    let scratch = Scratch()
    let log = EventLog()
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(workers: 2), folder: Cluster.folder(scratch),
      cancellation: Cancellation(), onEvent: log.note)
    #expect {
      try coordinator.run(
        [Cluster.task("die", [UInt8(SIGKILL)], label: "poison")]
          + (0..<6).map { Cluster.task("hash", [UInt8($0)]) })
    } throws: { error in
      guard case NodeError.tasksFailed(let failed)? = error as? NodeError else { return false }
      return failed.map(\.label) == ["poison"] && failed[0].reason.contains("signal 9")
    }
    #expect(coordinator.snapshot.finishedTaskCount == 6)
    #expect(coordinator.snapshot.givenUpTaskCount == 1)
    try coordinator.shutDown()
  }

  @Test func `a task that hangs is taken away and its process is replaced`() throws {
    let scratch = Scratch()
    let log = EventLog()
    var configuration = Cluster.configuration(workers: 2)
    // So long that a process which only waits for its turn is not taken for hung.
    configuration.dispatcher.stallLimit = .seconds(6)
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation(),
      onEvent: log.note)
    // The other worker is busy until the process that hangs is gone.
    let over = scratch.file("over")
    log.onEvent = { if case .workerLost = $0.kind { Cluster.make(over) } }
    let results = try coordinator.run([
      Cluster.task("hang", file: scratch.file("hung")), Cluster.task("await", file: over),
    ])
    try coordinator.shutDown()
    #expect(results[0].attempt >= 2)
    // The process that could not stop ended by itself with the code that says so.
    #expect(Set(log.losses) == [.exited(code: 70)])
  }

  @Test func `a worker that is stopped loses its task and is harmless when it continues`() throws {
    let scratch = Scratch()
    let log = EventLog()
    var configuration = Cluster.configuration(workers: 0)
    configuration.listen = .tcp(host: "127.0.0.1", port: 0)
    configuration.dispatcher.leaseLength = .seconds(3)
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation(),
      onEvent: log.note)
    let endpoint = try #require(coordinator.endpoint)
    let arguments = ["--connect", endpoint.description, "--name"]
    let workers = ["a", "b"].map { Cluster.spawn(arguments + [$0]) }
    let begun = scratch.file("begun")
    var isStopped = false
    log.onEvent = { event in
      // The first one that gets the task, which has no end there, is stopped while it computes.
      if case .taskAssigned(_, let worker, 1) = event.kind, !isStopped {
        isStopped = Cluster.eventually { unsafe access(begun, F_OK) == 0 }
        kill(workers[worker == "a" ? 0 : 1], SIGSTOP)
      }
    }
    let results = try coordinator.run([Cluster.task("stay", file: begun)])
    #expect(results[0].attempt >= 2)
    #expect(try coordinator.blob(results[0].outputs[0]) == Cluster.hash([], Array(begun.utf8)))
    for worker in workers { kill(worker, SIGCONT) }
    let more = try coordinator.run((0..<4).map { Cluster.task("sleep", [1, UInt8($0)]) })
    #expect(more.count == 4)
    // It was silent, which is not the same as making no progress.
    #expect(log.losses.contains(.leaseExpired) && !log.losses.contains(.stalled))
    try coordinator.shutDown()
    #expect(workers.map(Cluster.wait) == [0, 0])
  }

  @Test func `local workers that cannot live end the run with their cause`() throws {
    let scratch = Scratch()
    var configuration = Cluster.configuration(workers: 1)
    configuration.workerCommand = ["/bin/false"]
    configuration.respawnLimit = 3
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation())
    #expect(
      throws: NodeError.workersKeepEnding(reason: "local-1: the process ended with code 1")
    ) {
      try coordinator.run([Cluster.task("hash", [])])
    }
  }

  @Test func `a worker program that is not there is named`() throws {
    let scratch = Scratch()
    var configuration = Cluster.configuration(workers: 1)
    configuration.workerCommand = ["/nonexistent/tsq"]
    let folder = try Cluster.folder(scratch)
    let cancellation = try Cancellation()
    #expect(
      throws: NodeError.spawn(
        executable: "/nonexistent/tsq", reason: "No such file or directory")
    ) {
      try Coordinator(configuration: configuration, folder: folder, cancellation: cancellation)
    }
  }
}
