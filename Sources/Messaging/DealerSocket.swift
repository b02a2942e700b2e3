internal import CZeroMQ

/// A DEALER socket: speaks to one router; owned by exactly one thread.
///
/// Nothing is queued while there is no connection: `send` answers `full` instead.
package struct DealerSocket: ~Copyable {
  let owner: SocketOwner

  /// - Throws: `MessagingError.systemRefused`.
  package init(_ library: ZeroMQ, options: SocketOptions) throws(MessagingError) {
    let owner = try SocketOwner(library, kind: ZMQ_DEALER, options: options)
    try owner.set(ZMQ_IMMEDIATE, 1, "IMMEDIATE")
    self.owner = owner
  }

  /// Connects in the background, and again whenever the connection breaks.
  ///
  /// - Throws: `MessagingError.endpointRefused`.
  package func connect(
    _ endpoint: Endpoint, security: SocketSecurity = .open
  ) throws(MessagingError) {
    try owner.secure(security)
    try owner.connect(endpoint)
  }

  /// Hands `frames` to the library without blocking; all of them or none.
  package func send(_ frames: [[UInt8]]) throws(MessagingError) -> SendOutcome {
    precondition(!frames.isEmpty, "a message has at least one frame")
    for (index, frame) in frames.enumerated() {
      let outcome = try owner.send(frame, more: index + 1 < frames.count)
      guard outcome == .sent else { return outcome }
    }
    return .sent
  }

  /// Takes one whole message without blocking; nil when none waits.
  package func receive() throws(MessagingError) -> [[UInt8]]? { try owner.receive()?.frames }
}

@available(*, unavailable)
extension DealerSocket: Sendable {}
