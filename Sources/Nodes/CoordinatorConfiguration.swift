package import Coordination
package import Logging
package import Messaging

/// Where a coordinator's workers come from, and by which limits it treats them.
package struct CoordinatorConfiguration: Sendable {
  package var identity: ProgramIdentity
  /// Worker processes to keep on this machine.
  package var localWorkers: Int
  /// The program and its first arguments that start a local worker, for example
  /// `["/usr/bin/tsq", "worker"]`; `--connect`, `--name` and `--local-parent` are appended.
  package var workerCommand: [String]
  /// Bytes of memory that each local worker may take; nil for its share of the machine's.
  package var localWorkerBytes: Int?
  /// Variables set for local workers beside the inherited ones. Numeric libraries are kept to one
  /// thread, since there is one worker per core.
  package var workerEnvironment = ["OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"]
  /// Where workers started by hand connect; nil for local workers only.
  package var listen: Endpoint?
  /// Whom it takes there, and how it proves who it is; nil for anybody, unencrypted.
  package var keys: KeyFolder?
  /// No task is given out before so many workers are there.
  package var minimumWorkers = 1
  /// The run is given up after this long without (enough) workers.
  package var workerDeadline: Duration = .seconds(600)
  /// How often it is said what a run that cannot move waits for.
  package var reportInterval: Duration = .seconds(5)
  /// How often workers are to give a sign of life.
  package var beatInterval: Duration = .seconds(1)
  /// Limits for leases, losses, stalls and retries; its waiting limits are taken from above.
  package var dispatcher = DispatcherSettings()
  /// How long a run that is asked to stop waits for the tasks that run.
  package var drainLimit: Duration = .seconds(20)
  /// How long a leaving coordinator waits for its workers' goodbye.
  package var farewellLimit: Duration = .seconds(3)
  /// A local worker's place stays empty after so many ends in a row without a finished task.
  package var respawnLimit = 8
  /// How long a local process whose connection broke has to end, so that its ending can be named
  /// instead of the broken connection.
  package var suspicionLimit: Duration = .milliseconds(250)
  /// Bytes of all outputs of one result that a worker may offer.
  package var resultByteLimit = 1 << 33
  /// Bytes of blobs that are kept in memory for sending.
  package var cacheByteLimit = 512 << 20
  package var chunkBytes = 1 << 20
  /// Chunks that a receiver asks for ahead; a quarter of the bulk socket's high-water mark at most,
  /// since a queue is known to be shorter only after half a mark of messages was read.
  package var window = 6
  /// After this long without a piece of a result, what is under way is asked for again.
  package var silenceLimit: Duration = .seconds(10)
  /// Diagnostics; results and progress are told by events, not by the log.
  package var logger = Logger.quiet("tsq.coordinator")

  package init(
    identity: ProgramIdentity, localWorkers: Int, workerCommand: [String], listen: Endpoint? = nil
  ) {
    self.identity = identity
    self.localWorkers = localWorkers
    self.workerCommand = workerCommand
    self.listen = listen
  }
}

extension CoordinatorConfiguration {
  /// Whether a worker without work begins a task too that takes another far too long.
  package var copiesStragglers: Bool {
    get { dispatcher.copiesStragglers }
    set { dispatcher.copiesStragglers = newValue }
  }
}

extension Logger {
  /// A logger to the standard error that reports warnings and worse.
  package static func quiet(_ label: String) -> Logger {
    var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .warning
    return logger
  }
}
