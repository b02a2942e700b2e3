import ArgumentParser
import Foundation
import Messaging
import Nodes
import Reporting
import RunStore
import Tensors

/// `tsq measure-coordinator`: what a coordinator costs, for `scripts/bench-coordinator`.
///
/// The workers are real ones, in a few processes, over TCP with keys; their tasks are nothing. Time
/// and memory are those of the coordinator's process alone.
struct MeasureCoordinator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure-coordinator",
    abstract: "Runs many small tasks on many simulated workers.", shouldDisplay: false)

  @Option(help: "Workers, each with sockets and a conversation of its own.")
  var workers = 200

  @Option(help: "Tasks, in four batches.")
  var tasks = 20_000

  @Option(help: "Processes that the workers share.")
  var processes = 8

  @Option(help: .hidden)
  var connect: String?

  @Option(help: .hidden)
  var keys: String?

  func validate() throws {
    guard workers > 0, tasks >= 4, (1...workers).contains(processes) else {
      throw ValidationError("--workers, --tasks and --processes are positive")
    }
  }

  func run() throws {
    if let connect, let keys { return try simulate(connect, keys) }
    let folder = try OpenFolder(path: nil, resume: false, fingerprint: ["program": "measure"])
    defer { folder.removeIfTemporary() }
    // Foundation keeps eight descriptors from its first process on.
    let first = Process()
    first.executableURL = URL(filePath: "/bin/true")
    try first.run()
    first.waitUntilExit()
    let descriptors = try openDescriptors()
    let losses = try CommandFailure.mapping { try measure(folder.run) }
    let used = usage()
    say(
      "all: \(workers) workers, \(decimals(used.seconds, 1)) s of CPU, peak "
        + "\(used.peakBytes >> 20) MiB, \(losses) workers lost; descriptors "
        + "\(try openDescriptors()) after, \(descriptors) before")
  }

  private func simulate(_ connect: String, _ keys: String) throws {
    let exits = try CommandFailure.mapping {
      var configuration = WorkerConfiguration(
        identity: try ProgramVersion.identity(), connect: try Endpoint(connect),
        name: "simulated-\(getpid())", kinds: [IdleTask.kind])
      configuration.security = try KeyFolder(path: keys).workerSecurity()
      return try runWorkers(count: workers, configuration: configuration) { IdleTask() }
    }
    for exit in exits where exit.code != 0 { StandardStreams.error("worker: \(exit)\n") }
  }

  /// Runs the tasks; returns how often a worker was lost.
  private func measure(_ folder: RunFolder) throws -> Int {
    let keys = KeyFolder(path: folder.path + "/keys")
    try keys.addWorker("simulated")
    var configuration = CoordinatorConfiguration(
      identity: try ProgramVersion.identity(), localWorkers: 0, workerCommand: [],
      listen: .tcp(host: "127.0.0.1", port: 0))
    configuration.keys = keys
    configuration.minimumWorkers = workers
    var losses = 0
    let begun = ContinuousClock.now
    let coordinator = try Coordinator(
      configuration: configuration, folder: folder, cancellation: try Cancellation(),
      onEvent: { event in
        if case .workerLost = event.kind { losses += 1 }
        if case .waiting(let reason) = event.kind { say(reason) }
      })
    guard let endpoint = coordinator.endpoint else { return losses }
    let started = try (0..<processes).map { number in
      let share = workers / processes + (number < workers % processes ? 1 : 0)
      let process = Process()
      process.executableURL = URL(filePath: try ownExecutable())
      process.arguments = [
        "measure-coordinator", "--workers", "\(share)", "--processes", "1", "--connect",
        "\(endpoint)", "--keys", keys.workerFolder("simulated"),
      ]
      try process.run()
      return process
    }
    let input = try coordinator.put([UInt8](repeating: 7, count: 100_000))
    for quarter in 0..<4 {
      let results = try coordinator.run(definitions(quarter, input))
      let used = usage()
      say(
        "\(results.count * (quarter + 1)) tasks: \(decimals(used.seconds, 1)) s of CPU, "
          + "\(decimals(seconds(since: begun), 0)) s passed, \(residentBytes() >> 20) MiB, peak "
          + "\(used.peakBytes >> 20) MiB, \(try openDescriptors()) descriptors")
    }
    try coordinator.shutDown()
    for process in started { process.waitUntilExit() }
    return losses
  }

  private func definitions(_ quarter: Int, _ input: Digest) -> [TaskDefinition] {
    (0..<tasks / 4).map { IdleTask.definition("task \(quarter).\($0)", input: input) }
  }

  private func say(_ line: String) { StandardStreams.error(line + "\n") }

  private func seconds(since begun: ContinuousClock.Instant) -> Double {
    let length = (ContinuousClock.now - begun).components
    return Double(length.seconds) + Double(length.attoseconds) * 1e-18
  }

  private func openDescriptors() throws -> Int {
    // Less the one that reads the folder.
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count - 1
  }

  private func residentBytes() -> Int {
    let text = FileManager.default.contents(atPath: "/proc/self/statm") ?? Data()
    let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
  }

  /// Processor time and the largest memory of this process so far.
  private func usage() -> (seconds: Double, peakBytes: Int) {
    var usage = rusage()
    guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else {
      return (.nan, 0)
    }
    let times = [usage.ru_utime, usage.ru_stime]
    let seconds = times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) * 1e-6 }
    return (seconds, usage.ru_maxrss << 10)
  }
}
