/// Bytes from a peer or a file that are not what they must be: which part, and what is wrong.
package struct WireError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong with the part.
  package enum Reason: Equatable, Sendable {
    /// The message or file is not of this program.
    case foreign
    /// The peer speaks a version that this build does not know.
    case unknownVersion(UInt8)
    case unknownType(UInt8)
    /// The bytes end inside the part.
    case truncated
    /// Bytes follow after the last part.
    case trailing(byteCount: Int)
    /// A number is outside what is allowed.
    case outOfRange(found: String, limit: String)
    /// The part contradicts another one or cannot be read.
    case malformed(String)
    /// Something that was asked for is not there.
    case missing
  }

  /// The part of the message or file, for example `HELLO.slots`.
  package let part: String
  package let reason: Reason

  package init(_ part: String, _ reason: Reason) {
    self.part = part
    self.reason = reason
  }

  package var description: String {
    switch reason {
    case .foreign: "\(part) was not written by this program"
    case .unknownVersion(let found):
      "\(part) has version \(found), this build knows \(ProtocolVersion.first) to "
        + "\(ProtocolVersion.last): use the same build on both sides"
    case .unknownType(let found): "\(part) has the unknown type \(found)"
    case .truncated: "the bytes end inside '\(part)'"
    case .trailing(let byteCount): "\(byteCount) bytes follow after '\(part)'"
    case .outOfRange(let found, let limit): "'\(part)' is \(found), allowed is \(limit)"
    case .malformed(let text): "'\(part)' is malformed: \(text)"
    case .missing: "'\(part)' is missing"
    }
  }
}

/// Versions of the protocol that this build speaks.
package enum ProtocolVersion {
  package static let first: UInt8 = 1
  package static let last: UInt8 = 1
}

/// The largest things that a peer may send; checked before anything is allocated.
package enum WireLimits {
  /// Bytes of a message's header.
  package static let headerBytes = 64 << 10
  /// Bytes of a payload frame.
  package static let payloadBytes = 4 << 20
  /// Bytes of all outputs that travel inside RESULT instead of being pulled.
  package static let inlineResultBytes = 256 << 10
  /// Bytes of what STATUS tells: it must not hold up the beats behind it for long.
  package static let statusBytes = 256 << 10
  /// Bytes of one blob.
  package static let blobBytes = 1 << 36
  /// Bytes of a text for people; longer ones are cut when sent.
  package static let textBytes = 8 << 10
  package static let slots = 1_024
  package static let window = 64
}
