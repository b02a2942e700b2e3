import Messaging

/// Whether a person has said whom to trust over the network.
enum NetworkTrust {
  /// - Throws: `MessagingError.endpointRefused` for a TCP endpoint with neither keys nor the
  ///   explicit wish for none, or with both.
  static func check(
    _ endpoint: Endpoint, keys: String?, insecure: Bool, option: String
  ) throws(MessagingError) {
    if keys != nil && insecure {
      throw .endpointRefused(
        "\(endpoint)", reason: "'--keys' and '--insecure' contradict each other: give one")
    }
    guard case .tcp = endpoint, keys == nil, !insecure else { return }
    let folder = option == "--listen" ? "KEYS" : "KEYS/workers/NAME"
    throw .endpointRefused(
      "\(endpoint)",
      reason: "TCP needs keys: give '--keys \(folder)', which 'tsq keys new NAME' makes, or, on a "
        + "network you trust, '--insecure'")
  }
}
