internal import CLinux
internal import Coordination
internal import Glibc
internal import Messaging
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
    let reactor = try WorkerReactor(configuration, leaving)
    let lane = reactor.lane
    let thread = try OSThread("tsq-compute", stackBytes: 64 << 20) { lane.run(makeRunner) }
    let exit = reactor.loop()
    if reactor.isIdle {
      lane.stop()
      thread.join()
    }
    return exit
  } catch { return .failed(error) }
}

/// Ends the process at once, whatever its other threads do; what was written is flushed.
package func leaveProcess(_ code: Int32) -> Never {
  fflush(nil)
  _exit(code)
}
