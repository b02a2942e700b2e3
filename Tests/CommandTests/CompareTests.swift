import Foundation
import TestSupport
import Testing

/// `tsq compare` on the shipped example.
@Suite(.timeLimit(.minutes(20)))
struct `comparing methods` {
  private func compare(
    _ scratch: ScratchFolder, _ more: String...
  ) throws -> Program.Ending {
    let arguments = [
      "compare", Example.model, "--data", Example.training, "--preprocess", "unit",
      "--calibration", "32", "--workers", "1",
    ]
    return try Program(arguments + more, in: scratch).wait()
  }

  @Test func `each method's row says what quantizing with it alone gives`() throws {
    let scratch = try ScratchFolder()
    let ending = try compare(
      scratch, "--methods", "round,gptq", "--validation", Example.test, "--output-folder",
      scratch.file("kept"), "--json")
    try #require(ending.code == 0, "\(ending.error)")
    let json = try ending.json
    #expect(json["input"] as? Double == 0.994)
    let rows = try #require(json["methods"] as? [[String: Any]])
    #expect(rows.map { $0["method"] as? String } == ["round", "gptq"])
    for row in rows {
      let method = try #require(row["method"] as? String)
      let alone = try Example.quantize(
        in: scratch, "--method", method, "--validation", Example.test, "--output",
        scratch.file("alone.onnx"), "--run-folder", scratch.file("alone-\(method)"))
      let accuracy = try #require(try alone.json["accuracy"] as? [String: Any])
      #expect(row["top1"] as? Double == accuracy["output"] as? Double)
      #expect(
        try bytes(scratch.file("kept/\(method).onnx")) == bytes(scratch.file("alone.onnx")))
      #expect(exists(scratch.file("kept/\(method).run/report.html")))
    }
    let errors = rows.compactMap { $0["error"] as? Double }
    #expect(errors.count == 2 && errors[1] < errors[0])
  }

  @Test func `without validation data there are errors and no accuracies, and no file is left`()
    throws
  {
    let scratch = try ScratchFolder()
    let ending = try compare(scratch, "--methods", "round")
    try #require(ending.code == 0, "\(ending.error)")
    let lines = ending.output.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[2].hasPrefix("round") && lines[2].contains(" - "))
    #expect(try entries(scratch.path).allSatisfy { $0.hasPrefix("stream-") })
  }

  @Test(arguments: [
    ("--methods", "foo", Int32(64)), ("--methods", "", 64), ("--methods", "round,round", 64),
    ("--workers", "0", 64), ("--recipe", "/nowhere/recipe.yaml", 66),
    ("--output-folder", "/proc/kept", 73),
  ])
  func `what cannot be is refused before any work`(
    _ option: String, _ value: String, _ code: Int32
  ) throws {
    let scratch = try ScratchFolder()
    let ending = try compare(scratch, option, value)
    #expect(ending.code == code, "\(ending.error)")
    #expect(!ending.error.contains("calibrate"))
  }

  @Test func `a method that does not fit is refused before another works`() throws {
    let scratch = try ScratchFolder()
    let ending = try compare(scratch, "--methods", "round,bwn", "--weights", "ternary")
    #expect(ending.code == 64)
    #expect(ending.error.contains("bwn"))
    #expect(!ending.error.contains("calibrate"))
  }
}
