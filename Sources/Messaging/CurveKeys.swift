internal import CZeroMQ

/// One half of a CURVE key pair: 40 characters of Z85, ZeroMQ's spelling of 32 bytes.
package struct CurveKey: Hashable, Sendable {
  /// As it is written in files; of a secret key never in a log, an argument or a message.
  package let text: String

  private static let alphabet = Set(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#".utf8)

  /// Reads a key; nil when the text is none.
  package init?(_ text: String) {
    guard text.utf8.count == 40, text.utf8.allSatisfy({ CurveKey.alphabet.contains($0) }) else {
      return nil
    }
    self.text = text
  }

  /// The key of 32 bytes; nil for any other number of them.
  init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    var text = [CChar](repeating: 0, count: 41)
    guard unsafe zmq_z85_encode(&text, bytes, bytes.count) != nil else { return nil }
    self.init(spelling: text)
  }

  private init?(spelling: [CChar]) {
    self.init(
      String(
        decoding: spelling.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  /// A new pair from the system's random numbers.
  ///
  /// - Throws: `MessagingError.systemRefused` when libzmq was built without encryption.
  package static func newPair() throws(MessagingError) -> (secret: CurveKey, open: CurveKey) {
    var open = [CChar](repeating: 0, count: 41)
    var secret = open
    guard unsafe zmq_curve_keypair(&open, &secret) == 0,
      let openKey = CurveKey(spelling: open), let secretKey = CurveKey(spelling: secret)
    else { throw .last("make a key pair") }
    return (secretKey, openKey)
  }

  /// The public key that belongs to this secret one.
  ///
  /// - Throws: `MessagingError.systemRefused` when this is not a secret key.
  package func openHalf() throws(MessagingError) -> CurveKey {
    var open = [CChar](repeating: 0, count: 41)
    guard unsafe zmq_curve_public(&open, text) == 0, let key = CurveKey(spelling: open) else {
      throw .last("read a secret key")
    }
    return key
  }
}

/// Who may be at the other end of a connection.
package enum SocketSecurity: Sendable {
  /// Anybody; nothing is encrypted.
  case open
  /// For what listens: whom a `Doorkeeper` lets in; encrypted.
  case server(secret: CurveKey)
  /// For what connects: the one who has the secret of `server`; encrypted.
  case client(secret: CurveKey, server: CurveKey)
}

extension SocketOwner {
  /// The name of the doorkeeper's rules in ZAP, of which there is one.
  private static let domain = "tsq"

  /// Sets what later `bind` and `connect` ask of the other end; earlier ones keep theirs.
  func secure(_ security: SocketSecurity) throws(MessagingError) {
    switch security {
    case .open: return
    case .server(let secret):
      try set(ZMQ_CURVE_SERVER, 1, "CURVE_SERVER")
      try set(ZMQ_CURVE_SECRETKEY, secret.text, "CURVE_SECRETKEY")
      try set(ZMQ_ZAP_DOMAIN, Self.domain, "ZAP_DOMAIN")
    case .client(let secret, let server):
      try set(ZMQ_CURVE_SERVERKEY, server.text, "CURVE_SERVERKEY")
      try set(ZMQ_CURVE_PUBLICKEY, try secret.openHalf().text, "CURVE_PUBLICKEY")
      try set(ZMQ_CURVE_SECRETKEY, secret.text, "CURVE_SECRETKEY")
    }
  }

  private func set(_ option: Int32, _ text: String, _ name: String) throws(MessagingError) {
    guard unsafe zmq_setsockopt(handle, option, text, text.utf8.count) == 0 else {
      throw .last("set the socket option \(name)")
    }
  }
}
