import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct `the keys command` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test func `prints the folders to hand out, and no secret`() throws {
    let ending = try tsq("keys", "new", "a", "b", "--keys", scratch.file("k"), in: scratch)
    #expect(ending.code == 0, "\(ending.error)")
    let folders = ["a", "b"].map { scratch.file("k/workers/\($0)") }
    #expect(ending.output == folders.map { $0 + "\n" }.joined())
    for folder in folders { #expect(exists(folder + "/worker.key")) }
    let again = try tsq("keys", "new", "a", "--keys", scratch.file("k"), in: scratch)
    #expect(again.code == 77)
    #expect(again.error.contains("has keys for 'a' already"))
    let wrong = try tsq("keys", "new", "a/b", "--keys", scratch.file("k"), in: scratch)
    #expect(wrong.code == 64)
  }

  @Test func `makes keys of viewers beside those of workers`() throws {
    let ending = try tsq("keys", "new", "a", "--viewer", "--keys", scratch.file("k"), in: scratch)
    #expect(ending.code == 0, "\(ending.error)")
    #expect(ending.output == scratch.file("k/viewers/a") + "\n")
    #expect(exists(scratch.file("k/viewing/a.pub")) && !exists(scratch.file("k/allowed/a.pub")))
    let again = try tsq("keys", "new", "a", "--viewer", "--keys", scratch.file("k"), in: scratch)
    #expect(again.code == 77)
    #expect(again.error.contains("viewing/a.pub"))
    #expect(try tsq("keys", "new", "a", "--keys", scratch.file("k"), in: scratch).code == 0)
  }

  @Test func `keys that are not there are asked for before a run begins`() throws {
    let missing = scratch.file("nowhere")
    let ending = try Example.quantize(
      in: scratch, "--workers", "0", "--listen", "tcp://127.0.0.1:0", "--keys", missing)
    try expectRefusal(
      ending, 77, "'\(missing)/server.key'", "tsq keys new NAME", leavingNothingIn: scratch)
    let worker = try tsq(
      "worker", "--connect", "tcp://127.0.0.1:9", "--keys", missing, in: scratch)
    #expect(worker.code == 77)
    #expect(worker.error.contains("there is no '\(missing)/worker.key'"))
    let open = try tsq("worker", "--connect", "tcp://127.0.0.1:9", in: scratch)
    #expect(open.code == 64)
    #expect(open.error.contains("'--insecure'"))
  }
}
