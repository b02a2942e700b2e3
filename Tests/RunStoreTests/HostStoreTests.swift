import Dispatch
import Foundation
import RunStore
import Tensors
import TestSupport
import Testing

@Suite struct `a store that workers of one host share` {
  private func blob(_ seed: Int, _ count: Int = 1_000) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 &+ seed) &* 2_654_435_761 >> 7) }
  }

  private func file(_ digest: Digest, _ scratch: ScratchFolder) -> String {
    scratch.file("store/\(digest.hexadecimal.prefix(2))/\(digest.hexadecimal)")
  }

  private func entries(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path)
  }

  private func open(_ scratch: ScratchFolder, _ limit: Int = 1 << 30) throws -> HostStore {
    try HostStore(path: scratch.file("store"), byteLimit: limit)
  }

  @Test func `gives what another worker kept`() throws {
    let scratch = try ScratchFolder()
    let bytes = blob(1)
    let digest = Digest(of: bytes)
    let (first, second) = (try open(scratch), try open(scratch))
    #expect(second.blob(digest, byteCount: bytes.count) == nil)
    try first.keep(bytes, digest)
    #expect(second.blob(digest, byteCount: bytes.count) == bytes)
    #expect(try entries(scratch.file("store/partial")).isEmpty)
    var status = stat()
    #expect(unsafe stat(scratch.file("store"), &status) == 0 && status.st_mode & 0o077 == 0)
  }

  @Test func `keeps blobs for their owner alone in a folder that others may read`() throws {
    let scratch = try ScratchFolder()
    #expect(unsafe mkdir(scratch.file("store"), 0o755) == 0)
    let bytes = blob(1)
    let digest = Digest(of: bytes)
    try open(scratch).keep(bytes, digest)
    for path in [file(digest, scratch), scratch.file("store/partial")] {
      var status = stat()
      #expect(unsafe stat(path, &status) == 0 && status.st_mode & 0o077 == 0)
    }
  }

  @Test(arguments: ["changed", "cut", "pipe", "link", "folder"])
  func `gives nothing that is not what its name says`(damage: String) throws {
    let scratch = try ScratchFolder()
    let bytes = blob(2)
    let digest = Digest(of: bytes)
    let store = try open(scratch)
    try store.keep(bytes, digest)
    let path = file(digest, scratch)
    let elsewhere = try scratch.write("elsewhere", bytes)
    switch damage {
    case "changed": try Data([UInt8](repeating: 0, count: 1_000)).write(to: URL(filePath: path))
    case "cut": try Data(bytes.prefix(999)).write(to: URL(filePath: path))
    case "pipe":
      #expect(unsafe unlink(path) == 0 && mkfifo(path, 0o600) == 0)
    case "link":
      #expect(unsafe unlink(path) == 0 && symlink(elsewhere, path) == 0)
    default:
      #expect(unsafe unlink(path) == 0 && mkdir(path, 0o700) == 0)
    }
    #expect(store.blob(digest, byteCount: 1_000) == nil)
    // What was in the way is gone, but for a folder.
    if damage == "folder" {
      #expect(throws: RunStoreError.self) { try store.keep(bytes, digest) }
    } else {
      try store.keep(bytes, digest)
      #expect(store.blob(digest, byteCount: 1_000) == bytes)
    }
  }

  @Test func `lets one worker fetch, until it gives back or is gone`() throws {
    let scratch = try ScratchFolder()
    let (one, two) = (Digest(of: [1]), Digest(of: [2]))
    let second = try open(scratch)
    do {
      let first = try open(scratch)
      #expect(first.claim(one))
      #expect(!second.claim(one))
      #expect(second.claim(two))
      first.release(one)
      #expect(second.claim(one))
      second.release(one)
      #expect(first.claim(one))
      #expect(!second.claim(one))
    }
    #expect(second.claim(one))
  }

  @Test func `shows that a blob is under way`() throws {
    let scratch = try ScratchFolder()
    let digest = Digest(of: [1])
    let (first, second) = (try open(scratch), try open(scratch))
    #expect(second.progress(of: digest) == 0)
    #expect(first.claim(digest))
    let begun = second.progress(of: digest)
    #expect(begun != 0)
    usleep(20_000)
    first.showProgress(of: digest)
    #expect(second.progress(of: digest) > begun)
  }

  @Test func `removes what was used longest ago`() throws {
    let scratch = try ScratchFolder()
    let store = try open(scratch, 3_500)
    let blobs = (0..<4).map { blob($0) }
    for bytes in blobs.prefix(3) {
      try store.keep(bytes, Digest(of: bytes))
      usleep(20_000)
    }
    #expect(store.blob(Digest(of: blobs[0]), byteCount: 1_000) != nil)
    try store.keep(blobs[3], Digest(of: blobs[3]))
    let isThere = blobs.map { store.blob(Digest(of: $0), byteCount: 1_000) != nil }
    #expect(isThere == [true, false, true, true])
    // A blob beyond the limit is not kept at all, and drives nothing out.
    let huge = blob(9, 4_000)
    try store.keep(huge, Digest(of: huge))
    #expect(store.blob(Digest(of: huge), byteCount: 4_000) == nil)
    #expect(store.byteCount == 3_000)
    // A smaller limit counts from the next opening on.
    #expect(try open(scratch, 1_000).byteCount == 1_000)
  }

  @Test func `removes what a dead process left, and nothing of a living one`() throws {
    let scratch = try ScratchFolder()
    let living = try open(scratch)
    let (fetched, left) = (Digest(of: [1]), Digest(of: [2]))
    #expect(living.claim(fetched))
    let partial = scratch.file("store/partial/")
    for digest in [fetched, left] {
      try Data([1]).write(to: URL(filePath: partial + digest.hexadecimal + ".77.1"))
    }
    try Data([1]).write(to: URL(filePath: partial + "nonsense"))
    _ = try open(scratch)
    #expect(
      try entries(scratch.file("store/partial")).sorted()
        == [fetched.hexadecimal, fetched.hexadecimal + ".77.1"])
    #expect(living.claim(left))
  }

  @Test func `says why it cannot be opened`() throws {
    let scratch = try ScratchFolder()
    let place = try scratch.write("file", [1])
    #expect(throws: RunStoreError.self) { try HostStore(path: place, byteLimit: 1) }
  }

  @Test func `gives right bytes or none, whoever writes and removes beside`() throws {
    let scratch = try ScratchFolder()
    let blobs = (0..<8).map { blob($0, 2_000) }
    let digests = blobs.map { Digest(of: $0) }
    let stores = try (0..<4).map { _ in try open(scratch, 9_000) }
    DispatchQueue.concurrentPerform(iterations: 4) { number in
      for round in 0..<200 {
        let index = (round * (number + 1) + number) % blobs.count
        do {
          if let bytes = stores[number].blob(digests[index], byteCount: 2_000) {
            #expect(bytes == blobs[index])
          } else if stores[number].claim(digests[index]) {
            try stores[number].keep(blobs[index], digests[index])
            stores[number].release(digests[index])
          }
        } catch { Issue.record("\(error)") }
      }
    }
    #expect(try entries(scratch.file("store/partial")).isEmpty)
    // Each may have kept one more than it has looked through for.
    #expect(stores[0].byteCount <= 9_000 + 4 * 2_000)
  }
}
