internal import Coordination
internal import Logging
internal import Messaging
internal import Wire

// Who may work, by key.

extension CoordinatorReactor {
  /// Binds the endpoint for workers of other machines, and the one beside it, and says who may
  /// come.
  static func listen(
    _ configuration: CoordinatorConfiguration, _ control: borrowing RouterSocket,
    _ bulk: borrowing RouterSocket, _ files: SocketFiles
  ) throws(NodeError) -> (control: Endpoint?, bulk: Endpoint?) {
    guard let asked = configuration.listen else { return (nil, nil) }
    var security = SocketSecurity.open
    if let keys = configuration.keys {
      do throws(KeyError) { security = try keys.serverSecurity() } catch { throw .keys(error) }
    }
    do throws(MessagingError) {
      let found = try control.bind(asked, security: security)
      files.add(found)
      do throws(MessagingError) {
        let neighbour = try bulk.bind(found.bulkNeighbour(asked: asked), security: security)
        files.add(neighbour)
        return (found, neighbour)
      } catch .endpointInUse(let endpoint) {
        throw MessagingError.neighbourInUse(endpoint, of: "\(asked)")
      }
    } catch { throw .messaging(error) }
  }

  /// Answers those who want to connect, and sends away those whose keys were withdrawn.
  func watchGate() throws(MessagingError) {
    guard let gate else { return }
    for address in try gate.answer(time.now) {
      tell(.strangerRefused(address: address))
      logger.info("a key is not known", metadata: ["address": "\(address)"])
    }
    guard gate.takeWithdrawal(time.now) else { return }
    for peer in peers.values {
      guard let user = peer.user, gate.name(of: user) == nil else { continue }
      send(.reject(.key, text: CoordinatorReactor.withdrawal), to: peer.routing)
      lose(peer.id, .keyWithdrawn)
    }
  }

  /// The key of the sender, which it has proved; nil on endpoints that ask for none. Without a gate
  /// it would be whatever the peer claims.
  func user(of message: RoutedMessage) -> CurveKey? { gate == nil ? nil : message.user }

  /// Whether a message comes from somebody whose key does not, or no longer, let him work.
  func isWithdrawn(_ message: RoutedMessage) -> Bool {
    guard let gate, let user = message.user else { return false }
    return gate.name(of: user) == nil
  }

  /// The command that joins this run.
  func invitation(to endpoint: Endpoint) -> String {
    let command = "tsq worker --connect \(endpoint)"
    if gate != nil { return command + " --keys FOLDER" }
    guard case .tcp = endpoint else { return command }
    return command + " --insecure"
  }

  /// Why somebody with this key is not taken as a worker.
  func refusal(of message: RoutedMessage) -> String {
    if let user = message.user, gate?.isViewer(user) == true {
      return "its key may only ask for the status"
    }
    return CoordinatorReactor.withdrawal
  }

  static let withdrawal = "its key was withdrawn"
}

extension Endpoint {
  /// Where blobs are pulled from: the next port, or any port if any port was asked for.
  fileprivate func bulkNeighbour(asked: Endpoint) -> Endpoint {
    switch (self, asked) {
    case (.tcp(let host, _), .tcp(_, 0)), (.tcp(let host, .max), _): .tcp(host: host, port: 0)
    case (.tcp(let host, let port), _): .tcp(host: host, port: port + 1)
    case (.ipc(let path), _): .ipc(path: path + ".bulk")
    }
  }
}
