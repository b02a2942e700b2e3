import Foundation
import RunStore
import Tensors
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct `blob store` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func place(_ digest: Digest) -> String {
    "store/\(digest.hexadecimal.prefix(2))/\(digest.hexadecimal)"
  }

  @Test(arguments: [0, 1, 5_000_000])
  func `a blob comes back under its hash`(count: Int) throws {
    let run = try RunFolder.create(path: scratch.path, fingerprint: [:])
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let digest = try run.put(bytes)
    #expect(digest == Digest(of: bytes))
    #expect(try run.put(bytes) == digest)
    #expect(try run.blob(digest) == bytes)
    #expect(try run.contains(digest))
    #expect(run.byteCount(of: digest) == count)
    #expect(scratch.files.filter { $0.hasPrefix("store/") } == [place(digest)])
  }

  @Test func `an unknown blob is missing`() throws {
    let run = try RunFolder.create(path: scratch.path, fingerprint: [:])
    let digest = Digest(of: [1, 2, 3])
    #expect(try run.blob(digest) == nil)
    #expect(try !run.contains(digest))
    #expect(run.byteCount(of: digest) == nil)
  }

  @Test func `a blob with a flipped bit is removed, reported missing, and can be stored again`()
    throws
  {
    let run = try RunFolder.create(path: scratch.path, fingerprint: [:])
    let digest = try run.put([1, 2, 3])
    try scratch.write(place(digest), [1, 2, 2])
    #expect(try run.blob(digest) == nil)
    #expect(run.corruptBlobs == [digest])
    #expect(!scratch.files.contains(place(digest)))
    #expect(try run.put([1, 2, 3]) == digest)
    #expect(try run.blob(digest) == [1, 2, 3])
  }

  @Test func `a truncated blob of an earlier process is written anew`() throws {
    let digest = try RunFolder.create(path: scratch.path, fingerprint: [:]).put([1, 2, 3])
    try scratch.write(place(digest), [1, 2])
    let run = try RunFolder.resume(path: scratch.path, fingerprint: [:])
    #expect(try run.put([1, 2, 3]) == digest)
    #expect(try run.blob(digest) == [1, 2, 3])
  }

  @Test func `a reader reports corruption and leaves the file to the writer`() throws {
    let digest = try RunFolder.create(path: scratch.path, fingerprint: [:]).put([1, 2, 3])
    try scratch.write(place(digest), [9])
    let reader = try RunFolder.open(path: scratch.path)
    #expect(try reader.blob(digest) == nil)
    #expect(reader.corruptBlobs == [digest])
    #expect(scratch.files.contains(place(digest)))
  }

  @Test func `partial files of a dead process are removed`() throws {
    do { _ = try RunFolder.create(path: scratch.path, fingerprint: [:]) }
    try scratch.write("store/partial/abc.1", [1])
    _ = try RunFolder.resume(path: scratch.path, fingerprint: [:])
    #expect(!scratch.files.contains("store/partial/abc.1"))
  }

  @Test func `many threads may store the same and different blobs`() async throws {
    let run = try RunFolder.create(path: scratch.path, fingerprint: [:])
    let digests = try await withThrowingTaskGroup(of: Digest.self) { group in
      for index in 0..<64 { group.addTask { try run.put([UInt8(index % 16)]) } }
      return try await group.reduce(into: Set<Digest>()) { $0.insert($1) }
    }
    #expect(digests.count == 16)
    for value in UInt8(0)..<16 { #expect(try run.blob(Digest(of: [value])) == [value]) }
    #expect(scratch.files.filter { $0.hasPrefix("store/") }.count == 16)
  }
}
