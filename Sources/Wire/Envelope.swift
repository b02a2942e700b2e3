package import Coordination

/// A message with the run that it belongs to, as two or three frames.
///
///     preamble   magic (4 bytes), version, type, two zero bytes, run (two little-endian words)
///     header     protobuf, at most 64 KiB
///     payload    only of RESULT with inlined outputs and of CHUNK
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
  package func frames() -> [[UInt8]] {
    var preamble = ByteWriter()
    preamble.append(Envelope.magic)
    preamble.append(ProtocolVersion.last)
    preamble.append(message.type.rawValue)
    preamble.append(UInt16(0))
    preamble.append(run.high)
    preamble.append(run.low)
    let header = message.header()
    precondition(
      header.count <= WireLimits.headerBytes,
      "the header of \(message.type.name) has \(header.count) bytes")
    guard let payload = message.payload() else { return [preamble.bytes, header] }
    precondition(
      payload.count <= WireLimits.payloadBytes,
      "the payload of \(message.type.name) has \(payload.count) bytes")
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
    let isGreeting = type == .hello || type == .reject
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
    guard frames[1].count <= WireLimits.headerBytes else {
      throw WireError(
        "\(type.name) header",
        .outOfRange(found: "\(frames[1].count) bytes", limit: "\(WireLimits.headerBytes)"))
    }
    if let payload, payload.count > WireLimits.payloadBytes {
      throw WireError(
        "\(type.name) payload",
        .outOfRange(found: "\(payload.count) bytes", limit: "\(WireLimits.payloadBytes)"))
    }
    message = try Message(type: type, header: frames[1], payload: payload)
  }
}

extension RunID {
  /// No run: what a worker says before it was welcomed.
  package static let none = RunID(high: 0, low: 0)
}
