import Foundation
import RunStore
import Tensors
import TestSupport
import Testing

/// `--learn-codes` and `--fine-tune-mode admm` in one run on the shipped example: 40 steps each.
@Suite(.timeLimit(.minutes(10)))
struct `learning codes, then weights by ADMM` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private static let recipe = """
    learn-codes: {batch: 32, mirror: false}
    fine-tune: {batch: 32, mirror: false, rate: 0.03, admm: {dual-steps: 7}}
    refine: none
    """

  private static func arguments(_ scratch: ScratchFolder, _ more: [String]) throws -> [String] {
    Example.arguments(
      scratch, "--recipe", try scratch.write("recipe.yaml", recipe), "--learn-codes", "1",
      "--fine-tune", "1", "--fine-tune-mode", "admm", "--checkpoint-steps", "4") + more
  }

  private func start(_ more: String...) throws -> Program {
    try Program(Self.arguments(scratch, more), in: scratch)
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

  @Test func `both are told`() throws {
    let (scratch, ending, _) = try Self.baseline.get()
    let json = try ending.json
    let accuracy = try #require(json["accuracy"] as? [String: Any])
    let stages = try #require(accuracy["stages"] as? [[String: Any]])
    #expect(
      stages.map { $0["name"] as? String } == [
        "input", "codes", "learn-codes", "weights", "fine-tune",
      ])
    #expect(stages.allSatisfy { ($0["top1"] as? Double ?? 0) > 0.9 }, "\(stages)")
    for name in ["learnCodes", "fineTune"] {
      let stage = try #require(json[name] as? [String: Any])
      #expect(stage["steps"] as? Int == 40 && stage["epochs"] as? Int == 1, "\(name)")
    }
    let run = try RunFolder.open(path: scratch.file("run"))
    for stage in ["learn-codes", "fine-tune"] {
      let losses = try run.metrics().filter { $0.stage == stage && $0.name == "loss" }
      #expect(losses.map(\.step) == Array(1...40), "\(stage)")
      #expect(ending.error.contains(stage + ": step "), "\(stage)")
    }
    let page = String(decoding: try bytes(scratch.file("run/report.html")), as: UTF8.self)
    #expect(page.contains("Codes learned") && page.contains("learn-codes: loss"))
    let text = try #require(try run.read(.recipe))
    for entry in ["learn-codes:", "mode: admm", "dual-steps: 7", "gradient: extragradient"] {
      #expect(text.contains(entry), "\(entry)")
    }
  }

  @Test func `the recipe that is kept repeats the run`() throws {
    let (baseline, _, digest) = try Self.baseline.get()
    let ending = try Program(
      Example.arguments(
        scratch, "--recipe", baseline.file("run/recipe.yaml"), "--workers", "1"), in: scratch
    ).wait()
    #expect(ending.code == 0, "\(ending.error)")
    #expect(try self.digest == digest)
  }

  /// Waits until a stage has kept a checkpoint; before it shows, there may be no folder.
  private func awaitCheckpoint(_ program: Program, of stage: String) throws {
    try program.wait(until: "the stage") { try program.error.contains(stage + ": ") }
    try program.wait(until: "a checkpoint") {
      try folder.facts()["checkpoint " + stage] != nil
    }
  }

  @Test func `four workers, one of them killed in mid-step, give the same bytes`() throws {
    let program = try start("--workers", "4")
    try awaitCheckpoint(program, of: "fine-tune")
    let victim = try #require(try children(of: program.process).first)
    kill(victim, SIGKILL)
    let ending = try program.wait()
    #expect(ending.code == 0, "\(ending.error)")
    #expect(ending.error.contains("lost: "))
    #expect(try digest == expected)
  }

  @Test(arguments: ["learn-codes", "fine-tune"])
  func `a killed run goes on to the same bytes`(stage: String) throws {
    let program = try start("--workers", "2")
    try awaitCheckpoint(program, of: stage)
    program.signal(SIGKILL)
    _ = try program.wait()
    #expect(!exists(scratch.file("out.onnx")))
    let resumed = try start("--workers", "2", "--resume").wait()
    #expect(resumed.code == 0, "\(resumed.error)")
    #expect(try digest == expected)
    let name = stage == "fine-tune" ? "fineTune" : "learnCodes"
    let told = try #require(try resumed.json[name] as? [String: Any])
    #expect((4...40).contains(try #require(told["resumedSteps"] as? Int)))
  }

  @Test func `is refused before it begins where it cannot be`() throws {
    func refusal(_ arguments: [String], _ code: Int32, _ words: String...) throws {
      let ending = try Program(
        [
          "quantize", Example.model, "--data", Example.training, "--preprocess", "unit",
          "--calibration", "32", "--workers", "1", "--output", scratch.file("out.onnx"),
          "--run-folder", scratch.file("run"),
        ] + arguments, in: scratch
      ).wait()
      #expect(ending.code == code, "\(ending.error)")
      for word in words { #expect(ending.error.contains(word), "\(ending.error)") }
      #expect(!exists(scratch.file("run")))
    }
    func recipe(_ text: String) throws -> [String] {
      ["--recipe", try scratch.write("bad.yaml", text)]
    }
    try refusal(["--learn-codes", "1", "--activations", "float"], 78, "no activation codes")
    try refusal(["--learn-codes=-1"], 64, "not negative")
    try refusal(["--fine-tune-mode", "admm"], 64, "'--fine-tune EPOCHS'")
    try refusal(["--fine-tune", "1", "--fine-tune-mode", "fast"], 64, "mode 'fast'")
    try refusal(recipe("learn-codes: {epochs: 1, mode: admm}"), 78, "no field 'mode'")
    try refusal(recipe("learn-codes: {epochs: 1, rate: -2}"), 78, "learn-codes settings: rate -2")
    try refusal(recipe("learn-codes: {epochs: 1, batch: 30}"), 78, "under 'learn-codes'")
  }
}
