import RunStore
import Tensors
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct checkpoints {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test func `the last one of a name is there, and none before it`() throws {
    let run = try RunFolder.create(path: scratch.path, fingerprint: [:])
    #expect(try run.checkpoint("a") == nil)
    for step in UInt8(1)...5 {
      try run.keepCheckpoint([step, 0, 7], "a")
      try run.keepCheckpoint([step, 1], "b")
    }
    // The same again changes nothing.
    try run.keepCheckpoint([5, 1], "b")
    #expect(try run.checkpoint("a") == [5, 0, 7])
    #expect(try run.checkpoint("b") == [5, 1])
    #expect(scratch.files.filter { $0.hasPrefix("store/") }.count == 2)
  }

  @Test func `a resumed run has it, and a damaged one is none`() throws {
    do {
      let run = try RunFolder.create(path: scratch.path, fingerprint: [:])
      try run.keepCheckpoint([1, 2, 3], "a")
    }
    do {
      let run = try RunFolder.resume(path: scratch.path, fingerprint: [:])
      #expect(try run.checkpoint("a") == [1, 2, 3])
    }
    let name = try #require(scratch.files.first { $0.hasPrefix("store/") })
    _ = try scratch.write(name, [9])
    let run = try RunFolder.resume(path: scratch.path, fingerprint: [:])
    #expect(try run.checkpoint("a") == nil)
    try run.keepCheckpoint([4], "a")
    #expect(try run.checkpoint("a") == [4])
  }
}
