internal import CZeroMQ
internal import Glibc

/// A bell that any thread may ring and one thread waits for.
///
/// Rings that come before the waiter looks are merged into one.
package final class WakeUp: Sendable {
  /// Readable while a ring has not been taken.
  package let descriptor: Int32

  /// - Throws: `MessagingError.systemRefused` when the process is out of descriptors.
  package init() throws(MessagingError) {
    descriptor = tsq_eventfd()
    guard descriptor >= 0 else { throw .last("make an event descriptor") }
  }

  deinit { close(descriptor) }

  /// Rings; may be called from any thread and from a signal handler.
  package func ring() { WakeUp.ring(descriptor: descriptor) }

  /// Rings the bell of an open descriptor; for signal handlers, which can keep only a number.
  package static func ring(descriptor: Int32) {
    var one: UInt64 = 1
    // The counter is full only when 2⁶⁴ − 2 rings wait, and then the bell rings anyway.
    _ = unsafe write(descriptor, &one, 8)
  }

  /// Whether a ring waits; it is not taken.
  package var isRung: Bool {
    var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&item, 1, 0) == 1
  }

  /// Takes all rings so far; returns whether there was one.
  @discardableResult
  package func take() -> Bool {
    var count: UInt64 = 0
    return unsafe read(descriptor, &count, 8) == 8
  }

  /// Blocks until a ring or the time has passed, then takes it; true when rung.
  package func wait(milliseconds: Int32) -> Bool {
    var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    _ = unsafe poll(&item, 1, milliseconds)
    return take()
  }
}
