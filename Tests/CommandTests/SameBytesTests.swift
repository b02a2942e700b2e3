import Foundation
import RunStore
import Tensors
import TestSupport
import Testing

/// The result does not depend on who computed it, nor on what went wrong meanwhile.
@Suite(.timeLimit(.minutes(10)))
struct `the same bytes` {
  let baseline: Example.Baseline
  let scratch: ScratchFolder

  init() throws {
    baseline = try Example.baseline.get()
    scratch = try ScratchFolder()
  }

  private var digest: Digest { get throws { Digest(of: try bytes(scratch.file("out.onnx"))) } }
  private var folder: RunFolder { get throws { try RunFolder.open(path: scratch.file("run")) } }

  @Test(arguments: [1, 4])
  func `for any number of workers`(_ workers: Int) throws {
    let ending = try Program(
      Example.arguments(scratch, "--workers", "\(workers)"), in: scratch
    ).wait()
    #expect(ending.code == 0, "\(ending.error)")
    #expect(try digest == baseline.digest)
    #expect(
      try bytes(scratch.file("out.float.onnx"))
        == bytes(baseline.scratch.file("out.float.onnx")))
  }

  @Test func `after workers were killed`() throws {
    // The first that computes anything dies in it; those below may be between two tasks.
    let program = try Program(
      Example.arguments(scratch, "--workers", "2"), in: scratch,
      failPoint: "worker.computing@" + scratch.file("died"))
    for layer in ["block1.conv1", "block2.conv1", "block2.conv2"] {
      try program.wait(until: "layer \(layer)") { try program.error.contains("layers \(layer)") }
      let workers = try children(of: program.process)
      for worker in layer == "block2.conv2" ? workers : Array(workers.prefix(1)) {
        kill(worker, SIGKILL)
      }
    }
    let ending = try program.wait()
    #expect(ending.code == 0, "\(ending.error)")
    #expect(ending.error.contains("lost: "))
    #expect(try digest == baseline.digest)
    let events = try folder.events()
    #expect(events.contains { $0.text.contains("started again") })
    // A task that a killed worker had is given to another one.
    #expect(events.contains { $0.text.hasSuffix(", attempt 2") })
  }

  @Test func `after an interruption and a resume`() throws {
    let program = try Program(Example.arguments(scratch, "--workers", "2"), in: scratch)
    try program.wait(until: "some layers") { try program.error.contains("layers down.conv") }
    let workers = try children(of: program.process)
    program.signal(SIGINT)
    let ending = try program.wait()
    #expect(ending.code == 130)
    #expect(ending.error.contains("--resume"))
    #expect(ending.output.isEmpty)
    #expect(!exists(scratch.file("out.onnx")) && !exists(scratch.file("out.float.onnx")))
    #expect(!workers.contains(where: isAlive))
    try resume()
  }

  @Test func `after the coordinator was killed and a resume`() throws {
    let program = try Program(Example.arguments(scratch, "--workers", "2"), in: scratch)
    try program.wait(until: "some layers") { try program.error.contains("layers down.conv") }
    let workers = try children(of: program.process)
    #expect(workers.count == 2)
    program.signal(SIGKILL)
    #expect(try program.wait().signal == SIGKILL)
    try program.wait(until: "the workers' end") { !workers.contains(where: isAlive) }
    #expect(!exists(scratch.file("out.onnx")))
    try resume()
  }

  /// Continues the run and holds its journal against that of an undisturbed one.
  private func resume() throws {
    let before = try folder.finishedTasks()
    #expect(!before.isEmpty)
    let ending = try Program(
      Example.arguments(scratch, "--workers", "2", "--resume"), in: scratch
    ).wait()
    #expect(ending.code == 0, "\(ending.error)")
    #expect(try digest == baseline.digest)
    let after = try folder.finishedTasks()
    #expect(Array(after.prefix(before.count)) == before)
    #expect(Set(after.map(\.key)) == Set(baseline.tasks.map(\.key)))
    let account = try #require(try folder.events().last { $0.kind == "run" }).text
    #expect(account.hasPrefix("\(after.count - before.count) tasks computed"))
  }

  @Test func `with a worker that was started by hand and has a key`() throws {
    let made = try Program(
      ["keys", "new", "elsewhere", "--keys", scratch.file("keys")], in: scratch
    ).wait()
    #expect(made.code == 0, "\(made.error)")
    let program = try Program(
      Example.arguments(
        scratch, "--workers", "0", "--listen", "tcp://127.0.0.1:0", "--min-workers", "1",
        "--keys", scratch.file("keys")), in: scratch)
    let endpoint = try listening(program)
    let worker = try Program(
      ["worker", "--connect", endpoint, "--keys", scratch.file("keys/workers/elsewhere")],
      in: scratch)
    let ending = try program.wait()
    #expect(ending.code == 0, "\(ending.error)")
    #expect(try worker.wait().code == 0)
    #expect(try digest == baseline.digest)
    #expect(Set(try folder.finishedTasks().map(\.worker)) == ["elsewhere"])
  }

  @Test func `a worker of another version is told so and not taken`() throws {
    // The same program with one byte more at its end is another build. A process of its own writes
    // it: what is open for writing here is so too, for a moment, in every process that another test
    // starts, and a program that is open for writing cannot be run.
    let other = scratch.file("other")
    let copying = try Program(
      ["-c", "cp \"$0\" \"$1\" && echo >> \"$1\"", Program.path, other], in: scratch,
      executable: "/bin/sh")
    try #require(try copying.wait().code == 0)
    let program = try Program(
      Example.arguments(
        scratch, "--workers", "0", "--listen", "tcp://127.0.0.1:0", "--insecure"), in: scratch)
    let endpoint = try listening(program)
    let worker = try Program(
      ["worker", "--connect", endpoint, "--insecure"], in: scratch, executable: other)
    let refused = try worker.wait()
    #expect(refused.code == 76)
    #expect(refused.error.contains("is build '"))
    #expect(refused.error.contains("the same program on both sides"))
    try program.wait(until: "the refusal") { try program.error.contains("was not taken") }
    program.signal(SIGINT)
    #expect(try program.wait().code == 130)
  }

  /// The endpoint that a run listens at, as its journal tells.
  private func listening(_ program: Program) throws -> String {
    var found: String?
    try program.wait(until: "the endpoint") {
      guard exists(scratch.file("run/recipe.yaml")) else { return false }
      found = try folder.events().lazy.map(\.text).first { $0.hasPrefix("listening on tcp://") }
      return found != nil
    }
    return String(try #require(found).dropFirst("listening on ".count))
  }
}
