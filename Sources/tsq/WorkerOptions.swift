import ArgumentParser
import Messaging
import Nodes

/// Where workers come from; shared by the commands that may take them over the network.
struct WorkerOptions: ParsableArguments {
  @Option(
    name: .long, help: "Local worker processes; by default one per core, and none with --listen.")
  var workers: Int?

  @Option(
    name: .long,
    help:
      """
      Take workers at this endpoint, for example tcp://0.0.0.0:5555; blobs travel over the next \
      port. No worker is started here unless --workers says so.
      """)
  var listen: String?

  @Option(
    name: .long,
    help:
      """
      The folder of 'tsq keys': whom to take at a TCP endpoint; all that travels is encrypted.
      """)
  var keys: String?

  @Flag(name: .long, help: "Take anybody at a TCP endpoint, unencrypted.")
  var insecure = false

  @Option(
    name: .long,
    help: "Wait for so many workers before work begins (default 1; 'tsq check': all local ones).")
  var minWorkers: Int?

  @Option(
    name: .long,
    help:
      """
      Give up after so many seconds without enough workers (default 600; 'tsq check': 60).
      """)
  var workerDeadline: Int?

  func validate() throws {
    try Self.check(localWorkers: workers)
    if workers == 0 && listen == nil {
      throw ValidationError(
        "'--workers 0' leaves no worker: give '--listen ENDPOINT' for workers started by hand")
    }
    if let minWorkers {
      guard listen != nil else {
        throw ValidationError("'--min-workers' waits for workers at '--listen ENDPOINT': give one")
      }
      guard (1...10_000).contains(minWorkers) else {
        throw ValidationError("'--min-workers' is between 1 and 10000")
      }
    }
    if let workerDeadline, !(1...31_536_000).contains(workerDeadline) {
      throw ValidationError("'--worker-deadline' is between 1 and 31536000 seconds, a year")
    }
    try NetworkTrust.checkListening(at: listen, keys: keys, insecure: insecure)
  }

  /// - Throws: `ValidationError` for a number of processes that no machine is asked to start.
  static func check(localWorkers count: Int?) throws {
    guard let count, !(0...mostLocalWorkers).contains(count) else { return }
    throw ValidationError(
      "'--workers' is between 0 and \(mostLocalWorkers), and rarely more than the cores, "
        + "\(usableCores()) here")
  }

  private static let mostLocalWorkers = 1_024

  var source: WorkerSource {
    WorkerSource(
      // Whoever listens on a login node computes elsewhere.
      local: workers ?? (listen == nil ? usableCores() : 0), listen: listen,
      keys: keys.map { KeyFolder(path: $0) }, minimum: minWorkers, deadline: workerDeadline)
  }
}

/// Where a coordinator takes its workers from.
struct WorkerSource {
  /// Processes to start on this machine.
  var local = usableCores()
  var listen: String?
  var keys: KeyFolder?
  /// Nil for the command's usual number.
  var minimum: Int?
  /// In seconds; nil for the command's usual one.
  var deadline: Int?

  /// - Parameter workerOptions: what local workers are started with besides.
  /// - Throws: `FileError`, `MessagingError`.
  func configuration(
    identity: ProgramIdentity, workerOptions: [String] = [], usualMinimum: Int = 1,
    usualDeadline: Int = 600
  ) throws -> CoordinatorConfiguration {
    var configuration = CoordinatorConfiguration(
      identity: identity, localWorkers: local,
      workerCommand: [try ownExecutable(), "worker"] + workerOptions,
      listen: try listen.map { try Endpoint($0) })
    configuration.keys = keys
    configuration.minimumWorkers = minimum ?? usualMinimum
    configuration.workerDeadline = .seconds(deadline ?? usualDeadline)
    return configuration
  }
}
