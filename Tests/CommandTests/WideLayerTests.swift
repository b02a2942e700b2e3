import Foundation
import TestSupport
import Testing

/// Layers whose covariance does not fit the memory, which a recipe makes small for it.
@Suite(.timeLimit(.minutes(10)))
struct `a layer that only samples fit` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func recipe(_ text: String) throws -> String {
    try scratch.write("recipe.yaml", text)
  }

  @Test(
    arguments: [
      ("method: gptq\n", "and the method 'gptq' cannot solve it from samples"),
      ("method: admm\n", "and the method 'admm' cannot solve it from samples"),
      ("scale: layer\n", "and it cannot have one scale for the whole layer"),
    ])
  func `is refused by name where samples do not serve`(_ text: String, _ what: String) throws {
    try expectRefusal(
      Example.quantize(
        in: scratch, "--recipe", recipe(text + "solver:\n  memory: 0\n"), "--run-folder",
        scratch.file("run")), 65, "layer 'stem.conv' has 9 inputs", what, "recipe",
      leavingNothingIn: scratch)
  }

  @Test func `is solved from them, and shown with their number`() throws {
    // 32 images with 8 × 8 positions of 144 inputs; narrower layers have their sums.
    let memory = Double(32 * 80 * 80) / Double(1 << 30)
    let ending = try Example.quantize(
      in: scratch, "--recipe", recipe("refine: none\nsolver:\n  memory: \(memory)\n  kicks: 3\n"),
      "--run-folder", scratch.file("run"))
    let json = try ending.json
    let notes = try #require(json["notes"] as? [String])
    #expect(notes.contains { $0.contains("'block1.conv1'") && $0.contains("solved from 2048") })
    #expect(!notes.contains { $0.contains("'stem.conv'") })
    let layers = try #require(json["layers"] as? [[String: Any]])
    for layer in layers { #expect(try #require(layer["error"] as? Double) < 0.9) }
    let resolved = String(decoding: try bytes(scratch.file("run/recipe.yaml")), as: UTF8.self)
    #expect(resolved.contains("memory: ") && resolved.contains("kicks: 3"))
    let page = String(decoding: try bytes(scratch.file("run/report.html")), as: UTF8.self)
    #expect(page.contains("solved from 2048"))
    let inspected = try tsq("inspect", scratch.file("run"), in: scratch)
    let line = try #require(
      inspected.output.split(separator: "\n").last { $0.hasPrefix("block1.conv1") })
    #expect(line.split(separator: " ")[1...2] == ["144", "2048"])
    #expect(line.contains("projection ") && !line.contains("ADMM"))
  }
}
