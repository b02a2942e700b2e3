import Foundation
import RunStore
import Tensors
import TestSupport
import Testing

/// A coordinator that is killed again and again.
@Suite(.timeLimit(.minutes(10)))
struct `a coordinator that is killed ten times` {
  @Test func `repeats no finished task and gives the same bytes`() throws {
    let baseline = try Example.baseline.get()
    let scratch = try ScratchFolder()
    let total = baseline.tasks.count
    var finished: Set<Digest> = []
    for number in 1...10 {
      let resume = number == 1 ? [] : ["--resume"]
      let program = try Program(
        Example.arguments(scratch, "--workers", "2") + resume, in: scratch)
      // The last ones leave enough for a run that is looked at late.
      let wanted = total * number / 16
      try program.wait(until: "\(wanted) tasks") {
        guard exists(scratch.file("run/run.sqlite")) else { return false }
        // It may not be a journal yet.
        guard let count = try count(scratch), count >= wanted else { return false }
        return true
      }
      program.signal(SIGKILL)
      #expect(try program.wait().signal == SIGKILL)
      let tasks = try RunFolder.open(path: scratch.file("run")).finishedTasks()
      // What was there is there, and nothing was recorded anew.
      #expect(finished.isSubset(of: Set(tasks.map(\.key))))
      finished = Set(tasks.map(\.key))
      let ending = try tsq("status", scratch.file("run"), in: scratch)
      #expect(ending.code == 75, "\(ending.output)")
    }
    let ending = try Program(
      Example.arguments(scratch, "--workers", "2", "--resume"), in: scratch
    ).wait()
    #expect(ending.code == 0, "\(ending.error)")
    #expect(Digest(of: try bytes(scratch.file("out.onnx"))) == baseline.digest)
    try expectNoTaskTwice(scratch)
  }

  private func count(_ scratch: ScratchFolder) throws -> Int? {
    do {
      return try RunFolder.open(path: scratch.file("run")).finishedTasks().count
    } catch RunStoreError.notARunFolder {
      return nil
    } catch RunStoreError.journal {
      return nil
    }
  }

  /// The log tells of every result that was journaled; none may be told of twice.
  private func expectNoTaskTwice(_ scratch: ScratchFolder) throws {
    let text = String(decoding: try bytes(scratch.file("run/events.jsonl")), as: UTF8.self)
    var counts: [String: Int] = [:]
    var reusedCount = 0
    for line in text.split(separator: "\n") {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      switch object?["event"] as? String {
      case "task finished": counts[object?["task"] as? String ?? "?", default: 0] += 1
      case "task reused": reusedCount += 1
      default: break
      }
    }
    #expect(counts.values.allSatisfy { $0 == 1 }, "\(counts.filter { $0.value > 1 })")
    #expect(reusedCount > 0)
  }
}
