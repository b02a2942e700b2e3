internal import CZeroMQ

/// Sockets and descriptors of which one thread awaits the first that can be read.
///
/// Made anew for each wait; it keeps its sockets alive. The order of `add` numbers the entries.
@safe
package struct PollSet: ~Copyable {
  private var items: [zmq_pollitem_t] = unsafe []
  private var owners: [SocketOwner] = []
  private var descriptorCount = 0

  package init() {}

  /// Adds a socket: readable when a message waits.
  package mutating func add(_ socket: borrowing RouterSocket) { add(socket.owner) }
  /// Adds a socket: readable when a message waits.
  package mutating func add(_ socket: borrowing DealerSocket) { add(socket.owner) }
  /// Adds a monitor: readable when an event waits.
  package mutating func add(_ monitor: borrowing SocketMonitor) { add(monitor.owner) }
  /// Adds a doorkeeper: readable when somebody wants to connect.
  package mutating func add(_ doorkeeper: borrowing Doorkeeper) { add(doorkeeper.owner) }
  /// Adds a bell: readable when it was rung; waiting does not take the ring.
  package mutating func add(_ bell: WakeUp) { add(descriptor: bell.descriptor) }

  /// Adds an open file descriptor.
  package mutating func add(descriptor: Int32) {
    descriptorCount += 1
    unsafe items.append(
      zmq_pollitem_t(socket: nil, fd: descriptor, events: Int16(ZMQ_POLLIN), revents: 0))
  }

  private mutating func add(_ owner: SocketOwner) {
    owners.append(owner)
    unsafe items.append(
      zmq_pollitem_t(socket: owner.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
  }

  /// Blocks until an entry can be read or the time has passed; returns how many can be.
  ///
  /// - Throws: `MessagingError.systemRefused`; an interrupted wait counts as passed time.
  @discardableResult
  package mutating func wait(milliseconds: Int) throws(MessagingError) -> Int {
    let count = Int32(owners.count + descriptorCount)
    let result = unsafe items.withUnsafeMutableBufferPointer {
      unsafe zmq_poll($0.baseAddress, count, milliseconds)
    }
    if result >= 0 { return Int(result) }
    guard zmq_errno() == EINTR else { throw .last("wait for messages") }
    return 0
  }

  /// Whether entry `index` could be read (or has failed) after the last wait.
  package func isReady(_ index: Int) -> Bool { unsafe items[index].revents != 0 }
}
