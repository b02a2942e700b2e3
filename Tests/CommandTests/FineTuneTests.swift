import Foundation
import RunStore
import Tensors
import TestSupport
import Testing

/// `--fine-tune` on the shipped example: 40 steps an epoch, two epochs.
@Suite(.timeLimit(.minutes(10)))
struct `fine-tuning` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private static let recipe = """
    fine-tune: {batch: 32, mirror: false, rate: 0.03}
    refine: none
    """

  private static func arguments(_ scratch: ScratchFolder, _ more: [String]) throws -> [String] {
    Example.arguments(
      scratch, "--recipe", try scratch.write("recipe.yaml", recipe), "--fine-tune", "2",
      "--checkpoint-steps", "4") + more
  }

  private func start(_ more: String..., failPoint: String? = nil) throws -> Program {
    try Program(
      Self.arguments(scratch, more), in: scratch,
      failPoint: failPoint.map { $0 + "@" + scratch.file("struck") })
  }

  private var digest: Digest { get throws { Digest(of: try bytes(scratch.file("out.onnx"))) } }
  private var folder: RunFolder { get throws { try RunFolder.open(path: scratch.file("run")) } }

  /// One undisturbed run with two workers.
  private static let baseline = Result {
    let scratch = try ScratchFolder()
    let ending = try Program(arguments(scratch, ["--workers", "2"]), in: scratch).wait()
    try #require(ending.code == 0, "\(ending.error)")
    return (scratch, ending, Digest(of: try bytes(scratch.file("out.onnx"))))
  }

  private var expected: Digest { get throws { try Self.baseline.get().2 } }

  @Test func `accuracy, cost and curves are told`() throws {
    let (scratch, ending, _) = try Self.baseline.get()
    let json = try ending.json
    let accuracy = try #require(json["accuracy"] as? [String: Any])
    let stages = try #require(accuracy["stages"] as? [[String: Any]])
    #expect(stages.map { $0["name"] as? String } == ["input", "codes", "weights", "fine-tune"])
    #expect(accuracy["output"] as? Double == stages.last?["top1"] as? Double)
    #expect(try #require(accuracy["output"] as? Double) > 0.9)
    let tune = try #require(json["fineTune"] as? [String: Any])
    #expect(tune["steps"] as? Int == 80 && tune["epochs"] as? Int == 2)
    #expect(tune["batch"] as? Int == 32 && tune["resumedSteps"] as? Int == 0)
    #expect((0...1).contains(try #require(tune["efficiency"] as? Double)))
    // The parameters go to each worker, the gradients come from each shard.
    #expect(try #require(tune["sentBytes"] as? Int) > 80 * 4 * 10_000)
    #expect(try #require(tune["receivedBytes"] as? Int) > 80 * 4 * 4 * 10_000)
    let run = try RunFolder.open(path: scratch.file("run"))
    let losses = try run.metrics().filter { $0.stage == "fine-tune" && $0.name == "loss" }
    #expect(losses.map(\.step) == Array(1...80))
    #expect(
      losses.prefix(10).reduce(0) { $0 + $1.value } > losses.suffix(10).reduce(0) { $0 + $1.value })
    #expect(try run.metrics().filter { $0.name == "top1" && $0.step > 0 }.count == 2)
    let page = String(decoding: try bytes(scratch.file("run/report.html")), as: UTF8.self)
    #expect(page.contains("Fine-tune") && page.contains("fine-tune: loss"))
    #expect(ending.error.contains("step "))
    // Of 320 shards no line each, but for the few that a busy machine begins twice.
    let events = String(decoding: try bytes(scratch.file("run/events.jsonl")), as: UTF8.self)
    let lines = events.split(separator: "\n")
    let steps = lines.filter { $0.contains("\"step tasks finished\"") }
    #expect(lines.count { $0.contains(", shard ") } < 100, "\(lines.count) lines")
    #expect(!steps.isEmpty && steps.count < 10)
    let counts = steps.compactMap { line in
      line.split(separator: "\"count\": ").last.flatMap { Int($0.prefix { $0.isNumber }) }
    }
    #expect(counts.reduce(0, +) >= 320)
    // Steps pass journal and store by.
    #expect(!(try run.finishedTasks().contains { $0.kind == "gradient" }))
    let text = try #require(try run.read(.recipe))
    #expect(text.contains("fine-tune:") && text.contains("batch: 32"))
  }

  @Test func `the exported file is what was measured`() throws {
    let (baseline, ending, _) = try Self.baseline.get()
    let json = try tsq(
      "evaluate", baseline.file("out.onnx"), "--data", Example.test, "--preprocess", "unit",
      "--json", in: scratch
    ).json
    let accuracy = try #require(try ending.json["accuracy"] as? [String: Any])
    #expect(json["top1"] as? Double == accuracy["output"] as? Double)
  }

  @Test(arguments: [1, 4])
  func `gives the same bytes for any number of workers`(_ workers: Int) throws {
    let ending = try start("--workers", "\(workers)").wait()
    #expect(ending.code == 0, "\(ending.error)")
    #expect(try digest == expected)
  }

  @Test func `gives the same bytes where tasks cover several shards, and less travels`() throws {
    let ending = try start("--workers", "1", "--shards-per-task", "4").wait()
    #expect(ending.code == 0, "\(ending.error)")
    #expect(try digest == expected)
    let tune = try #require(try ending.json["fineTune"] as? [String: Any])
    let other = try #require(try Self.baseline.get().1.json["fineTune"] as? [String: Any])
    let received = try #require(tune["receivedBytes"] as? Int)
    #expect(3 * received < (try #require(other["receivedBytes"] as? Int)))
  }

  @Test func `gives the same bytes after a worker was killed`() throws {
    let ending = try start("--workers", "2", failPoint: "worker.computing-step").wait()
    #expect(ending.code == 0, "\(ending.error)")
    #expect(ending.error.contains("lost: "))
    #expect(try digest == expected)
  }

  @Test(arguments: [SIGKILL, SIGINT])
  func `gives the same bytes after a resume`(_ signal: Int32) throws {
    // With the first checkpoint, which leaves most steps to do.
    let failPoint = "coordinator.after-checkpoint!\(signal)"
    let ending = try start("--workers", "2", failPoint: failPoint).wait()
    #expect(signal == SIGKILL ? ending.signal == SIGKILL : ending.code == 130, "\(ending.error)")
    #expect(!exists(scratch.file("out.onnx")))
    let resumed = try start("--workers", "2", "--resume").wait()
    #expect(resumed.code == 0, "\(resumed.error)")
    #expect(try digest == expected)
    let tune = try #require(try resumed.json["fineTune"] as? [String: Any])
    #expect((4..<80).contains(try #require(tune["resumedSteps"] as? Int)))
    // The curve is whole, as if nothing had been.
    let (baseline, _, _) = try Self.baseline.get()
    #expect(
      try folder.metrics() == RunFolder.open(path: baseline.file("run")).metrics())
  }

  @Test func `learns from labels, and refuses data without any before it begins`() throws {
    let ending = try start("--workers", "2", "--labels").wait()
    #expect(ending.code == 0, "\(ending.error)")
    #expect(try digest != expected)
    let bare = try ScratchFolder()
    let images = try bare.write("images.idx3-ubyte", try bytes(Example.training))
    let refused = try Program(
      Self.arguments(bare, ["--labels", "--fine-tune-data", images]), in: bare
    ).wait()
    #expect(refused.code == 65)
    #expect(refused.error.contains("has no labels to learn from"))
    #expect(!exists(bare.file("run")))
  }

  @Test func `is refused before it begins`() throws {
    func refusal(_ recipe: String, _ code: Int32, _ words: String...) throws {
      let path = try scratch.write("bad.yaml", recipe)
      let ending = try Example.quantize(in: scratch, "--recipe", path)
      #expect(ending.code == code, "\(ending.error)")
      for word in words { #expect(ending.error.contains(word), "\(ending.error)") }
      #expect(!exists(scratch.file("run")))
    }
    try refusal("fine-tune: {epochs: 1, batch: 4096}", 65, "fewer than a batch of 4096")
    try refusal("fine-tune: {epochs: 1, batch: 30}", 78, "does not split into 4 equal shards")
    try refusal("fine-tune: {epochs: 1, temperature: 0}", 78, "temperature 0.0")
    try refusal("fine-tune: {epochs: 1, rate: .nan}", 78, "rate nan")
    try refusal("fine-tune: {epochs: 1, statistics: -1}", 78, "statistics over -1 images")
    try refusal("fine-tune: {epochs: -1}", 78, "-1 epochs")
    try refusal("fine-tune: {epochs: 1, mix: 1.5}", 78, "mix 1.5")
    try refusal("fine-tune: {epochs: 1, mix: 1, label-weight: 1}", 78, "a mixture of two images")
    try refusal("{scale: layer, fine-tune: {epochs: 1}}", 78, "'--scale layer'")
    try refusal("fine-tune: {epochs: 1, optimizer: rms}", 78, "optimizer 'rms'", "momentum, adam")
    try refusal("fine-tune: {epochs: 1, mode: fast}", 78, "mode 'fast'", "full, scales, admm")
    try refusal("fine-tune: {epochs: 1, mode: admm, scales: learned}", 78, "exclude each other")
    try refusal("fine-tune: {epochs: 1, mode: scales, scales: projected}", 78, "exclude each other")
    try refusal("fine-tune: {epochs: 1, admm: {dual-steps: 3}}", 78, "belongs to mode admm")
    try refusal("fine-tune: {epochs: 1, mode: admm, admm: {rho: 3}}", 78, "no field 'rho'")
    try refusal(
      "fine-tune: {epochs: 1, mode: admm, admm: {gradient: fast}}", 78, "gradient 'fast'",
      "extragradient, plain")
    try refusal(
      "fine-tune: {epochs: 1, mode: admm, admm: {first-penalty: -1}}", 78, "first penalty -1.0")
    try refusal("fine-tune: {speed: 1}", 78, "no field 'speed'")
    try refusal("fine-tune: 3", 78, "'fine-tune' in recipe")
  }

  @Test func `that diverges says where, and keeps the last checkpoint`() throws {
    _ = try scratch.write("wild.yaml", "fine-tune: {batch: 32, scale-rate: 20}\nrefine: none\n")
    let ending = try Example.quantize(
      in: scratch, "--recipe", scratch.file("wild.yaml"), "--fine-tune", "2",
      "--checkpoint-steps", "1")
    #expect(ending.code == 78, "\(ending.error)")
    #expect(ending.error.contains("step ") && ending.error.contains("is not finite"))
    #expect(ending.error.contains("learning rate"))
    #expect(try folder.checkpoint("fine-tune") != nil)
  }
}
