import Nodes
import Tensors
import Testing
import Wire

@Suite struct `a blob on its way` {
  static let bytes = (0..<1_050).map { UInt8(truncatingIfNeeded: $0 &* 7) }
  static let blob = BlobReference(digest: Digest(of: bytes), byteCount: bytes.count)

  private func download() -> BlobDownload {
    BlobDownload(Self.blob, chunkBytes: 100, window: 4)
  }

  private func chunk(_ number: Int, of bytes: [UInt8] = bytes) -> Chunk {
    let end = min(number * 100 + 100, bytes.count)
    return Chunk(
      digest: Self.blob.digest, offset: number * 100, bytes: Array(bytes[number * 100..<end]))
  }

  @Test func `is asked for a window ahead and put together in any order`() {
    var download = download()
    var open = download.nextRequests().map { $0.offset / 100 }
    #expect(open == [0, 1, 2, 3])
    var outcome = BlobDownload.Outcome.incomplete
    while let last = open.popLast() {
      #expect(outcome == .incomplete)
      outcome = download.take(chunk(last))
      open += download.nextRequests().map { $0.offset / 100 }
      #expect(open.count <= 4)
    }
    #expect(outcome == .complete(Self.bytes))
  }

  @Test func `is not spoilt by chunks that come twice or were not asked for`() {
    var download = download()
    _ = download.nextRequests()
    #expect(download.take(chunk(9)) == .incomplete)
    #expect(download.take(chunk(1)) == .incomplete)
    #expect(download.take(chunk(1)) == .incomplete)
    #expect(download.take(chunk(0)) == .incomplete)
    #expect(download.take(chunk(0)) == .incomplete)
    let short = Chunk(digest: Self.blob.digest, offset: 200, bytes: [1, 2])
    #expect(download.take(short) == .incomplete)
    let between = Chunk(
      digest: Self.blob.digest, offset: 250, bytes: [UInt8](repeating: 0, count: 100))
    #expect(download.take(between) == .incomplete)
    let foreign = Chunk(digest: Digest(of: [1]), offset: 200, bytes: nil)
    #expect(download.take(foreign) == .incomplete)
    var last = BlobDownload.Outcome.incomplete
    for number in 2...10 {
      _ = download.nextRequests()
      last = download.take(chunk(number))
    }
    #expect(last == .complete(Self.bytes))
  }

  @Test func `is asked for again where it has gaps`() {
    var download = download()
    _ = download.nextRequests()
    _ = download.take(chunk(0))
    _ = download.take(chunk(2))
    _ = download.nextRequests()
    #expect(download.repeatedRequests().map(\.offset) == [100, 300, 400])
    #expect(download.repeatedRequests().allSatisfy { $0.byteCount == 100 })
  }

  @Test func `is corrupt when its hash is another`() {
    var download = download()
    var wrong = Self.bytes
    wrong[512] ^= 1
    var outcome = BlobDownload.Outcome.incomplete
    for number in 0...10 {
      _ = download.nextRequests()
      outcome = download.take(chunk(number, of: wrong))
    }
    #expect(outcome == .corrupt)
  }

  @Test func `is missing when its sender does not have it`() {
    var download = download()
    _ = download.nextRequests()
    let chunk = Chunk(digest: Self.blob.digest, offset: 0, bytes: nil)
    #expect(download.take(chunk) == .missing)
  }

  @Test func `needs no request when it is empty`() {
    let empty = BlobReference(digest: Digest(of: []), byteCount: 0)
    var download = BlobDownload(empty, chunkBytes: 10, window: 1)
    #expect(download.nextRequests() == [])
    #expect(download.outcomeIfEmpty() == .complete([]))
    #expect(self.download().outcomeIfEmpty() == nil)
  }

  @Test func `takes no memory for what has only been announced`() {
    // 64 GiB in chunks of a byte: what was announced would not fit, not even as flags.
    let huge = BlobReference(digest: Digest(of: [1]), byteCount: 1 << 36)
    var downloads = (0..<64).map { _ in BlobDownload(huge, chunkBytes: 1, window: 3) }
    for index in downloads.indices {
      #expect(downloads[index].nextRequests().map(\.offset) == [0, 1, 2])
      let chunk = Chunk(digest: huge.digest, offset: 0, bytes: [1])
      #expect(downloads[index].take(chunk) == .incomplete)
    }
  }
}
