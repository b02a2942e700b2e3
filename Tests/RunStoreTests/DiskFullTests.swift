import Foundation
import RunStore
import Tensors
import TestSupport
import Testing

/// Runs a system program; true when it ends with 0.
private func run(_ program: String, _ arguments: [String]) throws -> Bool {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: program)
  process.arguments = arguments
  process.standardError = FileHandle.nullDevice
  try process.run()
  process.waitUntilExit()
  return process.terminationStatus == 0
}

private func mountSmall(_ path: String) throws -> Bool {
  try run("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path])
}

/// Whether this process may mount file systems, found out by doing it.
private func canMount() throws -> Bool {
  guard getuid() == 0, FileManager.default.isExecutableFile(atPath: "/usr/bin/mount") else {
    return false
  }
  let scratch = try ScratchFolder()
  guard try mountSmall(scratch.path) else { return false }
  defer { withExtendedLifetime(scratch) {} }
  return try run("/usr/bin/umount", [scratch.path])
}

@Suite(
  .timeLimit(.minutes(10)),
  .enabled("needs the right to mount a file system of one megabyte") { try canMount() })
struct `full disk` {
  @Test func `what was recorded is safe, and the run goes on when there is room`() throws {
    let scratch = try ScratchFolder()
    let disk = scratch.path + "/disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    try #require(try mountSmall(disk))
    defer {
      do {
        _ = try run("/usr/bin/umount", [disk])
      } catch {
        Issue.record("cannot unmount \(disk): \(error)")
      }
    }
    let folder = disk + "/run"
    let big = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    let record: TaskRecord
    do {
      let run = try RunFolder.create(path: folder, fingerprint: ["model": "m"])
      let small = try run.put([1, 2, 3])
      record = TaskRecord(
        key: Digest(of: [9]), kind: "solve", stage: "solve", layer: nil, label: "first",
        worker: "a", attempt: 1, seconds: 1, outputs: [small])
      try run.recordFinished(record)
      let error = #expect(throws: RunStoreError.self) { try run.put(big) }
      guard case .diskFull(let path)? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(path.hasPrefix(folder))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/store/partial") == [])
      #expect(try run.finishedTask(key: record.key) != nil)
      #expect(try fillJournal(of: run))
    }
    try #require(try run("/usr/bin/mount", ["-o", "remount,size=16m", disk]))
    let again = try RunFolder.resume(path: folder, fingerprint: ["model": "m"])
    #expect(try again.finishedTask(key: record.key) != nil)
    let stored = try again.put(big)
    #expect(try again.blob(stored) == big)
  }

  @Test func `a store of a host leaves nothing half, and goes on when there is room`() throws {
    let scratch = try ScratchFolder()
    let disk = scratch.path + "/disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    try #require(try mountSmall(disk))
    defer {
      do {
        _ = try run("/usr/bin/umount", [disk])
      } catch {
        Issue.record("cannot unmount \(disk): \(error)")
      }
    }
    let big = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    do {
      let store = try HostStore(path: disk + "/store", byteLimit: 1 << 30)
      let error = #expect(throws: RunStoreError.self) { try store.keep(big, Digest(of: big)) }
      guard case .diskFull? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: disk + "/store/partial") == [])
      #expect(store.blob(Digest(of: big), byteCount: big.count) == nil)
      try store.keep([1, 2, 3], Digest(of: [1, 2, 3]))
      try #require(try run("/usr/bin/mount", ["-o", "remount,size=16m", disk]))
      try store.keep(big, Digest(of: big))
      #expect(store.blob(Digest(of: big), byteCount: big.count) == big)
    }
  }

  /// Writes events until the disk is full; true when that is what stopped it.
  private func fillJournal(of run: RunFolder) throws -> Bool {
    let text = String(repeating: "x", count: 20_000)
    for _ in 0..<1000 {
      do throws(RunStoreError) {
        try run.recordEvent(kind: "fill", text: text)
      } catch .diskFull {
        return true
      }
    }
    return false
  }
}
