internal import Tensors
package import Wire

/// One blob on its way here: what to ask for next, what has come, and whether it is right.
///
/// Pure: the shell sends the requests and hands in the chunks, in any order and repeated as they
/// may be. Memory grows with what has come, whatever length the sender announced.
package struct BlobDownload {
  /// A piece to ask for.
  package struct Request: Equatable, Sendable {
    package var offset: Int
    package var byteCount: Int

    package init(offset: Int, byteCount: Int) {
      self.offset = offset
      self.byteCount = byteCount
    }
  }

  /// What is known after a chunk.
  package enum Outcome: Equatable, Sendable {
    /// More is to come.
    case incomplete
    /// All bytes are here and have the blob's hash.
    case complete([UInt8])
    /// All bytes are here and have another hash.
    case corrupt
    /// The sender does not have the blob.
    case missing
  }

  package let blob: BlobReference
  private let chunkBytes: Int
  private let window: Int
  private let chunkCount: Int
  /// The first chunks, without a gap.
  private var bytes: [UInt8] = []
  /// How many chunks those are.
  private var joinedCount = 0
  /// Chunks behind a gap, by number; at most a window.
  private var early: [Int: [UInt8]] = [:]
  private var askedCount = 0

  /// - Precondition: the length was checked against the receiver's limit before.
  package init(_ blob: BlobReference, chunkBytes: Int, window: Int) {
    precondition(chunkBytes > 0 && window > 0 && blob.byteCount >= 0)
    self.blob = blob
    self.chunkBytes = chunkBytes
    self.window = window
    chunkCount = (blob.byteCount + chunkBytes - 1) / chunkBytes
  }

  /// The next pieces to ask for, so that at most `window` are under way or wait behind a gap.
  package mutating func nextRequests() -> [Request] {
    var requests: [Request] = []
    while askedCount < chunkCount, askedCount - joinedCount < window {
      requests.append(request(askedCount))
      askedCount += 1
    }
    return requests
  }

  /// The pieces under way, to be asked for again after a silence or a broken connection.
  package func repeatedRequests() -> [Request] {
    (joinedCount..<askedCount).filter { early[$0] == nil }.map(request)
  }

  /// Takes a piece; one that was not asked for or has the wrong length is ignored.
  package mutating func take(_ chunk: Chunk) -> Outcome {
    guard chunk.digest == blob.digest else { return .incomplete }
    guard let piece = chunk.bytes else { return .missing }
    let number = chunk.offset / chunkBytes
    guard chunk.offset % chunkBytes == 0, (joinedCount..<askedCount).contains(number),
      early[number] == nil, piece.count == request(number).byteCount
    else { return .incomplete }
    early[number] = piece
    while let next = early.removeValue(forKey: joinedCount) {
      bytes += next
      joinedCount += 1
    }
    return joinedCount == chunkCount ? verify() : .incomplete
  }

  /// The outcome of a blob without bytes, which needs no request; nil for any other.
  package func outcomeIfEmpty() -> Outcome? { chunkCount == 0 ? verify() : nil }

  private func verify() -> Outcome {
    Digest(of: bytes) == blob.digest ? .complete(bytes) : .corrupt
  }

  private func request(_ number: Int) -> Request {
    let offset = number * chunkBytes
    return Request(offset: offset, byteCount: min(chunkBytes, blob.byteCount - offset))
  }
}
