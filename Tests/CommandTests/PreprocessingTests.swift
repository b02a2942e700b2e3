import Foundation
import TestSupport
import Testing

/// Preprocessing that a recipe spells out.
@Suite(.timeLimit(.minutes(10)))
struct `preprocessing in a recipe` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private let unit = """
    preprocess:
      scale: 0.003921569
      mean: 0
      std: [1]
      channels: rgb

    """

  private func recipe(of folder: String, _ options: [String]) throws -> String {
    let ending = try Program(
      [
        "quantize", Example.model, "--data", Example.training, "--calibration", "32", "--workers",
        "1", "--output", scratch.file("\(folder).onnx"), "--run-folder", scratch.file(folder),
      ] + options, in: scratch
    ).wait()
    #expect(ending.code == 0, "\(ending.error)")
    return String(decoding: try bytes(scratch.file(folder) + "/recipe.yaml"), as: UTF8.self)
  }

  @Test func `is the same as the preset of the same numbers, and written out`() throws {
    let preset = try recipe(of: "preset", ["--preprocess", "unit"])
    let file = try scratch.write("unit.yaml", unit)
    #expect(try recipe(of: "mapping", ["--recipe", file]) == preset)
    let lines = preset.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(lines.contains("scale: 3.921569e-3") || lines.contains("scale: 0.003921569"))
    #expect(lines.contains("channels: rgb") && lines.contains("layout: nchw"))
    #expect(
      try bytes(scratch.file("preset.onnx")) == bytes(scratch.file("mapping.onnx")))
    // What was written can be run again, and gives the same.
    #expect(
      try recipe(of: "again", ["--recipe", scratch.file("preset") + "/recipe.yaml"]) == preset)
    #expect(try bytes(scratch.file("again.onnx")) == bytes(scratch.file("preset.onnx")))
  }

  @Test func `is used by evaluate, and overridden by the option`() throws {
    func accuracy(_ options: String...) throws -> Double {
      let ending = try Program(
        ["evaluate", Example.model, "--data", Example.test, "--json"] + options, in: scratch
      ).wait()
      #expect(ending.code == 0, "\(ending.error)")
      return try #require(ending.json["top1"] as? Double)
    }
    let dark = try scratch.write("dark.yaml", "preprocess:\n  scale: 0\n")
    #expect(try accuracy("--recipe", try scratch.write("unit.yaml", unit)) == 0.994)
    #expect(try accuracy("--recipe", dark) < 0.5)
    #expect(try accuracy("--recipe", dark, "--preprocess", "unit") == 0.994)
  }

  @Test func `that does not fit the data is refused with settings that exist`() throws {
    let three = try scratch.write("three.yaml", "preprocess:\n  mean: [1, 2, 3]\n")
    let ending = try tsq(
      "evaluate", Example.model, "--data", Example.test, "--recipe", three, in: scratch)
    #expect(ending.code == 65)
    #expect(ending.error.contains("mean has 3 values, but the samples have 1 channels"))
    #expect(ending.error.contains("'preprocess'") && ending.error.contains("'layout: nhwc'"))
  }
}
