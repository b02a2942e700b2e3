internal import CLinux
internal import Coordination
internal import Glibc
internal import Messaging
internal import Synchronization
internal import Wire

/// Works for a coordinator until it is dismissed, leaves, or loses it: the main loop of
/// `tsq worker`.
///
/// The calling thread keeps the sockets; a second one computes. SIGTERM and SIGINT make the worker
/// finish what it has begun and leave; a second signal ends the process.
///
/// - Parameter makeRunner: called once, on the compute thread.
/// - Returns: why it ends. A computation may still be running then: leave the process with
///   `leaveProcess(_:)`.
package func runWorker(
  configuration: WorkerConfiguration,
  makeRunner: @escaping @Sendable () throws(TaskFailure) -> any TaskRunner
) -> WorkerExit {
  if let parent = configuration.localParent {
    _ = tsq_signal_at_parent_death(SIGKILL)
    // The parent may have ended before the kernel was asked.
    if getppid() != parent { return .parentGone }
  }
  do throws(NodeError) {
    let leaving = try Cancellation()
    leaving.cancelOnSignals()
    return try work(configuration, leaving, stackBytes: 64 << 20, makeRunner)
  } catch { return .failed(error) }
}

/// Works for a coordinator as so many workers, each with threads, sockets and a conversation of
/// its own: for measuring a coordinator, without the machines.
///
/// - Returns: why each ended.
/// - Throws: `NodeError` when the system has no more threads or descriptors.
package func runWorkers(
  count: Int, configuration: WorkerConfiguration,
  makeRunner: @escaping @Sendable () throws(TaskFailure) -> any TaskRunner
) throws(NodeError) -> [WorkerExit] {
  let leaving = try Cancellation()
  let exits = WorkerExits()
  var threads: [OSThread] = []
  for number in 0..<count {
    var own = configuration
    own.name += "-\(number)"
    let chosen = own
    threads.append(
      try OSThread("tsq-worker", stackBytes: 1 << 20) {
        do throws(NodeError) {
          exits.append(try work(chosen, leaving, stackBytes: 1 << 20, makeRunner))
        } catch { exits.append(.failed(error)) }
      })
  }
  for thread in threads { thread.join() }
  return exits.all
}

/// Why the workers of a process ended, so far.
private final class WorkerExits: Sendable {
  private let exits = Mutex<[WorkerExit]>([])
  func append(_ exit: WorkerExit) { exits.withLock { $0.append(exit) } }
  var all: [WorkerExit] { exits.withLock { $0 } }
}

private func work(
  _ configuration: WorkerConfiguration, _ leaving: Cancellation, stackBytes: Int,
  _ makeRunner: @escaping @Sendable () throws(TaskFailure) -> any TaskRunner
) throws(NodeError) -> WorkerExit {
  let reactor = try WorkerReactor(configuration, leaving)
  let lane = reactor.lane
  let thread = try OSThread("tsq-compute", stackBytes: stackBytes) { lane.run(makeRunner) }
  let storeThread = try reactor.storeLane.map { (lane) throws(NodeError) in
    try OSThread("tsq-store", stackBytes: 1 << 20) { lane.run() }
  }
  let exit = reactor.loop()
  if let storeThread {
    // What is being kept is soon kept.
    reactor.storeLane?.order(.stop)
    storeThread.join()
  }
  if reactor.isIdle {
    lane.stop()
    thread.join()
  }
  return exit
}

/// Ends the process at once, whatever its other threads do; what was written is flushed.
package func leaveProcess(_ code: Int32) -> Never {
  fflush(nil)
  _exit(code)
}
