/// Where a socket listens or connects: a TCP address, or a path on this machine.
package enum Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// Port 0 asks the system for a free port when bound.
  case tcp(host: String, port: UInt16)
  /// A Unix-domain socket.
  case ipc(path: String)

  /// The longest path a Unix-domain socket may have, in bytes (`sun_path` less its final zero).
  package static let pathByteLimit = 107

  /// Reads `tcp://HOST:PORT` or `ipc://PATH`.
  ///
  /// - Throws: `MessagingError.malformedEndpoint`.
  package init(_ text: String) throws(MessagingError) {
    if text.hasPrefix("tcp://") {
      self = try Endpoint.tcp(parsing: text)
    } else if text.hasPrefix("ipc://") {
      let path = String(text.dropFirst(6))
      guard !path.isEmpty else {
        throw .malformedEndpoint(text, reason: "the path is missing")
      }
      guard path.utf8.count <= Endpoint.pathByteLimit else {
        throw .malformedEndpoint(
          text, reason: "the path is longer than \(Endpoint.pathByteLimit) bytes")
      }
      self = .ipc(path: path)
    } else {
      throw .malformedEndpoint(text, reason: "it starts with neither tcp:// nor ipc://")
    }
  }

  private static func tcp(parsing text: String) throws(MessagingError) -> Endpoint {
    let address = text.dropFirst(6)
    guard let colon = address.lastIndex(of: ":") else {
      throw .malformedEndpoint(text, reason: "the port is missing")
    }
    let host = String(address[..<colon])
    guard !host.isEmpty else { throw .malformedEndpoint(text, reason: "the host is missing") }
    guard !host.contains(":"), !host.contains("/") else {
      throw .malformedEndpoint(text, reason: "'\(host)' is not a host name or IPv4 address")
    }
    let portText = address[address.index(after: colon)...]
    guard let port = portText == "*" ? 0 : UInt16(portText) else {
      throw .malformedEndpoint(text, reason: "'\(portText)' is not a port between 0 and 65535")
    }
    return .tcp(host: host, port: port)
  }

  package var description: String {
    switch self {
    case .tcp(let host, let port): "tcp://\(host):\(port)"
    case .ipc(let path): "ipc://\(path)"
    }
  }

  /// The spelling that libzmq binds: port 0 is written `*`.
  var bindText: String {
    switch self {
    case .tcp(let host, 0): "tcp://\(host):*"
    default: description
    }
  }

  /// Whether only processes of this machine can reach it.
  package var isLocal: Bool {
    switch self {
    case .ipc: true
    case .tcp(let host, _):
      host == "localhost" || (host.hasPrefix("127.") && host.split(separator: ".").count == 4)
    }
  }
}
