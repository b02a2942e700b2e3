internal import CZeroMQ

/// What happened to a connection of a monitored socket.
package enum ConnectionEvent: Sendable, Equatable {
  /// The transport is up and greeted; messages flow.
  case established
  /// The connection is gone; `connection` may be given to another one at once.
  case disconnected(connection: Int32)
  /// The peer did not complete the protocol's greeting; after a final verdict a connecting socket
  /// does not try again.
  case handshakeFailed(reason: String, isFinal: Bool)
  /// A connection attempt failed and will be repeated.
  case retried
}

/// Reports connections that come and go on one socket; owned by the socket's thread.
package struct SocketMonitor: ~Copyable {
  let owner: SocketOwner

  private static let events =
    ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED
    | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
    | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH

  /// - Throws: `MessagingError.systemRefused`.
  package init(_ socket: borrowing RouterSocket) throws(MessagingError) {
    try self.init(monitoring: socket.owner)
  }

  /// - Throws: `MessagingError.systemRefused`.
  package init(_ socket: borrowing DealerSocket) throws(MessagingError) {
    try self.init(monitoring: socket.owner)
  }

  private init(monitoring socket: SocketOwner) throws(MessagingError) {
    let name = unsafe "inproc://monitor-\(UInt(bitPattern: socket.handle))"
    guard unsafe zmq_socket_monitor(socket.handle, name, SocketMonitor.events) == 0 else {
      throw .last("monitor a socket")
    }
    let owner = try SocketOwner(socket.library, kind: ZMQ_PAIR, options: nil)
    try owner.set(ZMQ_LINGER, 0, "LINGER")
    guard unsafe zmq_connect(owner.handle, name) == 0 else { throw .last("connect a monitor") }
    self.owner = owner
  }

  /// Takes one event without blocking; nil when none waits.
  package func receive() throws(MessagingError) -> ConnectionEvent? {
    while let frames = try owner.receive()?.frames {
      // Six bytes in native order: the event (16 bits) and its value (32 bits).
      guard let first = frames.first, first.count == 6 else { continue }
      let event = Int32(first[0]) | Int32(first[1]) << 8
      let value =
        UInt32(first[2]) | UInt32(first[3]) << 8 | UInt32(first[4]) << 16 | UInt32(first[5]) << 24
      if let event = SocketMonitor.decode(event, Int32(bitPattern: value)) { return event }
    }
    return nil
  }

  private static func decode(_ event: Int32, _ value: Int32) -> ConnectionEvent? {
    switch event {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: .established
    case ZMQ_EVENT_DISCONNECTED: .disconnected(connection: value)
    case ZMQ_EVENT_CONNECT_RETRIED: .retried
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
      .handshakeFailed(reason: "not authorised (\(value))", isFinal: true)
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
      .handshakeFailed(
        reason: "the peer does not speak this protocol (\(value))", isFinal: true)
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
      .handshakeFailed(reason: MessagingError.reason(of: value), isFinal: false)
    default: nil
    }
  }
}

@available(*, unavailable)
extension SocketMonitor: Sendable {}
