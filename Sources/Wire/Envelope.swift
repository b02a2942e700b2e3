package import Coordination

/// A message with the run that it belongs to, as two or three frames.
///
///     preamble   magic (4 bytes), version, type, two zero bytes, run (two little-endian words)
///     header     protobuf, at most 64 KiB
///     payload    only of RESULT with inlined outputs, CHUNK and STATUS
package struct Envelope: Equatable, Sendable {
  /// The sender's run; `RunID.none` before a worker has been welcomed.
  package var run: RunID
  package var message: Message

  package init(run: RunID, message: Message) {
    self.run = run
    self.message = message
  }

  static let magic: [UInt8] = [0x74, 0x73, 0x71, 0xB5]
  static let preambleBytes = 24

  /// The frames that carry the message.
  ///
  /// - Throws: `WireError` when it is too large for a peer to take: a task with very many inputs, a
  ///   result with very many outputs, a name without end.
  package func frames() throws(WireError) -> [[UInt8]] {
    var preamble = ByteWriter()
    preamble.append(Envelope.magic)
    preamble.append(ProtocolVersion.last)
    preamble.append(message.type.rawValue)
    preamble.append(UInt16(0))
    preamble.append(run.high)
    preamble.append(run.low)
    let header = message.header()
    try Envelope.check(header.count, "\(message.type.name) header", WireLimits.headerBytes)
    guard let payload = message.payload() else { return [preamble.bytes, header] }
    try Envelope.check(payload.count, "\(message.type.name) payload", WireLimits.payloadBytes)
    return [preamble.bytes, header, payload]
  }

  /// Reads a message strictly.
  ///
  /// - Throws: `WireError` naming the frame or field; nothing a peer sends traps or allocates more
  ///   than was received.
  package init(frames: [[UInt8]]) throws(WireError) {
    guard let preamble = frames.first else { throw WireError("message", .missing) }
    var reader = ByteReader(preamble)
    guard preamble.count >= 4, try reader.bytes(4, "magic") == Envelope.magic else {
      throw WireError("message", .foreign)
    }
    let version: UInt8 = try reader.integer("version")
    let code: UInt8 = try reader.integer("type")
    guard let type = MessageType(rawValue: code) else {
      throw WireError("message", .unknownType(code))
    }
    // What is said before a version is agreed on can be read in every version.
    let isGreeting = type == .hello || type == .reject || type == .askStatus
    guard isGreeting || (ProtocolVersion.first...ProtocolVersion.last).contains(version) else {
      throw WireError(type.name, .unknownVersion(version))
    }
    let _: UInt16 = try reader.integer("preamble")
    run = RunID(high: try reader.integer("run"), low: try reader.integer("run"))
    try reader.finish("preamble of \(type.name)")
    guard frames.count == 2 || frames.count == 3 else {
      throw WireError("\(type.name) frames", .outOfRange(found: "\(frames.count)", limit: "2 or 3"))
    }
    let payload = frames.count == 3 ? frames[2] : nil
    try Envelope.check(frames[1].count, "\(type.name) header", WireLimits.headerBytes)
    try Envelope.check(payload?.count ?? 0, "\(type.name) payload", WireLimits.payloadBytes)
    message = try Message(type: type, header: frames[1], payload: payload)
  }

  private static func check(_ count: Int, _ part: String, _ limit: Int) throws(WireError) {
    guard count <= limit else {
      throw WireError(part, .outOfRange(found: "\(count) bytes", limit: "\(limit)"))
    }
  }
}

extension RunID {
  /// No run: what a worker says before it was welcomed.
  package static let none = RunID(high: 0, low: 0)
}
