import Foundation
import RunStore
import TestSupport
import Testing

/// What `tsq status` says of a run, and the files that it reads.
@Suite(.timeLimit(.minutes(10)))
struct `the status of a run` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func status(_ place: String, _ more: String...) throws -> Program.Ending {
    try Program(["status", place] + more, in: scratch).wait()
  }

  @Test func `that is finished tells what was done`() throws {
    let baseline = try Example.baseline.get()
    let folder = baseline.scratch.file("run")
    let ending = try status(folder)
    #expect(ending.code == 0, "\(ending.error)")
    #expect(ending.output.hasPrefix("finished after"))
    #expect(ending.output.contains("0 waiting, 0 running, \(baseline.tasks.count) finished"))
    let json = try status(folder, "--json").json
    #expect(json["state"] as? String == "finished")
  }

  @Test func `is told by a log of events as well`() throws {
    let baseline = try Example.baseline.get()
    let text = String(
      decoding: try bytes(baseline.scratch.file("run") + "/events.jsonl"), as: UTF8.self)
    var counts: [String: Int] = [:]
    for line in text.split(separator: "\n") {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      let event = try #require(object?["event"] as? String)
      #expect(object?["time"] is Double)
      if event == "task finished" {
        #expect(object?["worker"] is String && object?["seconds"] is Double)
      }
      counts[event, default: 0] += 1
    }
    #expect(counts["task finished"] == baseline.tasks.count)
    // A task that was not begun may have gone to another worker.
    #expect(counts["task assigned", default: 0] >= baseline.tasks.count)
    #expect(counts["worker joined"] == 2)
  }

  @Test func `that is killed says so, after it told who did what`() throws {
    // So many passes that the workers are at it until they are killed, whatever the machine.
    let program = try Program(
      Example.arguments(scratch, "--workers", "2", "--fine-tune", "100000"), in: scratch)
    try program.wait(until: "a worker at a task") {
      guard exists(scratch.file("run/status.json")) else { return false }
      let ending = try status(scratch.file("run"))
      #expect(ending.code == 0, "\(ending.error)")
      return ending.output.hasPrefix("running on ") && ending.output.contains("2 workers on 1 host")
        && ending.output.contains("local-1") && ending.output.contains("' for ")
    }
    program.signal(SIGKILL)
    _ = try program.wait()
    let ending = try status(scratch.file("run"))
    #expect(ending.code == 75)
    #expect(ending.output.contains("the coordinator ended without a word"))
    #expect(ending.output.contains("--resume"))
  }

  @Test func `without workers says what it waits for`() throws {
    let program = try Program(
      Example.arguments(
        scratch, "--workers", "0", "--listen", "tcp://127.0.0.1:0", "--insecure"), in: scratch)
    try program.wait(until: "the reason") {
      guard exists(scratch.file("run/status.json")) else { return false }
      return try status(scratch.file("run")).output.contains("a worker: none is connected")
    }
    program.signal(SIGINT)
    #expect(try program.wait().code == 130)
    let ending = try status(scratch.file("run"))
    #expect(ending.code == 75)
    #expect(ending.output.hasPrefix("stopped after"))
  }

  @Test func `is told over the network to who has a key, while it goes on`() throws {
    let keys = scratch.file("keys")
    #expect(try tsq("keys", "new", "boss", "--viewer", "--keys", keys, in: scratch).code == 0)
    let program = try Program(
      Example.arguments(
        scratch, "--workers", "1", "--fine-tune", "100000", "--listen", "tcp://127.0.0.1:0",
        "--keys", keys), in: scratch)
    let endpoint = try listening(program)
    let key = keys + "/viewers/boss"
    try program.wait(until: "a worker at a task") {
      let ending = try status(endpoint, "--keys", key)
      // Nobody answers before the run begins.
      #expect(ending.code == 0, "\(ending.error)")
      return ending.output.hasPrefix("running on ") && ending.output.contains("1 worker on 1 host")
        && ending.output.contains("stage: ")
    }
    let json = try status(endpoint, "--keys", key, "--json").json
    #expect(json["state"] as? String == "running" && json["age"] is Double)
    let workers = try #require(json["workers"] as? [[String: Any]])
    #expect(workers.map { $0["name"] as? String } == ["local-1"])
    let refused = try status(endpoint, "--insecure")
    #expect(refused.code == 77)
    #expect(refused.error.contains("--viewer"))
    #expect(try status(endpoint).code == 64)
    program.signal(SIGINT)
    #expect(try program.wait().code == 130)
    let silent = try status(endpoint, "--keys", key, "--timeout", "0.5")
    #expect(silent.code == 69)
    #expect(silent.error.contains("no coordinator answered at \(endpoint)"))
  }

  /// The endpoint that a run listens at, as its journal tells.
  private func listening(_ program: Program) throws -> String {
    var found: String?
    try program.wait(until: "the endpoint") {
      guard exists(scratch.file("run/recipe.yaml")) else { return false }
      found = try RunFolder.open(path: scratch.file("run")).events().lazy.map(\.text).first {
        $0.hasPrefix("listening on tcp://")
      }
      return found != nil
    }
    return String(try #require(found).dropFirst("listening on ".count))
  }

  @Test func `that never was is missing`() throws {
    #expect(try status(scratch.file("nowhere")).code == 66)
    #expect(try status(scratch.file("nowhere"), "--insecure").code == 64)
    #expect(try status("tcp://nowhere").code == 64)
  }
}
