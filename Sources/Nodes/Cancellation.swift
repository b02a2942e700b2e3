internal import CLinux
internal import Messaging
internal import Synchronization

/// A request to stop that any thread, or a signal, may make; it is never taken back.
package final class Cancellation: Sendable {
  let bell: WakeUp

  /// - Throws: `NodeError.messaging` when the process is out of descriptors.
  package init() throws(NodeError) {
    do { bell = try WakeUp() } catch { throw .messaging(error) }
  }

  /// Asks for the stop; safe on any thread and in a signal handler.
  package func cancel() { bell.ring() }

  package var isCancelled: Bool { bell.isRung }

  /// Cancels at the first SIGINT or SIGTERM; a second one has its default effect and ends the
  /// process. One cancellation of a process can be bound to signals.
  package func cancelOnSignals() {
    signalled.store(bell.descriptor, ordering: .sequentiallyConsistent)
    keptForSignals.withLock { $0.append(self) }
    for signal in [SIGINT, SIGTERM] {
      let result = tsq_handle_once(signal, ringOnSignal)
      precondition(result == 0, "signal \(signal) cannot be handled")
    }
  }
}

/// The descriptor that a signal handler rings, or -1.
private let signalled = Atomic<Int32>(-1)
/// Keeps the descriptor open for the handler.
private let keptForSignals = Mutex<[Cancellation]>([])

private nonisolated func ringOnSignal(_: Int32) {
  let descriptor = signalled.load(ordering: .sequentiallyConsistent)
  if descriptor >= 0 { WakeUp.ring(descriptor: descriptor) }
}
