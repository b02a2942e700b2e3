import Foundation
import Tensors
import TestSupport
import Testing

/// What `--memory` allows coordinator and workers.
@Suite(.timeLimit(.minutes(10)))
struct `a memory budget` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test func `that is too small is refused with one that is enough, which gives the same bytes`()
    throws
  {
    let small = try Program(
      Example.arguments(scratch, "--workers", "2", "--memory", "0.2"), in: scratch
    ).wait()
    try CommandTests.expectRefusal(
      small, 65, "of memory in a worker, to be ", "and '--memory' allows 0.2 GiB; give '--memory ",
      "layer '", leavingNothingIn: scratch)
    let named = try #require(
      small.error.split(separator: "give '--memory ").last?.split(separator: "'").first)
    let needed = try #require(Double(named))
    #expect(needed > 0.2 && needed < 1)
    // A hundredth of a GiB less is not.
    let less = try Program(
      Example.arguments(scratch, "--memory", "\(needed - 0.02)"), in: scratch
    ).wait()
    #expect(less.code == 65, "\(less.error)")
    let ending = try Program(
      Example.arguments(scratch, "--workers", "2", "--memory", String(named)), in: scratch
    ).wait()
    #expect(ending.code == 0, "\(ending.error)")
    let digest = Digest(of: try bytes(scratch.file("out.onnx")))
    #expect(digest == (try Example.baseline.get()).digest)
  }

  @Test func `that is none is refused`() throws {
    for text in ["0", "-1", "nan", "inf", "much"] {
      let ending = try Example.quantize(in: scratch, "--memory=\(text)")
      try CommandTests.expectRefusal(ending, 64, "--memory", leavingNothingIn: scratch)
      let worker = try tsq("worker", "--connect", "ipc:///none", "--memory=\(text)", in: scratch)
      #expect(worker.code == 64, "\(worker.error)")
    }
  }

  @Test func `of a worker keeps tasks from it that need more`() throws {
    let socket = "ipc://" + scratch.file("control")
    let run = try Program(
      Example.arguments(scratch, "--listen", socket, "--worker-deadline", "20"), in: scratch)
    try run.wait(until: "an endpoint") { exists(scratch.file("control")) }
    let worker = try Program(["worker", "--connect", socket, "--memory", "0.25"], in: scratch)
    let ending = try run.wait()
    #expect(ending.code == 69 || ending.code == 75, "\(ending.error)")
    #expect(ending.error.contains("no worker with at least 0.5 GiB"), "\(ending.error)")
    _ = try worker.wait()
  }
}
