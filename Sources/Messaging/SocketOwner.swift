internal import CZeroMQ

/// One libzmq socket: closes it when dropped, and examines every return code.
@safe
final class SocketOwner {
  let library: ZeroMQ
  let handle: UnsafeMutableRawPointer
  /// The message being received; libzmq forbids copying the struct, so it has a fixed address.
  private let incoming: UnsafeMutablePointer<zmq_msg_t>

  /// Frames of one message that are kept; a peer's further ones are dropped.
  static let frameLimit = 8

  init(_ library: ZeroMQ, kind: Int32, options: SocketOptions?) throws(MessagingError) {
    guard let handle = unsafe zmq_socket(library.handle, kind) else { throw .last("open a socket") }
    self.library = library
    unsafe self.handle = handle
    unsafe incoming = .allocate(capacity: 1)
    if let options { try apply(options) }
  }

  deinit {
    unsafe incoming.deallocate()
    let result = unsafe zmq_close(handle)
    precondition(result == 0, "a ZeroMQ socket was closed twice")
  }

  func set(_ option: Int32, _ value: Int32, _ name: String) throws(MessagingError) {
    var value = value
    guard unsafe zmq_setsockopt(handle, option, &value, MemoryLayout<Int32>.size) == 0 else {
      throw .last("set the socket option \(name)")
    }
  }

  private func apply(_ options: SocketOptions) throws(MessagingError) {
    try set(ZMQ_SNDHWM, options.highWaterMark, "SNDHWM")
    try set(ZMQ_RCVHWM, options.highWaterMark, "RCVHWM")
    try set(ZMQ_LINGER, options.lingerMilliseconds, "LINGER")
    try set(ZMQ_TCP_KEEPALIVE, 1, "TCP_KEEPALIVE")
    try set(ZMQ_TCP_KEEPALIVE_IDLE, options.probeSeconds, "TCP_KEEPALIVE_IDLE")
    try set(ZMQ_TCP_KEEPALIVE_INTVL, options.probeSeconds, "TCP_KEEPALIVE_INTVL")
    try set(ZMQ_TCP_MAXRT, options.cutMilliseconds, "TCP_MAXRT")
    try set(ZMQ_HANDSHAKE_IVL, options.handshakeMilliseconds, "HANDSHAKE_IVL")
    try set(ZMQ_RECONNECT_IVL, options.reconnectMilliseconds, "RECONNECT_IVL")
    try set(ZMQ_RECONNECT_IVL_MAX, options.reconnectLimitMilliseconds, "RECONNECT_IVL_MAX")
    var limit = options.frameByteLimit
    guard unsafe zmq_setsockopt(handle, ZMQ_MAXMSGSIZE, &limit, MemoryLayout<Int64>.size) == 0
    else { throw .last("set the socket option MAXMSGSIZE") }
  }

  /// Binds and returns the endpoint with the port that the system chose.
  func bind(_ endpoint: Endpoint) throws(MessagingError) -> Endpoint {
    if case .ipc(let path) = endpoint { try SocketFile.makeRoom(at: path) }
    guard unsafe zmq_bind(handle, endpoint.bindText) == 0 else {
      throw SocketOwner.refusal(of: endpoint)
    }
    guard case .tcp(let host, 0) = endpoint else { return endpoint }
    var text = [CChar](repeating: 0, count: 256)
    var count = text.count
    guard unsafe zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &text, &count) == 0 else {
      throw .last("read the bound endpoint")
    }
    let bound = String(
      decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard case .tcp(_, let port) = try Endpoint(bound) else { return endpoint }
    return .tcp(host: host, port: port)
  }

  func connect(_ endpoint: Endpoint) throws(MessagingError) {
    guard unsafe zmq_connect(handle, endpoint.description) == 0 else {
      throw SocketOwner.refusal(of: endpoint)
    }
  }

  private static func refusal(of endpoint: Endpoint) -> MessagingError {
    let code = zmq_errno()
    if code == EADDRINUSE { return .endpointInUse(endpoint.description) }
    return .endpointRefused(endpoint.description, reason: MessagingError.reason(of: code))
  }

  /// Sends one frame without blocking.
  func send(_ frame: [UInt8], more: Bool) throws(MessagingError) -> SendOutcome {
    let flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)
    while true {
      let result = unsafe frame.withUnsafeBufferPointer {
        unsafe zmq_send(handle, $0.baseAddress, $0.count, flags)
      }
      if result >= 0 { return .sent }
      switch zmq_errno() {
      case EINTR: continue
      case EAGAIN: return .full
      case EHOSTUNREACH: return .unreachable
      default: throw .last("send a message")
      }
    }
  }

  /// Takes one whole message without blocking; nil when none waits.
  func receive() throws(MessagingError) -> ReceivedMessage? {
    var message = ReceivedMessage()
    while true {
      unsafe zmq_msg_init(incoming)
      defer { unsafe zmq_msg_close(incoming) }
      guard unsafe zmq_msg_recv(incoming, handle, ZMQ_DONTWAIT) >= 0 else {
        switch zmq_errno() {
        case EINTR: continue
        case EAGAIN: return nil
        default: throw .last("receive a message")
        }
      }
      if message.frames.count < SocketOwner.frameLimit {
        message.frames.append(
          unsafe Array(
            UnsafeRawBufferPointer(start: zmq_msg_data(incoming), count: zmq_msg_size(incoming))))
      }
      let descriptor = unsafe zmq_msg_get(incoming, ZMQ_SRCFD)
      if descriptor >= 0 { message.connection = descriptor }
      if let user = unsafe zmq_msg_gets(incoming, "User-Id") {
        message.user = unsafe String(cString: user)
      }
      if unsafe zmq_msg_more(incoming) == 0 { return message }
    }
  }
}

/// One whole message and what the library knows of its connection.
struct ReceivedMessage {
  var frames: [[UInt8]] = []
  var connection: Int32?
  var user: String?
}

/// What became of a message that was handed to a socket.
///
/// `sent` says that the library took it; only the peer's answer proves that it arrived.
package enum SendOutcome: Sendable, Equatable {
  case sent
  /// The peer's queue is full; nothing was taken.
  case full
  /// The peer is unknown or gone; nothing was taken.
  case unreachable
}
