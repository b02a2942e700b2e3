import Coordination
import Glibc
import Messaging
import Nodes
import RunStore
import Tensors
import Testing

@Suite(.timeLimit(.minutes(10))) struct `coming and going` {
  static func listening(workers: Int = 0) -> CoordinatorConfiguration {
    var configuration = Cluster.configuration(workers: workers)
    configuration.listen = .tcp(host: "127.0.0.1", port: 0)
    return configuration
  }

  /// Different tasks that wait for the same folder.
  private static func awaiting(_ folder: String, count: Int) -> [TaskDefinition] {
    (0..<count).map { Cluster.task("await", file: folder + String(repeating: "/", count: $0)) }
  }

  @Test func `an interrupted run stops, keeps what is done and is continued`() throws {
    let scratch = Scratch()
    let log = EventLog()
    let cancellation = try Cancellation()
    // All but the first wait for something that comes only after the interruption.
    let go = scratch.file("go")
    let tasks = [Cluster.task("hash", [1])] + Self.awaiting(go, count: 3)
    do {
      var configuration = Cluster.configuration(workers: 1, scratch: scratch)
      configuration.drainLimit = .milliseconds(100)
      let coordinator = try Coordinator(
        configuration: configuration, folder: Cluster.folder(scratch), cancellation: cancellation,
        onEvent: log.note)
      log.onEvent = { if case .taskFinished = $0.kind { cancellation.cancel() } }
      #expect(throws: NodeError.interrupted) { try coordinator.run(tasks) }
      try coordinator.shutDown()
    }
    let folder = try RunFolder.resume(path: scratch.file("run"), fingerprint: ["test": "1"])
    let done = try folder.finishedTasks().count
    #expect(done == 1)
    try #require(unsafe mkdir(go, 0o700) == 0)
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(workers: 2), folder: folder,
      cancellation: Cancellation())
    let results = try coordinator.run(tasks)
    try coordinator.shutDown()
    #expect(results.count { $0.reused } == done)
  }

  @Test func `an interrupted run lets running tasks end and begins none`() throws {
    let scratch = Scratch()
    let log = EventLog()
    let cancellation = try Cancellation()
    let folder = try Cluster.folder(scratch)
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(workers: 2, scratch: scratch), folder: folder,
      cancellation: cancellation, onEvent: log.note)
    let go = scratch.file("go")
    log.onEvent = { event in
      switch event.kind {
      case .taskFinished where !cancellation.isCancelled:
        // Then the other worker is in the middle of the task that waits.
        _ = Cluster.eventually { scratch.lines("log").contains { $0.hasPrefix("await") } }
        usleep(500_000)
        cancellation.cancel()
      case .draining: unsafe mkdir(go, 0o700)
      default: break
      }
    }
    #expect(throws: NodeError.interrupted) {
      try coordinator.run([Cluster.task("hash", [1])] + Self.awaiting(go, count: 40))
    }
    try coordinator.shutDown()
    let asked = try #require(
      log.position { if case .draining = $0 { true } else { false } })
    let finished = log.events.dropFirst(asked).count {
      if case .taskFinished = $0.kind { true } else { false }
    }
    #expect(finished >= 1)
    #expect(try folder.finishedTasks().count < 41)
    #expect(log.losses == [])
  }

  @Test func `an interrupted run does not wait for ever`() throws {
    let scratch = Scratch()
    let log = EventLog()
    let cancellation = try Cancellation()
    var configuration = Cluster.configuration(workers: 1)
    configuration.drainLimit = .milliseconds(100)
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: cancellation,
      onEvent: log.note)
    log.onEvent = { if case .taskAssigned = $0.kind { cancellation.cancel() } }
    #expect(throws: NodeError.interrupted) {
      try coordinator.run([Cluster.task("sleep", [250])])
    }
    try coordinator.shutDown()
    #expect(!log.contains { if case .taskFinished = $0 { true } else { false } })
  }

  @Test(arguments: ["before", "after"])
  func `a coordinator killed at the journal is continued by another`(moment: String) throws {
    let scratch = Scratch()
    let log = "TSQ_TEST_LOG=\(scratch.file("log"))"
    let dead = Cluster.spawn(
      ["--coordinate", scratch.file("run"), "--tasks", "3"],
      environment: [log, "TSQ_FAILPOINT=coordinator.\(moment)-journal"])
    #expect(Cluster.wait(for: dead) == nil)
    let folder = try RunFolder.resume(path: scratch.file("run"), fingerprint: ["test": "1"])
    let journaled = moment == "after" ? 1 : 0
    #expect(try folder.finishedTasks().count == journaled)
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(workers: 1, scratch: scratch), folder: folder,
      cancellation: Cancellation())
    let results = try coordinator.run((0..<3).map { Cluster.task("sleep", [1, UInt8($0)]) })
    try coordinator.shutDown()
    #expect(results.map(\.reused) == [journaled == 1, false, false])
    #expect(try coordinator.blob(results[0].outputs[0]) == Cluster.hash([], [1, 0]))
    let runs = scratch.lines("log").count { $0 == "sleep [1, 0]" }
    #expect(runs == (journaled == 1 ? 1 : 2))
  }

  @Test func `workers started by hand are told goodbye`() throws {
    let scratch = Scratch()
    var configuration = Self.listening()
    configuration.minimumWorkers = 2
    let log = EventLog()
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation(),
      onEvent: log.note)
    let endpoint = try #require(coordinator.endpoint)
    let workers = (0..<2).map { _ in Cluster.spawn(["--connect", endpoint.description]) }
    let results = try coordinator.run((0..<6).map { Cluster.task("sleep", [1, UInt8($0)]) })
    #expect(Set(results.map(\.worker)).count == 2)
    try coordinator.shutDown()
    #expect(workers.map(Cluster.wait) == [0, 0])
    #expect(log.losses == [])
  }

  @Test func `a worker that is asked to leave finishes its task and is not missed`() throws {
    let scratch = Scratch()
    let log = EventLog()
    var configuration = Self.listening()
    // Else one of them could do all before the other is there.
    configuration.minimumWorkers = 2
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch),
      cancellation: Cancellation(), onEvent: log.note)
    let endpoint = try #require(coordinator.endpoint)
    let arguments = ["--connect", endpoint.description, "--name"]
    let workers = ["a", "b"].map { Cluster.spawn(arguments + [$0]) }
    var isAsked = false
    log.onEvent = { event in
      if case .taskFinished(_, "a", _, _) = event.kind, !isAsked {
        isAsked = true
        kill(workers[0], SIGTERM)
      }
    }
    let results = try coordinator.run((0..<6).map { Cluster.task("sleep", [3, UInt8($0)]) })
    #expect(results.allSatisfy { $0.attempt <= 2 })
    #expect(Cluster.wait(for: workers[0]) == 0)
    // What happened last is told no later than here.
    try coordinator.shutDown()
    #expect(log.contains { $0 == .workerLeft(worker: "a") })
    #expect(log.losses == [])
    #expect(Cluster.wait(for: workers[1]) == 0)
  }

  @Test(arguments: ["--build", "--kernel"])
  func `a worker of another version is refused on both sides`(option: String) throws {
    let scratch = Scratch()
    let log = EventLog()
    let coordinator = try Coordinator(
      configuration: Self.listening(workers: 1), folder: Cluster.folder(scratch),
      cancellation: Cancellation(), onEvent: log.note)
    let endpoint = try #require(coordinator.endpoint)
    let stranger = Cluster.spawn(
      ["--connect", endpoint.description, "--name", "stranger", option, "other"])
    #expect(Cluster.wait(for: stranger) == 76)
    _ = try coordinator.run([Cluster.task("hash", [])])
    #expect(
      log.contains {
        guard case .workerRejected("stranger", let reason) = $0 else { return false }
        return reason.contains("'other'")
          && reason.contains(option == "--build" ? "'test'" : "'plain'")
      })
    try coordinator.shutDown()
  }

  @Test func `a local worker of another version ends the run`() throws {
    let scratch = Scratch()
    var configuration = Cluster.configuration(workers: 1)
    configuration.workerCommand += ["--build", "other"]
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation())
    #expect {
      try coordinator.run([Cluster.task("hash", [])])
    } throws: { error in
      guard case NodeError.localWorkerRejected(let reason)? = error as? NodeError else {
        return false
      }
      return reason.contains("'other'") && reason.contains("'test'")
    }
  }

  @Test func `a worker without a coordinator ends by itself`() throws {
    let worker = Cluster.spawn(["--connect", "tcp://127.0.0.1:9", "--orphan-seconds", "0.3"])
    #expect(Cluster.wait(for: worker) == 69)
  }

  @Test func `an endpoint in use is named`() throws {
    let (first, second) = (Scratch(), Scratch())
    let coordinator = try Coordinator(
      configuration: Self.listening(), folder: Cluster.folder(first), cancellation: Cancellation())
    let endpoint = try #require(coordinator.endpoint)
    var configuration = Self.listening()
    configuration.listen = endpoint
    let (other, folder) = (configuration, try Cluster.folder(second))
    let cancellation = try Cancellation()
    #expect(throws: NodeError.messaging(.endpointInUse(endpoint.description))) {
      try Coordinator(configuration: other, folder: folder, cancellation: cancellation)
    }
    try coordinator.shutDown()
  }

  @Test func `the neighbour of an endpoint is named when that is in use`() throws {
    let (first, second) = (Scratch(), Scratch())
    let coordinator = try Coordinator(
      configuration: Self.listening(), folder: Cluster.folder(first), cancellation: Cancellation())
    guard case .tcp(let host, let port)? = coordinator.endpoint else { return }
    var configuration = Self.listening()
    let asked = Endpoint.tcp(host: host, port: port - 1)
    configuration.listen = asked
    let (other, folder) = (configuration, try Cluster.folder(second))
    let cancellation = try Cancellation()
    let error = #expect(throws: NodeError.self) {
      try Coordinator(configuration: other, folder: folder, cancellation: cancellation)
    }
    // The one before may be taken too, by anybody.
    if error != .messaging(.endpointInUse("\(asked)")) {
      #expect(
        error == .messaging(.neighbourInUse("tcp://\(host):\(port)", of: "\(asked)")))
    }
    try coordinator.shutDown()
  }

  @Test func `a file where the socket is to be is left alone`() throws {
    let scratch = Scratch()
    for name in ["precious", "other.bulk"] {
      let run = Scratch()
      let path = scratch.file(name)
      let descriptor = unsafe open(path, O_CREAT | O_WRONLY, 0o600)
      #expect(unsafe write(descriptor, "x", 1) == 1)
      close(descriptor)
      var configuration = Cluster.configuration(workers: 0)
      configuration.listen = .ipc(path: scratch.file(String(name.prefix { $0 != "." })))
      let (given, folder) = (configuration, try Cluster.folder(run))
      let cancellation = try Cancellation()
      let error = #expect(throws: NodeError.self) {
        try Coordinator(configuration: given, folder: folder, cancellation: cancellation)
      }
      #expect(error?.description.contains("ipc://\(path) cannot be used: a file") == true)
      #expect(scratch.lines(name) == ["x"])
    }
    #expect(unsafe access(scratch.file("other"), F_OK) != 0, "the first socket's file is left")
  }

  @Test func `a live socket is not taken over, a dead one is, and none is left`() throws {
    let scratch = Scratch()
    let runs = (0..<3).map { _ in Scratch() }
    var configuration = Cluster.configuration(workers: 0)
    let path = scratch.file("socket")
    configuration.listen = .ipc(path: path)
    let first = try Coordinator(
      configuration: configuration, folder: Cluster.folder(runs[0]),
      cancellation: Cancellation())
    let (given, folder) = (configuration, try Cluster.folder(runs[1]))
    let cancellation = try Cancellation()
    #expect(throws: NodeError.messaging(.endpointInUse("ipc://\(path)"))) {
      try Coordinator(configuration: given, folder: folder, cancellation: cancellation)
    }
    let worker = Cluster.spawn(["--connect", "ipc://\(path)"])
    _ = try first.run([Cluster.task("hash", [1])])
    try first.shutDown()
    #expect(Cluster.wait(for: worker) == 0)
    for end in ["", ".bulk"] { #expect(unsafe access(path + end, F_OK) != 0) }
    // Left by a process that was killed.
    try leaveDeadSocket(path)
    try leaveDeadSocket(path + ".bulk")
    let third = try Coordinator(
      configuration: configuration, folder: Cluster.folder(runs[2]),
      cancellation: Cancellation())
    try third.shutDown()
  }

  private func leaveDeadSocket(_ path: String) throws {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) {
      unsafe $0.copyBytes(from: Array(path.utf8))
    }
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(result == 0)
    close(descriptor)
  }

  @Test(arguments: [1, 2])
  func `a run to which nobody comes says what it waits for and ends`(minimum: Int) throws {
    let scratch = Scratch()
    let log = EventLog()
    var configuration = Self.listening()
    configuration.minimumWorkers = minimum
    configuration.workerDeadline = .milliseconds(1_200)
    configuration.reportInterval = .milliseconds(300)
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation(),
      onEvent: log.note)
    let endpoint = try #require(coordinator.endpoint)
    #expect {
      try coordinator.run([Cluster.task("hash", [])])
    } throws: { error in
      if case NodeError.noWorkers? = error as? NodeError { true } else { false }
    }
    let advice = "tsq worker --connect \(endpoint)"
    #expect(
      log.contains { if case .waiting(let text) = $0 { text.contains(advice) } else { false } })
  }

  @Test func `listening for other machines is called unprotected`() throws {
    let scratch = Scratch()
    let log = EventLog()
    var configuration = Cluster.configuration(workers: 1)
    configuration.listen = .tcp(host: "0.0.0.0", port: 0)
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation(),
      onEvent: log.note)
    _ = try coordinator.run([Cluster.task("hash", [])])
    #expect(log.contains { if case .unprotected = $0 { true } else { false } })
    try coordinator.shutDown()
  }

  @Test func `a coordinator without a source of workers is refused`() throws {
    let scratch = Scratch()
    let folder = try Cluster.folder(scratch)
    let cancellation = try Cancellation()
    #expect(throws: NodeError.noSourceOfWorkers) {
      try Coordinator(
        configuration: Cluster.configuration(workers: 0), folder: folder,
        cancellation: cancellation)
    }
  }
}
