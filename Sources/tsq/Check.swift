import ArgumentParser
import Messaging
import Nodes

/// `tsq check`: whether workers could do a run, before one is begun.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tries out local workers, or those that connect, without quantizing anything.",
    discussion: """
      Give the same --listen, --keys and --workers as to 'tsq quantize', start the workers as for \
      a run, and see for each its cores, memory, free disk, clock and bandwidth (all workers fetch \
      at the same time). Workers are sent away afterwards.

      Exit codes: 0 all is well; 69 too few workers came; 75 a worker could not do its task;
      76 a worker of another version or with other kernels was refused; 77 somebody came with a \
      key that is not allowed, or the keys here cannot be used.
      """)

  @Option(
    name: .long, help: "Local worker processes; by default one per core, and none with --listen.")
  var workers: Int?

  @Option(name: .long, help: "Take workers at this endpoint, for example tcp://0.0.0.0:5555.")
  var listen: String?

  @Option(name: .long, help: "The folder of 'tsq keys': whom to take at a TCP endpoint.")
  var keys: String?

  @Flag(name: .long, help: "Take anybody at a TCP endpoint, unencrypted.")
  var insecure = false

  @Option(name: .long, help: "How many workers must come (default 1, or all local ones).")
  var minWorkers: Int?

  @Option(name: .long, help: "Give up after so many seconds without enough workers (default 60).")
  var workerDeadline = 60

  @Option(name: .long, help: "Bytes that each worker fetches, in MiB (default 16).")
  var transfer = 16

  @Flag(name: .long, help: "Print one JSON object.")
  var json = false

  func validate() throws {
    if let workers, workers < 0 { throw ValidationError("'--workers' is not negative") }
    if workers == 0 && listen == nil {
      throw ValidationError("'--workers 0' leaves no worker: give '--listen ENDPOINT'")
    }
    guard (1...1_024).contains(transfer) else {
      throw ValidationError("'--transfer' is between 1 and 1024 MiB")
    }
    guard (1...86_400).contains(workerDeadline) else {
      throw ValidationError("'--worker-deadline' is between 1 and 86400 seconds")
    }
    if let minWorkers, !(1...10_000).contains(minWorkers) {
      throw ValidationError("'--min-workers' is at least 1")
    }
    try NetworkTrust.checkListening(at: listen, keys: keys, insecure: insecure)
  }

  func run() throws {
    let folder = try OpenFolder(path: nil, resume: false, fingerprint: ["program": "check"])
    defer { folder.removeIfTemporary() }
    let trial = CheckTrial(transferBytes: transfer << 20)
    let local = workers ?? (listen == nil ? usableCores() : 0)
    let outcome = try CommandFailure.mapping {
      var configuration = CoordinatorConfiguration(
        identity: try ProgramVersion.identity(), localWorkers: local,
        workerCommand: [try ownExecutable(), "worker"], listen: try listen.map { try Endpoint($0) })
      configuration.keys = keys.map { KeyFolder(path: $0) }
      configuration.minimumWorkers = minWorkers ?? max(1, local)
      configuration.workerDeadline = .seconds(workerDeadline)
      // So that every worker gets one task.
      configuration.giveOneTaskAtATime()
      let cancellation = try Cancellation()
      cancellation.cancelOnSignals()
      let coordinator = try Coordinator(
        configuration: configuration, folder: folder.run, cancellation: cancellation,
        onEvent: { trial.note($0) })
      return try trial.run(on: coordinator, atLeast: configuration.minimumWorkers)
    }
    try StandardStreams.output(
      json ? outcome.json + "\n" : outcome.lines.joined(separator: "\n") + "\n")
    if let status = outcome.status { throw status.exitCode }
  }
}
