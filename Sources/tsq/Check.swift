import ArgumentParser
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

  @OptionGroup var workers: WorkerOptions

  @Option(name: .long, help: "Bytes that each worker fetches, in MiB.")
  var transfer = 16

  @Flag(name: .long, help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard (1...1_024).contains(transfer) else {
      throw ValidationError("'--transfer' is between 1 and 1024 MiB")
    }
  }

  func run() throws {
    let folder = try OpenFolder(path: nil, resume: false, fingerprint: ["program": "check"])
    defer { folder.removeIfTemporary() }
    let trial = CheckTrial(transferBytes: transfer << 20)
    let source = workers.source
    let outcome = try CommandFailure.mapping {
      var configuration = try source.configuration(
        identity: try ProgramVersion.identity(), usualMinimum: max(1, source.local),
        usualDeadline: 60)
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
