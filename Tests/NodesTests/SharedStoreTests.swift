import Coordination
import Dispatch
import Glibc
import Messaging
import Nodes
import RunStore
import Tensors
import Testing

@Suite(.timeLimit(.minutes(10))) struct `workers that share a store` {
  static let tensor = (0..<6_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) }

  /// A coordinator that waits for so many workers, and the tensor in its store.
  private func coordinator(
    _ scratch: Scratch, workers: Int, _ log: EventLog = EventLog()
  ) throws -> (Coordinator, Digest) {
    var configuration = Cluster.configuration(workers: 0)
    configuration.listen = .tcp(host: "127.0.0.1", port: 0)
    configuration.minimumWorkers = workers
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation(),
      onEvent: log.note)
    return (coordinator, try coordinator.put(Self.tensor))
  }

  private func spawn(
    _ name: String, store: String, _ coordinator: Coordinator, _ scratch: Scratch,
    environment: [String] = [], _ more: [String] = []
  ) throws -> pid_t {
    let endpoint = try #require(coordinator.endpoint)
    return Cluster.spawn(
      ["--connect", "\(endpoint)", "--name", name, "--store", scratch.file(store)] + more,
      environment: environment)
  }

  private func check(_ results: [TaskResult], _ coordinator: Coordinator) throws {
    for (index, result) in results.enumerated() {
      let output = try coordinator.blob(try #require(result.outputs.first))
      #expect(output == Cluster.hash([Self.tensor], [1, UInt8(index)]))
    }
  }

  private func tasks(_ count: Int, _ input: Digest) -> [TaskDefinition] {
    (0..<count).map { Cluster.task("sleep", [1, UInt8($0)], inputs: [input]) }
  }

  @Test func `fetch a tensor once per host`() throws {
    let scratch = Scratch()
    let (coordinator, input) = try coordinator(scratch, workers: 4)
    let workers = try (0..<4).map {
      try spawn("w\($0)", store: "store\($0 % 2)", coordinator, scratch)
    }
    let results = try coordinator.run(tasks(16, input))
    try check(results, coordinator)
    try coordinator.shutDown()
    for worker in workers { #expect(Cluster.wait(for: worker) == 0) }
    #expect(Set(results.map(\.worker)).count == 4)
    // A piece may be asked for twice on a busy machine.
    let sent = coordinator.snapshot.sentBytes
    #expect((2 * Self.tensor.count...2 * Self.tensor.count + (2 << 20)).contains(sent), "\(sent)")
  }

  @Test func `fetch nothing that an earlier worker left`() throws {
    let scratch = Scratch()
    for round in 0..<2 {
      let run = Scratch()
      let (coordinator, input) = try coordinator(run, workers: 1)
      let worker = try spawn("w", store: "store", coordinator, scratch)
      try check(try coordinator.run(tasks(1, input)), coordinator)
      try coordinator.shutDown()
      #expect(Cluster.wait(for: worker) == 0)
      #expect(coordinator.snapshot.sentBytes == (round == 0 ? Self.tensor.count : 0))
    }
  }

  @Test func `fetch again what was damaged`() throws {
    let scratch = Scratch()
    let name = Digest(of: Self.tensor).hexadecimal
    for round in 0..<3 {
      let run = Scratch()
      let (coordinator, input) = try coordinator(run, workers: 1)
      let worker = try spawn("w", store: "store", coordinator, scratch)
      try check(try coordinator.run(tasks(1, input)), coordinator)
      try coordinator.shutDown()
      #expect(Cluster.wait(for: worker) == 0)
      #expect(coordinator.snapshot.sentBytes == (round == 2 ? 0 : Self.tensor.count))
      guard round == 0 else { continue }
      let path = scratch.file("store/\(name.prefix(2))/\(name)")
      guard let file = unsafe fopen(path, "r+") else {
        Issue.record("there is no \(path)")
        return
      }
      unsafe fseek(file, 3_000_000, SEEK_SET)
      unsafe fputs("damage", file)
      unsafe fclose(file)
    }
  }

  @Test func `go on when the one that fetches dies`() throws {
    let scratch = Scratch()
    let log = EventLog()
    let (coordinator, input) = try coordinator(scratch, workers: 2, log)
    let died = scratch.file("died")
    let environment = ["TSQ_FAILPOINT=worker.fetching@\(died)"]
    let workers = try (0..<2).map {
      try spawn("w\($0)", store: "store", coordinator, scratch, environment: environment)
    }
    try check(try coordinator.run(tasks(6, input)), coordinator)
    try coordinator.shutDown()
    #expect(workers.map { Cluster.wait(for: $0) }.count { $0 == 0 } == 1)
    #expect(unsafe access(died, F_OK) == 0, "no worker died")
  }

  @Test func `wait for one that fetches, and take what it kept`() throws {
    let scratch = Scratch()
    let (coordinator, input) = try coordinator(scratch, workers: 1)
    // Another worker, which begins to fetch first, and takes its time.
    let other = try HostStore(path: scratch.file("store"), byteLimit: 1 << 30)
    #expect(other.claim(input))
    let worker = try spawn("w", store: "store", coordinator, scratch)
    let keeper = OtherWorker(other, input)
    keeper.start()
    try check(try coordinator.run(tasks(2, input)), coordinator)
    keeper.join()
    try coordinator.shutDown()
    #expect(Cluster.wait(for: worker) == 0)
    #expect(coordinator.snapshot.sentBytes == 0)
  }

  @Test func `do not wait for ever for one that does not get on`() throws {
    let scratch = Scratch()
    let (coordinator, input) = try coordinator(scratch, workers: 1)
    let other = try HostStore(path: scratch.file("store"), byteLimit: 1 << 30)
    #expect(other.claim(input))
    let worker = try spawn(
      "w", store: "store", coordinator, scratch, ["--store-patience", "0.3"])
    try check(try coordinator.run(tasks(2, input)), coordinator)
    try coordinator.shutDown()
    #expect(Cluster.wait(for: worker) == 0)
    #expect(coordinator.snapshot.sentBytes == Self.tensor.count)
    withExtendedLifetime(other) {}
  }
}

/// Keeps the tensor after a while, as another worker would.
private final class OtherWorker: Sendable {
  private let store: HostStore
  private let digest: Digest
  private let queue = DispatchQueue(label: "other worker")

  init(_ store: HostStore, _ digest: Digest) {
    self.store = store
    self.digest = digest
  }

  func start() {
    queue.async { [self] in
      for _ in 0..<5 {
        usleep(100_000)
        store.showProgress(of: digest)
      }
      do {
        try store.keep(`workers that share a store`.tensor, digest)
      } catch { Issue.record("\(error)") }
      store.release(digest)
    }
  }

  func join() { queue.sync {} }
}
