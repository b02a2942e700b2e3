internal import CZeroMQ

/// What can go wrong between this process and the network: a user's endpoint or a system limit.
package enum MessagingError: Error, Equatable, Sendable {
  /// The text is no endpoint that this program understands.
  case malformedEndpoint(String, reason: String)
  /// Another process listens on this endpoint already.
  case endpointInUse(String)
  /// Another process listens on the endpoint beside the one that was asked for, where blobs travel.
  case neighbourInUse(String, of: String)
  /// The endpoint cannot be bound or connected for another reason.
  case endpointRefused(String, reason: String)
  /// The system refused a socket, a descriptor or a setting.
  case systemRefused(operation: String, reason: String)

  /// The error that libzmq or the system left behind after `operation`.
  static func last(_ operation: String) -> MessagingError {
    .systemRefused(operation: operation, reason: reason(of: zmq_errno()))
  }

  static func reason(of code: Int32) -> String { unsafe String(cString: zmq_strerror(code)) }
}

extension MessagingError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .malformedEndpoint(let text, let reason):
      "'\(text)' is not an endpoint: \(reason); write tcp://HOST:PORT or ipc://PATH"
    case .endpointInUse(let endpoint):
      "\(endpoint) is in use by another process: choose another "
        + (endpoint.hasPrefix("ipc") ? "path" : "port, whose neighbour is free too,")
        + " or stop that process"
    case .neighbourInUse(let endpoint, let asked):
      "\(endpoint) is in use by another process, and blobs travel over it, the next one after "
        + "\(asked): choose another endpoint whose neighbour is free too"
    case .endpointRefused(let endpoint, let reason):
      "\(endpoint) cannot be used: \(reason)"
    case .systemRefused(let operation, let reason):
      "cannot \(operation): \(reason)"
    }
  }
}
