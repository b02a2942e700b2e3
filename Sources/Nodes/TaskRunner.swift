package import Coordination
internal import Synchronization
package import Tensors

/// Verified bytes with their name.
package struct Blob: Sendable, Equatable {
  package let digest: Digest
  package let bytes: [UInt8]

  /// - Parameter digest: of `bytes`, which the caller has verified.
  package init(digest: Digest, bytes: [UInt8]) {
    self.digest = digest
    self.bytes = bytes
  }
}

/// What a worker can do; lives on the worker's compute thread and is called there only.
package protocol TaskRunner: AnyObject {
  /// Computes one task, a pure function of its arguments.
  ///
  /// - Parameter progress: advanced with every step of work; a task that does not advance it for
  ///   the stall limit counts as hung.
  /// - Returns: the outputs, which become blobs.
  func run(
    kind: String, parameters: [UInt8], inputs: [Blob], progress: ProgressCounter
  ) throws(TaskFailure) -> [[UInt8]]
}

/// Why a task could not be computed.
package struct TaskFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// Decides whether and where it is tried again.
  package let failure: FailureClass
  package let message: String

  package init(_ failure: FailureClass, _ message: String) {
    self.failure = failure
    self.message = message
  }

  package var description: String { "\(failure): \(message)" }
}

/// A counter that rises with every step of work, and a flag that asks the work to stop.
package final class ProgressCounter: Sendable {
  private let count = Atomic<UInt64>(0)
  private let stop = Atomic<Bool>(false)

  package init() {}

  /// Notes `steps` more steps of work.
  package func advance(by steps: UInt64 = 1) { count.wrappingAdd(steps, ordering: .relaxed) }

  /// Steps so far.
  package var steps: UInt64 { count.load(ordering: .relaxed) }

  /// Whether the result is no longer wanted.
  package var isCancelled: Bool { stop.load(ordering: .relaxed) }

  /// Ends a computation whose result is no longer wanted; call it wherever `advance` is called.
  ///
  /// - Throws: `TaskFailure` when the task was cancelled. A worker whose task does not end within
  ///   a moment ends its process instead.
  package func checkCancelled() throws(TaskFailure) {
    if isCancelled { throw TaskFailure(.transient, "the task was taken away") }
  }

  /// Asks the work to stop; never taken back.
  package func cancel() { stop.store(true, ordering: .relaxed) }
}
