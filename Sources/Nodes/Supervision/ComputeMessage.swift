internal import Glibc

/// What a worker and its computing process say to each other over a pair of sockets: a kind and
/// parts. Both ends are the same executable, so nothing is versioned.
struct ComputeMessage {
  enum Kind: UInt8 {
    /// To the child. Parts: kind of task, parameters, then digest and bytes of each input.
    case job = 1
    /// To the child: the result is no longer wanted. No parts.
    case cancel
    /// From the child: its counter has risen. Parts: the steps, eight bytes.
    case progress
    /// From the child. Parts: the outputs.
    case result
    /// From the child. Parts: the class, one byte, and the text.
    case failure
  }

  var kind: Kind
  var parts: [[UInt8]] = []

  /// The fixed part: the kind, the number of parts, and the length of each, in 64 bits.
  var head: [UInt8] {
    ([UInt64(kind.rawValue), UInt64(parts.count)] + parts.map { UInt64($0.count) })
      .flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }
}

/// Puts messages together from bytes as they come.
struct ComputeReader {
  /// Beyond these the other end is not what it should be.
  private static let partLimit = 1 << 20
  private static let partBytesLimit = 1 << 40

  private var buffer = [UInt8](repeating: 0, count: 16)
  private var filled = 0
  private var kind: ComputeMessage.Kind?
  private var lengths: [Int]?
  private var parts: [[UInt8]] = []

  enum Outcome {
    case message(ComputeMessage)
    /// Nothing more is there at the moment.
    case nothing
    /// The other end is gone, or no longer makes sense.
    case ended
  }

  /// Takes what can be had without waiting, up to one message.
  mutating func receive(from descriptor: Int32) -> Outcome {
    while true {
      while filled < buffer.count {
        let (offset, count) = (filled, buffer.count - filled)
        let result = unsafe buffer.withUnsafeMutableBytes { bytes in
          guard let base = bytes.baseAddress else { return 0 }
          return unsafe recv(descriptor, base + offset, count, Int32(MSG_DONTWAIT))
        }
        if result > 0 {
          filled += result
        } else if result < 0 && (errno == EAGAIN || errno == EINTR) {
          return .nothing
        } else {
          return .ended
        }
      }
      switch advance() {
      case .some(let outcome): return outcome
      case nil: continue
      }
    }
  }

  /// Takes the full buffer; nil when the message goes on.
  private mutating func advance() -> Outcome? {
    if kind == nil {
      let (code, count) = (word(0), word(1))
      guard let code = UInt8(exactly: code), let kind = ComputeMessage.Kind(rawValue: code),
        count <= UInt64(Self.partLimit)
      else { return .ended }
      self.kind = kind
      expect(Int(count) * 8)
    } else if lengths == nil {
      let found = (0..<buffer.count / 8).map(word)
      guard found.allSatisfy({ $0 <= UInt64(Self.partBytesLimit) }) else { return .ended }
      lengths = found.map { Int($0) }
      if let first = found.first { expect(Int(first)) }
    } else {
      parts.append(buffer)
      if let lengths, parts.count < lengths.count { expect(lengths[parts.count]) }
    }
    guard let kind, let lengths, parts.count == lengths.count else { return nil }
    defer { self = ComputeReader() }
    return .message(ComputeMessage(kind: kind, parts: parts))
  }

  private mutating func expect(_ count: Int) {
    buffer = [UInt8](repeating: 0, count: count)
    filled = 0
  }

  private func word(_ index: Int) -> UInt64 {
    buffer[(8 * index)..<(8 * index + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// Sends a message, as far as the other end lives.
///
/// - Parameter mayGoOn: asked whenever the other end has taken nothing for a while.
/// - Returns: whether all of it was taken.
func send(
  _ message: ComputeMessage, to descriptor: Int32, while mayGoOn: () -> Bool = { true }
) -> Bool {
  for piece in [message.head] + message.parts {
    var offset = 0
    while offset < piece.count {
      let count = unsafe piece.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return 0 }
        return unsafe Glibc.send(
          descriptor, base + offset, piece.count - offset,
          Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        offset += count
        continue
      }
      guard count < 0, errno == EAGAIN || errno == EINTR else { return false }
      var item = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      if unsafe poll(&item, 1, 50) == 0, !mayGoOn() { return false }
    }
  }
  return true
}
