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

  /// One that the first SIGINT or SIGTERM cancels, for the whole process.
  ///
  /// - Throws: `NodeError.messaging` when the process is out of descriptors.
  package static func bySignals() throws(NodeError) -> Cancellation {
    let cancellation = try Cancellation()
    cancellation.cancelOnSignals()
    return cancellation
  }

  /// Asks for the stop; safe on any thread and in a signal handler.
  package func cancel() { bell.ring() }

  package var isCancelled: Bool { bell.isRung }

  /// Cancels at the first SIGINT or SIGTERM; another one, a second later or more, has its default
  /// effect and ends the process. Launchers often send one signal twice at once: to a script, which
  /// hands it on, and to all processes. One cancellation of a process can be bound to signals.
  package func cancelOnSignals() {
    signalled.store(bell.descriptor, ordering: .sequentiallyConsistent)
    keptForSignals.withLock { $0.append(self) }
    for signal in [SIGINT, SIGTERM] {
      let result = tsq_handle(signal, ringOnSignal)
      precondition(result == 0, "signal \(signal) cannot be handled")
    }
  }
}

/// The descriptor that a signal handler rings, or -1.
private let signalled = Atomic<Int32>(-1)
/// Keeps the descriptor open for the handler.
private let keptForSignals = Mutex<[Cancellation]>([])

/// When the first signal came, in milliseconds; 0 before.
private let firstSignal = Atomic<Int64>(0)

private nonisolated func ringOnSignal(_ number: Int32) {
  let now = Int64(tsq_monotonic_seconds() * 1_000)
  let (isFirst, first) = firstSignal.compareExchange(
    expected: 0, desired: now, ordering: .sequentiallyConsistent)
  if !isFirst && now - first >= 1_000 { return tsq_end_by(number) }
  let descriptor = signalled.load(ordering: .sequentiallyConsistent)
  if descriptor >= 0 { WakeUp.ring(descriptor: descriptor) }
}
