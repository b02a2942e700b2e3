import Coordination
import Glibc
import Messaging
import Nodes
import Tensors
import Testing

@Suite(.timeLimit(.minutes(10))) struct `a worker with a computing process` {
  /// A coordinator for workers that are started by hand.
  private func coordinator(
    _ scratch: Scratch, _ log: EventLog,
    _ change: (inout CoordinatorConfiguration) -> Void = { _ in }
  ) throws -> Coordinator {
    var configuration = Cluster.configuration(workers: 0)
    configuration.listen = .tcp(host: "127.0.0.1", port: 0)
    change(&configuration)
    return try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation(),
      onEvent: log.note)
  }

  private func start(_ name: String, for coordinator: Coordinator, _ more: [String] = []) throws
    -> pid_t
  {
    let endpoint = try #require(coordinator.endpoint)
    return Cluster.spawn(
      ["--connect", endpoint.description, "--name", name, "--supervised", "yes"] + more)
  }

  @Test func `computes what any other does`() throws {
    let scratch = Scratch()
    let coordinator = try coordinator(scratch, EventLog())
    let worker = try start("a", for: coordinator)
    let large = [UInt8](repeating: 7, count: 3_000_000)
    let input = try coordinator.put(large)
    let results = try coordinator.run([
      Cluster.task("hash", [1], inputs: [input, input]), Cluster.task("hash", []),
      Cluster.task("expand", [3], inputs: [input]), Cluster.task("scatter", [2, 1]),
    ])
    #expect(try coordinator.blob(results[0].outputs[0]) == Cluster.hash([large, large], [1]))
    #expect(try coordinator.blob(results[1].outputs[0]) == Cluster.hash([], []))
    #expect(try coordinator.blob(results[2].outputs[0]) == large + large + large)
    #expect(results[3].outputs.count == 513)
    try coordinator.shutDown()
    #expect(Cluster.wait(for: worker) == 0)
  }

  @Test(arguments: [SIGKILL, SIGSEGV, SIGABRT])
  func `lives on and says what killed its process`(signal: Int32) throws {
    let scratch = Scratch()
    let log = EventLog()
    let coordinator = try coordinator(scratch, log)
    let worker = try start("a", for: coordinator)
    let marker = Array(scratch.file("killed").utf8)
    let results = try coordinator.run([
      Cluster.task("once", [UInt8(signal)] + marker, label: "victim"), Cluster.task("hash", [1]),
    ])
    #expect(results[0].attempt == 2)
    #expect(log.losses.isEmpty)
    let told = log.events.compactMap { event -> String? in
      guard case .taskFailed("victim", "a", .died, let message) = event.kind else { return nil }
      return message
    }
    #expect(told.count == 1)
    #expect(told.first?.contains("killed by signal \(signal)") == true)
    #expect(told.first?.contains("MiB at its largest") == true)
    try coordinator.shutDown()
    #expect(Cluster.wait(for: worker) == 0)
  }

  @Test func `survives a task that kills every process, which is set aside`() throws {
    let scratch = Scratch()
    let log = EventLog()
    let coordinator = try coordinator(scratch, log)
    let workers = try ["a", "b"].map { try start($0, for: coordinator) }
    #expect {
      try coordinator.run(
        [Cluster.task("die", [UInt8(SIGILL)], label: "poison")]
          + (0..<6).map { Cluster.task("hash", [UInt8($0)]) })
    } throws: { error in
      guard case NodeError.tasksFailed(let failed)? = error as? NodeError else { return false }
      return failed.map(\.label) == ["poison"] && failed[0].reason.contains("signal \(SIGILL)")
    }
    #expect(coordinator.snapshot.finishedTaskCount == 6)
    #expect(log.losses.isEmpty)
    try coordinator.shutDown()
    #expect(workers.map(Cluster.wait) == [0, 0])
  }

  @Test func `ends a process that takes more memory than the worker has`() throws {
    let scratch = Scratch()
    let coordinator = try coordinator(scratch, EventLog()) { $0.workerDeadline = .seconds(10) }
    let worker = try start("a", for: coordinator, ["--memory-mib", "300"])
    #expect {
      try coordinator.run([Cluster.task("fill", [], label: "glutton"), Cluster.task("hash", [2])])
    } throws: { error in
      guard case NodeError.tasksFailed(let failed)? = error as? NodeError else { return false }
      return failed.map(\.label) == ["glutton"]
        && failed[0].reason.contains("more than the 300 MiB of this worker")
    }
    try coordinator.shutDown()
    #expect(Cluster.wait(for: worker) == 0)
  }

  @Test(.enabled(if: MemoryGroup.isPossible, "no control group for memory can be made here"))
  func `says that the kernel killed its process for want of memory`() throws {
    let scratch = Scratch()
    let log = EventLog()
    let coordinator = try coordinator(scratch, log) { $0.workerDeadline = .seconds(10) }
    let group = try #require(MemoryGroup(bytes: 250 << 20))
    let worker = try start("a", for: coordinator, ["--memory-mib", "300"])
    // Its computing process is started with the first task.
    try #require(group.take(worker))
    #expect {
      try coordinator.run([Cluster.task("fill", [], label: "glutton"), Cluster.task("hash", [2])])
    } throws: { error in
      guard case NodeError.tasksFailed(let failed)? = error as? NodeError else { return false }
      return failed.map(\.label) == ["glutton"]
        && failed[0].reason.contains("killed by the system because memory ran out; it occupied 2")
    }
    // The worker itself lives, and has done the other task.
    #expect(log.losses.isEmpty)
    #expect(coordinator.snapshot.finishedTaskCount == 1)
    try coordinator.shutDown()
    #expect(Cluster.wait(for: worker) == 0)
  }

  @Test func `ends a process that hangs and goes on`() throws {
    let scratch = Scratch()
    let log = EventLog()
    let coordinator = try coordinator(scratch, log) {
      // Longer than the second that the process has to stop and the time that a new one takes to
      // start beside all other tests.
      $0.dispatcher.stallLimit = .seconds(20)
    }
    let worker = try start("a", for: coordinator)
    let results = try coordinator.run([Cluster.task("hang", Array(scratch.file("hung").utf8))])
    #expect(results[0].attempt == 2)
    #expect(log.losses.isEmpty)
    try coordinator.shutDown()
    #expect(Cluster.wait(for: worker) == 0)
  }

  @Test func `takes its process along when it is killed`() throws {
    let scratch = Scratch()
    let log = EventLog()
    let coordinator = try coordinator(scratch, log)
    let worker = try start("a", for: coordinator)
    let begun = scratch.file("begun")
    var child: pid_t = 0
    var other: pid_t = 0
    log.onEvent = { event in
      guard case .taskAssigned(_, "a", 1) = event.kind, child == 0 else { return }
      _ = Cluster.eventually { unsafe access(begun, F_OK) == 0 }
      child = self.child(of: worker)
      kill(worker, SIGKILL)
      other = Cluster.spawn(["--connect", coordinator.endpoint?.description ?? "", "--name", "b"])
    }
    let results = try coordinator.run([Cluster.task("stay", file: begun)])
    #expect(results[0].worker == "b")
    #expect(log.losses == [.disconnected])
    #expect(child > 0)
    #expect(Cluster.wait(for: worker) == nil)
    for _ in 0..<500 where kill(child, 0) == 0 { usleep(10_000) }
    #expect(kill(child, 0) != 0, "the computing process is an orphan")
    try coordinator.shutDown()
    #expect(Cluster.wait(for: other) == 0)
  }

  /// The first child of a process; 0 when it has none.
  private func child(of process: pid_t) -> pid_t {
    guard let folder = unsafe opendir("/proc/\(process)/task") else { return 0 }
    defer { unsafe closedir(folder) }
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      let path = "/proc/\(process)/task/\(name)/children"
      guard let file = unsafe fopen(path, "r") else { continue }
      defer { unsafe fclose(file) }
      var number: Int32 = 0
      var buffer = [CChar](repeating: 0, count: 64)
      if unsafe fgets(&buffer, 64, file) != nil {
        let text = String(decoding: buffer.prefix { $0 > 32 }.map { UInt8($0) }, as: UTF8.self)
        number = Int32(text) ?? 0
      }
      if number > 0 { return number }
    }
    return 0
  }
}
