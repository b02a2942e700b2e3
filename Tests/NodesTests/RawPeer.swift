import Coordination
import Messaging
import Wire

/// One end of a control connection that says what a test wants it to say.
final class RawPeer {
  private let socket: DealerSocket

  /// Connects to a coordinator.
  init(_ endpoint: Endpoint) throws {
    let socket = try DealerSocket(try ZeroMQ(), options: .control)
    try socket.connect(endpoint)
    self.socket = socket
  }

  /// Whether the socket took the frames.
  func tries(_ frames: [[UInt8]]) -> Bool {
    do { return try socket.send(frames) == .sent } catch { return false }
  }

  /// Sends once there is a connection.
  func send(_ frames: [[UInt8]]) throws {
    guard Cluster.eventually({ tries(frames) }) else { throw Silence() }
  }

  func send(_ message: Message, run: RunID = .none) throws {
    try send(Envelope(run: run, message: message).frames())
  }

  /// The next message with the run that it is of.
  func nextEnvelope() throws -> Envelope {
    var frames: [[UInt8]]?
    var failure: (any Error)?
    _ = Cluster.eventually {
      do { frames = try socket.receive() } catch { failure = error }
      return frames != nil || failure != nil
    }
    if let failure { throw failure }
    guard let frames else { throw Silence() }
    return try Envelope(frames: frames)
  }

  func next() throws -> Message? { try nextEnvelope().message }

  /// Nothing came within a minute.
  struct Silence: Error {}
}

/// A coordinator that says what a test wants it to say.
final class RawCoordinator {
  let endpoint: Endpoint
  let run = RunID(high: 1, low: 2)
  private let control: RouterSocket
  private let bulk: RouterSocket
  private let bulkEndpoint: Endpoint

  init() throws {
    let library = try ZeroMQ()
    let control = try RouterSocket(library, options: .control)
    let bulk = try RouterSocket(library, options: .bulk)
    endpoint = try control.bind(.tcp(host: "127.0.0.1", port: 0))
    bulkEndpoint = try bulk.bind(.tcp(host: "127.0.0.1", port: 0))
    self.control = control
    self.bulk = bulk
  }

  /// The next message that is wanted, and who sent it; beats are answered.
  func next<Value>(_ wanted: (Message) -> Value?) throws -> (Value, RoutingID) {
    var found: (Value, RoutingID)?
    var failure: (any Error)?
    _ = Cluster.eventually {
      do {
        while found == nil, let routed = try control.receive() {
          let message = try Envelope(frames: routed.frames).message
          if case .beat(let beat) = message {
            send(.beatAck(sequence: beat.sequence), to: routed.sender)
          }
          found = wanted(message).map { ($0, routed.sender) }
        }
      } catch { failure = error }
      return found != nil || failure != nil
    }
    if let failure { throw failure }
    guard let found else { throw RawPeer.Silence() }
    return found
  }

  func send(_ message: Message, to peer: RoutingID) {
    do {
      let outcome = try control.send(Envelope(run: run, message: message).frames(), to: peer)
      precondition(outcome == .sent, "the worker is gone")
    } catch { preconditionFailure("\(error)") }
  }

  /// The answer to a greeting.
  func welcome(_ hello: Hello) -> Message {
    .welcome(
      Welcome(
        protocolVersion: 1, hello: hello.number, name: "w",
        bulkEndpoint: "\(bulkEndpoint)", beatMilliseconds: 100, leaseMilliseconds: 60_000,
        chunkBytes: 1 << 20, window: 4))
  }
}
