internal import CZeroMQ

/// The name that a router gives to one connection of one peer; a peer that reconnects gets another.
package struct RoutingID: Hashable, Sendable {
  package let bytes: [UInt8]

  package init(bytes: [UInt8]) { self.bytes = bytes }
}

/// One message that a router received.
package struct RoutedMessage: Sendable {
  package let sender: RoutingID
  /// At most eight frames; further ones of the same message are dropped.
  package let frames: [[UInt8]]
  /// The descriptor of the connection, which a monitor's `disconnected` names; nil when unknown.
  package let connection: Int32?
  /// The key with which the doorkeeper let the connection in; nil where there is none. On an open
  /// endpoint it is whatever the peer claims.
  package let user: CurveKey?
}

/// A ROUTER socket: listens for many peers and addresses each; owned by exactly one thread.
///
/// A message for an unknown peer or a full queue is refused, never dropped in silence.
package struct RouterSocket: ~Copyable {
  let owner: SocketOwner

  /// - Throws: `MessagingError.systemRefused`.
  package init(_ library: ZeroMQ, options: SocketOptions) throws(MessagingError) {
    let owner = try SocketOwner(library, kind: ZMQ_ROUTER, options: options)
    try owner.set(ZMQ_ROUTER_MANDATORY, 1, "ROUTER_MANDATORY")
    self.owner = owner
  }

  /// Listens; returns the endpoint with the port that the system chose for port 0.
  ///
  /// One socket may listen at open endpoints first and at secured ones then.
  ///
  /// The file of a Unix-domain socket stays when the socket is closed: `SocketFile.remove`.
  ///
  /// - Throws: `MessagingError.endpointInUse`, `.endpointRefused`.
  package func bind(
    _ endpoint: Endpoint, security: SocketSecurity = .open
  ) throws(MessagingError) -> Endpoint {
    try owner.secure(security)
    return try owner.bind(endpoint)
  }

  /// Hands `frames` to the library without blocking; all of them or none.
  package func send(
    _ frames: [[UInt8]], to peer: RoutingID
  ) throws(MessagingError) -> SendOutcome {
    precondition(!frames.isEmpty, "a message has at least one frame")
    let outcome = try owner.send(peer.bytes, more: true)
    guard outcome == .sent else { return outcome }
    for (index, frame) in frames.enumerated() {
      // The first frame chose the peer's pipe; if that closes now the rest is dropped with it.
      let rest = try owner.send(frame, more: index + 1 < frames.count)
      guard rest == .sent else { return rest }
    }
    return .sent
  }

  /// Takes one whole message without blocking; nil when none waits.
  package func receive() throws(MessagingError) -> RoutedMessage? {
    guard let message = try owner.receive(), let sender = message.frames.first else { return nil }
    return RoutedMessage(
      sender: RoutingID(bytes: sender), frames: Array(message.frames.dropFirst()),
      connection: message.connection, user: message.user.flatMap { CurveKey($0) })
  }
}

@available(*, unavailable)
extension RouterSocket: Sendable {}
