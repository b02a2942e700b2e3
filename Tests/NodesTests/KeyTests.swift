import Coordination
import Glibc
import Messaging
import Nodes
import Testing

@Suite(.timeLimit(.minutes(10))) struct `keys of workers` {
  private let scratch = Scratch()
  private let log = EventLog()
  private var keys: KeyFolder { KeyFolder(path: scratch.file("keys")) }

  /// A coordinator that takes who has a key, and where it listens.
  private func coordinator(
    keys: KeyFolder?, localWorkers: Int = 0, minimum: Int = 1
  ) throws -> (coordinator: Coordinator, endpoint: String) {
    var configuration = Cluster.configuration(workers: localWorkers)
    configuration.listen = .tcp(host: "127.0.0.1", port: 0)
    configuration.keys = keys
    configuration.minimumWorkers = minimum
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation(),
      onEvent: log.note)
    return (coordinator, try #require(coordinator.endpoint).description)
  }

  private func spawn(_ endpoint: String, _ folder: String, _ more: [String] = []) -> pid_t {
    Cluster.spawn(["--connect", endpoint, "--keys", folder] + more)
  }

  /// Two tasks that nobody can end before `letGo`.
  private func waiting() -> [TaskDefinition] {
    ["go", "go/"].map { Cluster.task("await", file: scratch.file($0)) }
  }

  private func letGo() { unsafe mkdir(scratch.file("go"), 0o700) }

  @Test func `let workers in under the names of their keys, beside local ones`() throws {
    try keys.addWorker("far")
    let (coordinator, endpoint) = try coordinator(keys: keys, localWorkers: 1, minimum: 3)
    let workers = [
      spawn(endpoint, keys.workerFolder("far")),
      spawn(endpoint, keys.workerFolder("far"), ["--name", "second"]),
    ]
    let bytes = [UInt8](repeating: 5, count: 2_500_000)
    let input = try coordinator.put(bytes)
    let results = try coordinator.run(
      (0..<9).map { Cluster.task("expand", [1, UInt8($0)], inputs: [input]) }
        + (0..<9).map { Cluster.task("sleep", [1, UInt8($0)]) })
    try coordinator.shutDown()
    #expect(Set(results.map(\.worker)) == ["far", "far/second", "local-1"])
    #expect(try coordinator.blob(results[0].outputs[0]) == bytes)
    #expect(workers.map(Cluster.wait) == [0, 0])
    #expect(!log.contains { if case .unprotected = $0 { true } else { false } })
  }

  /// How a worker can come without the right keys.
  @Test(arguments: ["key not allowed", "another server", "no keys", "keys for an open endpoint"])
  func `that do not fit end the worker and disturb nobody`(fault: String) throws {
    try keys.addWorker("good")
    try keys.addWorker("bad")
    let other = KeyFolder(path: scratch.file("other"))
    try other.addWorker("bad")
    let isOpen = fault == "keys for an open endpoint"
    if fault == "key not allowed" { try remove(keys.path + "/allowed/bad.pub") }
    let (coordinator, endpoint) = try coordinator(keys: isOpen ? nil : keys)
    let folder = (fault == "another server" ? other : keys).workerFolder("bad")
    let bad =
      fault == "no keys" ? Cluster.spawn(["--connect", endpoint]) : spawn(endpoint, folder)
    let good =
      isOpen
      ? Cluster.spawn(["--connect", endpoint, "--name", "good"])
      : spawn(endpoint, keys.workerFolder("good"))
    #expect(Cluster.wait(for: bad) == 77)
    let results = try coordinator.run((0..<3).map { Cluster.task("hash", [UInt8($0)]) })
    try coordinator.shutDown()
    #expect(Set(results.map(\.worker)) == ["good"])
    #expect(Cluster.wait(for: good) == 0)
    #expect(log.losses == [])
    let isTold = log.contains { if case .strangerRefused = $0 { true } else { false } }
    #expect(isTold == (fault == "key not allowed"))
  }

  @Test func `that are withdrawn end their worker at once`() throws {
    try keys.addWorker("good")
    try keys.addWorker("bad")
    let (coordinator, endpoint) = try coordinator(keys: keys, minimum: 2)
    let good = spawn(endpoint, keys.workerFolder("good"))
    let bad = spawn(endpoint, keys.workerFolder("bad"))
    let keyFile = keys.path + "/allowed/bad.pub"
    log.onEvent = { event in
      switch event.kind {
      case .taskAssigned(_, "bad", 1): unsafe unlink(keyFile)
      case .workerLost("bad", _): self.letGo()
      default: break
      }
    }
    let results = try coordinator.run(waiting())
    #expect(Cluster.wait(for: bad) == 76)
    try coordinator.shutDown()
    #expect(results.map(\.worker) == ["good", "good"])
    #expect(Cluster.wait(for: good) == 0)
    #expect(log.losses == [.keyWithdrawn])
  }

  @Test func `that are replaced under their name end who has the old one`() throws {
    try keys.addWorker("good")
    try keys.addWorker("stolen")
    let old = scratch.file("old")
    try #require(unsafe rename(keys.workerFolder("stolen"), old) == 0)
    let (coordinator, endpoint) = try coordinator(keys: keys, minimum: 2)
    let good = spawn(endpoint, keys.workerFolder("good"))
    let thief = spawn(endpoint, old)
    var isReplaced = false
    log.onEvent = { event in
      if case .workerLost("stolen", _) = event.kind { self.letGo() }
      guard case .taskAssigned(_, "stolen", 1) = event.kind, !isReplaced else { return }
      isReplaced = true
      unsafe unlink(keys.path + "/allowed/stolen.pub")
      do { try keys.addWorker("stolen") } catch { Issue.record(error) }
    }
    let results = try coordinator.run(waiting())
    #expect(Cluster.wait(for: thief) == 76)
    try coordinator.shutDown()
    #expect(results.map(\.worker) == ["good", "good"])
    #expect(Cluster.wait(for: good) == 0)
    #expect(log.losses == [.keyWithdrawn])
  }

  @Test func `made while a coordinator runs are known to it`() throws {
    try keys.addWorker("first")
    let (coordinator, endpoint) = try coordinator(keys: keys)
    try keys.addWorker("second")
    let worker = spawn(endpoint, keys.workerFolder("second"))
    let results = try coordinator.run([Cluster.task("hash", [1])])
    try coordinator.shutDown()
    #expect(results[0].worker == "second")
    #expect(Cluster.wait(for: worker) == 0)
  }

  @Test func `are files that only their owner reads`() throws {
    try keys.addWorker("a")
    try keys.addWorker("b-2.x")
    for (name, mode) in [
      ("", 0o700), ("/server.key", 0o600), ("/workers/a", 0o700), ("/workers/a/worker.key", 0o600),
      ("/workers/a/server.pub", 0o644), ("/allowed/b-2.x.pub", 0o644),
    ] as [(String, mode_t)] {
      var status = stat()
      try #require(unsafe stat(keys.path + name, &status) == 0)
      #expect(status.st_mode & 0o777 == mode & ~umask(), "\(name)")
    }
    #expect(Set(keys.allowedWorkers().names.values) == ["a", "b-2.x"])
    #expect(
      throws: KeyError.taken(
        "a", open: keys.path + "/allowed/a.pub", folder: keys.workerFolder("a"))
    ) { try keys.addWorker("a") }
    for name in ["", "../x", "a b", ".hidden", String(repeating: "x", count: 65)] {
      #expect(throws: KeyError.name(name)) { try keys.addWorker(name) }
    }
  }

  private func umask() -> mode_t {
    let mask = Glibc.umask(0)
    _ = Glibc.umask(mask)
    return mask
  }

  @Test func `that are missing, damaged or open to others are named`() throws {
    #expect(throws: KeyError.missing(keys.path + "/server.key", made: keys.path)) {
      try keys.serverSecurity()
    }
    try keys.addWorker("a")
    let worker = KeyFolder(path: keys.workerFolder("a"))
    let secret = worker.path + "/worker.key"
    unsafe chmod(secret, 0o640)
    #expect(throws: KeyError.openToOthers(secret)) { try worker.workerSecurity() }
    unsafe chmod(secret, 0o600)
    _ = try worker.workerSecurity()
    for text in ["", "short\n", String(repeating: "~", count: 40) + "\n"] {
      try write(text, to: worker.path + "/server.pub")
      #expect(throws: KeyError.noKey(worker.path + "/server.pub")) { try worker.workerSecurity() }
    }
    // Keys that were begun and not completed can be.
    try remove(keys.path + "/server.pub")
    try keys.addWorker("b")
    _ = try KeyFolder(path: keys.workerFolder("b")).workerSecurity()
  }

  @Test func `stay allowed while they cannot be read, and no longer when they are gone`() throws {
    for name in ["a", "b", "c"] { try keys.addWorker(name) }
    let before = keys.allowedWorkers().names
    try write("half a k", to: keys.path + "/allowed/a.pub")
    try remove(keys.path + "/allowed/b.pub")
    let (after, faults) = keys.allowedWorkers(previous: before)
    #expect(Set(after.values) == ["a", "c"])
    #expect(faults == [.noKey(keys.path + "/allowed/a.pub")])
    #expect(Set(keys.allowedWorkers().names.values) == ["c"])
    // The folder itself, out of reach.
    try #require(unsafe rename(keys.path + "/allowed", keys.path + "/moved") == 0)
    let (kept, causes) = keys.allowedWorkers(previous: before)
    #expect(kept == before)
    #expect(causes.count == 1)
  }

  private func write(_ text: String, to path: String) throws {
    let file = try unsafe #require(fopen(path, "w"))
    unsafe fputs(text, file)
    unsafe fclose(file)
  }

  private func remove(_ path: String) throws { try #require(unsafe unlink(path) == 0) }
}
