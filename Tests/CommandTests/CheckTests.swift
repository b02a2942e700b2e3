import Foundation
import TestSupport
import Testing

/// `tsq check`: workers tried out before a run.
@Suite(.timeLimit(.minutes(10)))
struct `a check` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test func `of local workers shows each of them`() throws {
    let ending = try tsq("check", "--workers", "2", "--transfer", "1", "--json", in: scratch)
    #expect(ending.code == 0, "\(ending.error)")
    let json = try ending.json
    #expect(json["ready"] as? Bool == true)
    let workers = try #require(json["workers"] as? [[String: Any]])
    #expect(Set(workers.compactMap { $0["name"] as? String }) == ["local-1", "local-2"])
    for worker in workers {
      #expect(worker["cores"] as? Int ?? 0 > 0)
      #expect(worker["available"] as? Int ?? 0 > 0)
      #expect(worker["temporary"] as? Int ?? 0 > 0)
      #expect(worker["bytesPerSecond"] as? Double ?? 0 > 0)
      #expect(abs(worker["clockOffset"] as? Double ?? .infinity) < 60)
    }
  }

  @Test func `of workers with keys sends them away again`() throws {
    _ = try tsq("keys", "new", "far", "--keys", scratch.file("keys"), in: scratch)
    let check = try Program(
      [
        "check", "--listen", "tcp://127.0.0.1:0", "--keys", scratch.file("keys"), "--transfer", "1",
      ], in: scratch)
    try check.wait(until: "listening") { try check.error.contains("listening on ") }
    let text = try check.error
    let place = try #require(text.split(separator: " ").first { $0.hasPrefix("tcp://") })
    let worker = try Program(
      [
        "worker", "--connect", place.trimmingCharacters(in: .whitespacesAndNewlines), "--keys",
        scratch.file("keys/workers/far"),
      ], in: scratch)
    let ending = try check.wait()
    #expect(ending.code == 0, "\(ending.error)")
    #expect(ending.output.contains("far") && ending.output.contains("MB/s"))
    #expect(ending.output.contains("1 worker tried: all is well"))
    #expect(try worker.wait().code == 0)
  }

  @Test func `without workers says that none came`() throws {
    let ending = try tsq(
      "check", "--listen", "tcp://127.0.0.1:0", "--insecure", "--worker-deadline", "1", in: scratch)
    #expect(ending.code == 69)
    #expect(ending.output.contains("not ready"))
    let refused = try tsq("check", "--listen", "tcp://127.0.0.1:0", in: scratch)
    #expect(refused.code == 64)
  }
}
