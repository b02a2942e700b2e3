internal import CZeroMQ

/// One instance of the ZeroMQ library with its I/O thread; sockets keep it alive.
///
/// Safe to share between threads, in contrast to the sockets made from it.
@safe
package final class ZeroMQ: Sendable {
  // libzmq documents its context as thread-safe.
  nonisolated(unsafe) let handle: UnsafeMutableRawPointer

  /// - Throws: `MessagingError.systemRefused` when the process is out of descriptors or memory.
  package init() throws(MessagingError) {
    guard let handle = unsafe zmq_ctx_new() else { throw .last("start ZeroMQ") }
    unsafe self.handle = handle
  }

  /// Waits for the last sockets' linger, which every socket here bounds.
  deinit {
    while unsafe zmq_ctx_term(handle) != 0, zmq_errno() == EINTR {}
  }
}
