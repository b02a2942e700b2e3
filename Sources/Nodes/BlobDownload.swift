internal import Tensors
internal import Wire

/// One blob on its way here: what to ask for next, what has come, and whether it is right.
///
/// Pure: the shell sends the requests and hands in the chunks, in any order and repeated as they
/// may be.
struct BlobDownload {
  /// A piece to ask for.
  struct Request: Equatable {
    var offset: Int
    var byteCount: Int
  }

  enum Outcome: Equatable {
    /// More is to come.
    case incomplete
    /// All bytes are here and have the blob's hash.
    case complete([UInt8])
    /// All bytes are here and have another hash.
    case corrupt
    /// The sender does not have the blob.
    case missing
  }

  let blob: BlobReference
  private let chunkBytes: Int
  private let window: Int
  private var bytes: [UInt8]
  /// Chunks that are here, by number.
  private var arrived: [Bool]
  private var arrivedCount = 0
  private var askedCount = 0

  /// - Precondition: the length was checked against the receiver's limit before.
  init(_ blob: BlobReference, chunkBytes: Int, window: Int) {
    self.blob = blob
    self.chunkBytes = chunkBytes
    self.window = window
    let count = (blob.byteCount + chunkBytes - 1) / chunkBytes
    bytes = [UInt8](repeating: 0, count: blob.byteCount)
    arrived = [Bool](repeating: false, count: count)
  }

  /// The next pieces to ask for, so that at most `window` are under way.
  mutating func nextRequests() -> [Request] {
    var requests: [Request] = []
    while askedCount < arrived.count, askedCount - arrivedCount < window {
      requests.append(request(askedCount))
      askedCount += 1
    }
    return requests
  }

  /// The pieces under way, to be asked for again after the connection broke.
  func repeatedRequests() -> [Request] {
    (0..<askedCount).filter { !arrived[$0] }.map(request)
  }

  /// Takes a piece; one that was not asked for or has the wrong length is ignored.
  mutating func take(_ chunk: Chunk) -> Outcome {
    guard chunk.digest == blob.digest else { return .incomplete }
    guard let piece = chunk.bytes else { return .missing }
    let number = chunk.offset / chunkBytes
    guard chunk.offset % chunkBytes == 0, number < askedCount, !arrived[number],
      piece.count == request(number).byteCount
    else { return .incomplete }
    bytes.replaceSubrange(chunk.offset..<chunk.offset + piece.count, with: piece)
    arrived[number] = true
    arrivedCount += 1
    return arrivedCount == arrived.count ? verify() : .incomplete
  }

  /// The outcome of a blob without bytes, which needs no request; nil for any other.
  func outcomeIfEmpty() -> Outcome? { arrived.isEmpty ? verify() : nil }

  private func verify() -> Outcome {
    Digest(of: bytes) == blob.digest ? .complete(bytes) : .corrupt
  }

  private func request(_ number: Int) -> Request {
    let offset = number * chunkBytes
    return Request(offset: offset, byteCount: min(chunkBytes, blob.byteCount - offset))
  }
}
