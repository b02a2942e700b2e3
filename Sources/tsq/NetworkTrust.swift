import ArgumentParser
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
    let (folder, more) =
      switch option {
      case "--listen": ("KEYS", "")
      case "status": ("KEYS/viewers/NAME", " --viewer")
      default: ("KEYS/workers/NAME", "")
      }
    throw .endpointRefused(
      "\(endpoint)",
      reason:
        "TCP needs keys: give '--keys \(folder)', which 'tsq keys new NAME\(more)' makes, or, "
        + "on a network you trust, '--insecure'")
  }

  /// The options of a command that may listen for workers.
  ///
  /// - Throws: `ValidationError` for an endpoint that is none or that nobody trusts, and for trust
  ///   without an endpoint.
  static func checkListening(at listen: String?, keys: String?, insecure: Bool) throws {
    guard let listen else {
      if keys != nil || insecure {
        throw ValidationError("'--keys' and '--insecure' belong to '--listen ENDPOINT': give one")
      }
      return
    }
    do throws(MessagingError) {
      try check(try Endpoint(listen), keys: keys, insecure: insecure, option: "--listen")
    } catch {
      throw ValidationError("'--listen': \(error)")
    }
  }
}
