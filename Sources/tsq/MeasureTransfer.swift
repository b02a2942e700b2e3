import ArgumentParser
import Foundation
import Messaging
import Nodes
import Reporting
import RunStore
import Tensors

/// `tsq measure-transfer`: how fast a large blob comes to the workers of several hosts, and how
/// many bytes that costs, for `scripts/bench-transfer`.
///
/// The workers are real ones, each a process; a host is a store that some of them share.
struct MeasureTransfer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure-transfer",
    abstract: "Sends one large blob to workers on several hosts.", shouldDisplay: false)

  @Option(help: "Bytes of the blob.")
  var bytes = 400_000_000

  @Option(help: "Workers, by turns on each host.")
  var workers = 4

  @Option(help: "Hosts, each with a store of its own.")
  var hosts = 2

  @Flag(help: "Send it unencrypted, to anybody.")
  var plain = false

  @Option(help: .hidden)
  var connect: String?

  @Option(help: .hidden)
  var keys: String?

  @Option(help: .hidden)
  var store: String?

  func validate() throws {
    guard bytes > 0, bytes <= 1 << 33, workers > 0, (1...workers).contains(hosts) else {
      throw ValidationError("--bytes, --workers and --hosts are positive, no host is without one")
    }
  }

  func run() throws {
    if let connect, let store { return try work(connect, store) }
    let folder = try OpenFolder(path: nil, resume: false, fingerprint: ["program": "measure"])
    defer { folder.removeIfTemporary() }
    try CommandFailure.mapping { try measure(folder.run) }
  }

  private func work(_ connect: String, _ store: String) throws {
    let exit = try CommandFailure.mapping {
      var configuration = WorkerConfiguration(
        identity: try ProgramVersion.identity(), connect: try Endpoint(connect),
        name: "worker-\(getpid())", kinds: [IdleTask.kind])
      if let keys { configuration.security = try KeyFolder(path: keys).workerSecurity() }
      configuration.store = try HostStore(path: store, byteLimit: 4 * bytes)
      return runWorker(configuration: configuration) { () throws(TaskFailure) in IdleTask() }
    }
    if exit.code != 0 { StandardStreams.error("worker: \(exit)\n") }
    leaveProcess(exit.code)
  }

  private func measure(_ folder: RunFolder) throws {
    let keys = plain ? nil : KeyFolder(path: folder.path + "/keys")
    try keys?.addWorker("transfer")
    var configuration = CoordinatorConfiguration(
      identity: try ProgramVersion.identity(), localWorkers: 0, workerCommand: [],
      listen: .tcp(host: "127.0.0.1", port: 0))
    configuration.keys = keys
    configuration.minimumWorkers = workers
    // A worker that is slow to begin must not be given a second task.
    configuration.copiesStragglers = false
    var ends: [Double] = []
    var given: Double?
    let coordinator = try Coordinator(
      configuration: configuration, folder: folder, cancellation: try Cancellation(),
      onEvent: { event in
        let components = event.after.components
        let at = Double(components.seconds) + Double(components.attoseconds) * 1e-18
        switch event.kind {
        case .taskAssigned: given = given ?? at
        case .taskFinished: ends.append(at)
        default: break
        }
      })
    guard let endpoint = coordinator.endpoint else { return }
    let input = try coordinator.put(noise())
    let processes = try (0..<workers).map { try start($0, endpoint, keys, folder) }
    let before = try loopbackBytes()
    _ = try coordinator.run(
      (0..<workers).map { IdleTask.definition("task \($0)", input: input) })
    let counted = try loopbackBytes() - before
    let sent = coordinator.snapshot.sentBytes
    try coordinator.shutDown()
    for process in processes { process.waitUntilExit() }
    guard let given, ends.count == workers else { return }
    let arrived = ends.sorted()[hosts - 1] - given
    let ideal = Double(hosts * bytes)
    try StandardStreams.output(
      """
      \(plain ? "plain" : "CURVE"): \(bytes) bytes to \(workers) workers on \(hosts) hosts
      sent as blobs: \(sent) bytes, \(decimals(Double(sent) / ideal, 4)) of hosts · bytes
      on the loopback device: \(counted) bytes, \(decimals(Double(counted) / ideal, 4)) of it
      at every host after \(decimals(arrived, 2)) s: \(decimals(ideal / arrived / 1e9, 2)) GB/s
      at every worker after \(decimals((ends.max() ?? 0) - given, 2)) s

      """)
  }

  private func noise() -> [UInt8] {
    var words = SeededWords(seed: 1)
    var word: UInt64 = 0
    return (0..<bytes).map { index in
      word = index % 8 == 0 ? words.next() : word >> 8
      return UInt8(truncatingIfNeeded: word)
    }
  }

  private func start(
    _ number: Int, _ endpoint: Endpoint, _ keys: KeyFolder?, _ folder: RunFolder
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: try ownExecutable())
    process.arguments =
      [
        "measure-transfer", "--connect", "\(endpoint)", "--bytes", "\(bytes)", "--store",
        folder.path + "/host-\(number % hosts)",
      ] + (keys.map { ["--keys", $0.workerFolder("transfer")] } ?? ["--plain"])
    try process.run()
    return process
  }

  /// What the loopback device of this network namespace has carried so far.
  private func loopbackBytes() throws -> Int {
    let text = FileManager.default.contents(atPath: "/proc/net/dev") ?? Data()
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: " ")
      if fields.first == "lo:", fields.count > 1, let count = Int(fields[1]) { return count }
    }
    throw CommandFailure(.fault, "the system does not tell what its devices have carried")
  }
}
