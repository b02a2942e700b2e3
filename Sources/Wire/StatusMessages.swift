internal import SwiftProtobuf
internal import WireSchema

/// Asks where a run stands; who asks is no worker and becomes none.
package struct StatusQuestion: Equatable, Sendable {
  /// Protocol versions that the asker reads.
  package var protocols: ClosedRange<Int>
  /// Version or hash of the asking program.
  package var build: String

  package init(protocols: ClosedRange<Int>, build: String) {
    self.protocols = protocols
    self.build = build
  }
}

/// Where a run stands, as its coordinator last told.
package struct StatusReport: Equatable, Sendable {
  package var protocolVersion: Int
  /// Version or hash of the coordinator's program.
  package var build: String
  /// Since the text was made.
  package var ageMilliseconds: Int
  /// UTF-8, the JSON object of `status.json`; nil while nothing has been told.
  package var text: [UInt8]?

  package init(protocolVersion: Int, build: String, ageMilliseconds: Int, text: [UInt8]?) {
    self.protocolVersion = protocolVersion
    self.build = build
    self.ageMilliseconds = ageMilliseconds
    self.text = text
  }
}

extension StatusQuestion {
  init(_ header: [UInt8], _ reader: HeaderReader) throws(WireError) {
    let schema = try reader.parse(header, as: Tsq_Wire_AskStatus.self)
    let first = try reader.integer(schema.protocolFirst, "protocol_first", 1...255)
    let last = try reader.integer(schema.protocolLast, "protocol_last", first...255)
    self.init(protocols: first...last, build: schema.build)
  }

  var schema: Tsq_Wire_AskStatus {
    .with {
      $0.protocolFirst = UInt32(protocols.lowerBound)
      $0.protocolLast = UInt32(protocols.upperBound)
      $0.build = build
    }
  }
}

extension StatusReport {
  init(_ header: [UInt8], _ payload: [UInt8]?, _ reader: HeaderReader) throws(WireError) {
    let schema = try reader.parse(header, as: Tsq_Wire_Status.self)
    try reader.require(
      schema.missing == (payload == nil), "payload", "it does not agree with 'missing'")
    _ = try reader.integer(payload?.count ?? 0, "payload", 0...WireLimits.statusBytes)
    self.init(
      protocolVersion: try reader.integer(
        schema.protocol, "protocol", Int(ProtocolVersion.first)...Int(ProtocolVersion.last)),
      build: schema.build,
      ageMilliseconds: try reader.integer(schema.ageMilliseconds, "age", 0...Int(Int32.max)),
      text: payload)
  }

  var schema: Tsq_Wire_Status {
    .with {
      $0.protocol = UInt32(protocolVersion)
      $0.build = build
      $0.ageMilliseconds = UInt64(ageMilliseconds)
      $0.missing = text == nil
    }
  }
}
