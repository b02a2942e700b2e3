internal import Coordination
package import Messaging
internal import Wire

/// Asks a running coordinator where its run stands, without becoming one of its workers.
package struct StatusQuery: Sendable {
  /// What a coordinator answers.
  package struct Answer: Sendable, Equatable {
    /// Version or hash of the coordinator's program.
    package let build: String
    /// Seconds since the text was made.
    package let age: Double
    /// The JSON object of `status.json`; nil while nothing has been told.
    package let text: String?
  }

  /// The longest text that is told, in bytes.
  package static let byteLimit = WireLimits.statusBytes
  /// Milliseconds after which a question without an answer is asked again.
  private static let patience = 500

  private let endpoint: Endpoint
  private let security: SocketSecurity
  private let build: String
  private let limit: Duration

  /// - Parameter endpoint: where the coordinator's workers connect.
  /// - Parameter build: version or hash of this program.
  /// - Parameter limit: how long an answer is awaited.
  package init(_ endpoint: Endpoint, _ security: SocketSecurity, build: String, limit: Duration) {
    self.endpoint = endpoint
    self.security = security
    self.build = build
    self.limit = limit
  }

  /// Waits for the answer.
  ///
  /// - Throws: `StatusQueryError`.
  package func answer() throws(StatusQueryError) -> Answer {
    let outcome: Result<Answer, StatusQueryError>
    do { outcome = try ask() } catch { throw .messaging(error) }
    return try outcome.get()
  }

  private func ask() throws(MessagingError) -> Result<Answer, StatusQueryError> {
    let library = try ZeroMQ()
    var options = SocketOptions.control
    options.lingerMilliseconds = 0
    let socket = try DealerSocket(library, options: options)
    let monitor = try SocketMonitor(socket)
    try socket.connect(endpoint, security: security)
    let time = MonotonicTime()
    let end = time.now + limit
    var (isConnected, refusal) = (false, String?.none)
    var askAt = time.now
    while time.now < end {
      while let event = try monitor.receive() {
        switch event {
        case .established: (isConnected, askAt) = (true, time.now)
        case .disconnected: isConnected = false
        case .handshakeFailed(let reason, let isFinal):
          refusal = reason
          if isFinal { return .failure(.keysRefused(endpoint, reason: reason)) }
        case .retried: break
        }
      }
      while let frames = try socket.receive() {
        if let outcome = read(frames) { return outcome }
      }
      if isConnected, askAt <= time.now {
        let versions = Int(ProtocolVersion.first)...Int(ProtocolVersion.last)
        let question = Message.askStatus(StatusQuestion(protocols: versions, build: build))
        _ = try socket.send(framed(question))
        askAt = time.now + .milliseconds(Self.patience)
      }
      var set = PollSet()
      set.add(socket)
      set.add(monitor)
      let due = isConnected ? min(askAt, end) : end
      try set.wait(milliseconds: due.milliseconds(from: time.now, atMost: Self.patience))
    }
    if let refusal { return .failure(.keysRefused(endpoint, reason: refusal)) }
    return .failure(.silent(endpoint, isThere: isConnected, limit: limit))
  }

  private func framed(_ message: Message) -> [[UInt8]] {
    do throws(WireError) { return try Envelope(run: .none, message: message).frames() } catch {
      preconditionFailure("a question is short: \(error)")
    }
  }

  /// What a message of the coordinator says; nil for one that is no answer.
  private func read(_ frames: [[UInt8]]) -> Result<Answer, StatusQueryError>? {
    do throws(WireError) {
      switch try Envelope(frames: frames).message {
      case .status(let report):
        return .success(
          Answer(
            build: report.build, age: Double(report.ageMilliseconds) / 1_000,
            text: report.text.map { String(decoding: $0, as: UTF8.self) }))
      case .reject(.key, let text): return .failure(.keysRefused(endpoint, reason: text))
      case .reject(_, let text), .error(_, let text):
        return .failure(.rejected(endpoint, reason: text))
      default: return nil
      }
    } catch { return .failure(.rejected(endpoint, reason: error.description)) }
  }
}

/// Why a coordinator could not be asked.
package enum StatusQueryError: Error, Equatable, Sendable {
  /// Nobody answered in time; whether somebody was connected.
  case silent(Endpoint, isThere: Bool, limit: Duration)
  /// Another version of the program is there.
  case rejected(Endpoint, reason: String)
  case keysRefused(Endpoint, reason: String)
  case messaging(MessagingError)
}

extension StatusQueryError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .silent(let endpoint, let isThere, let limit):
      "no coordinator answered at \(endpoint) within \(limit.seconds) s"
        + (isThere
          ? ", though somebody is connected: it may be stopped, or no coordinator"
          : ": check the endpoint, and that the run is going on; one that has ended is shown by "
            + "'tsq status RUNFOLDER'")
    case .rejected(let endpoint, let reason):
      "\(endpoint) does not tell its status: \(reason); use the same program on both sides"
    case .keysRefused(let endpoint, let reason):
      "\(endpoint) and this program do not know each other's keys (\(reason)): a coordinator with "
        + "keys is asked with '--keys' and the folder KEYS/viewers/NAME that 'tsq keys new NAME "
        + "--viewer' made beside the coordinator's keys, or with a worker's; one without, with "
        + "'--insecure'; or something else listens there"
    case .messaging(let error): error.description
    }
  }
}
