internal import CZeroMQ

/// Decides who may connect to the secured endpoints of one library instance: ZeroMQ's
/// authentication protocol (ZAP 1.0, rfc.zeromq.org/spec/27); owned by exactly one thread.
///
/// Connections wait for its answers, so its thread must not sleep for long. There is at most one
/// per `ZeroMQ`, and without one everybody with any key is let in.
package struct Doorkeeper: ~Copyable {
  let owner: SocketOwner

  /// Somebody who wants to connect and has proved to hold the secret of `key`.
  package struct Caller: Sendable, Equatable {
    package let key: CurveKey
    /// The network address, empty when unknown.
    package let address: String
  }

  /// - Throws: `MessagingError.systemRefused`.
  package init(_ library: ZeroMQ) throws(MessagingError) {
    let owner = try SocketOwner(library, kind: ZMQ_REP, options: nil)
    try owner.set(ZMQ_LINGER, 0, "LINGER")
    guard unsafe zmq_bind(owner.handle, "inproc://zeromq.zap.01") == 0 else {
      throw .last("bind the doorkeeper")
    }
    self.owner = owner
  }

  /// Answers all who wait, without blocking.
  ///
  /// - Parameter admits: whether a caller is let in; every message of that connection then carries
  ///   the key (`RoutedMessage.user`).
  package func answer(_ admits: (Caller) -> Bool) throws(MessagingError) {
    while let frames = try owner.receive()?.frames {
      let (request, caller) = Doorkeeper.read(frames)
      let user = caller.flatMap { admits($0) ? $0.key.text : nil }
      let answer: [[UInt8]] = [
        Array("1.0".utf8), request, Array((user == nil ? "400" : "200").utf8),
        Array((user == nil ? "unknown key" : "OK").utf8), Array((user ?? "").utf8), [],
      ]
      for (index, frame) in answer.enumerated() {
        _ = try owner.send(frame, more: index + 1 < answer.count)
      }
    }
  }

  /// Version, request, domain, address, identity, mechanism, credentials.
  private static func read(_ frames: [[UInt8]]) -> (request: [UInt8], caller: Caller?) {
    guard frames.count == 7 else { return (frames.count > 1 ? frames[1] : [], nil) }
    guard frames[0] == Array("1.0".utf8), frames[5] == Array("CURVE".utf8),
      let key = CurveKey(bytes: frames[6])
    else { return (frames[1], nil) }
    return (
      frames[1], Caller(key: key, address: String(decoding: frames[3], as: UTF8.self))
    )
  }
}

@available(*, unavailable)
extension Doorkeeper: Sendable {}
