import RunStore
import Tensors
import TestSupport
import Testing

/// What a resumed fine-tune knows of the process before it, and what it is kept from.
@Suite(.timeLimit(.minutes(10)))
struct `a resumed fine-tune` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// Of one epoch.
  private func quantize(_ more: String...) throws -> Program.Ending {
    let recipe = try scratch.write(
      "recipe.yaml", "fine-tune: {epochs: 1, batch: 32, mirror: false}\nrefine: none\n")
    return try Program(
      [
        "quantize", Example.model, "--data", Example.training, "--preprocess", "unit",
        "--calibration", "32", "--json", "--recipe", recipe, "--workers", "1",
        "--output", scratch.file("out.onnx"), "--run-folder", scratch.file("run"),
      ] + more, in: scratch
    ).wait()
  }

  @Test func `tells the loss of the last epoch though nothing is left to do`() throws {
    func loss(_ ending: Program.Ending) throws -> Double? {
      #expect(ending.code == 0, "\(ending.error)")
      return (try ending.json["fineTune"] as? [String: Any])?["loss"] as? Double
    }
    let first = try #require(try loss(quantize()))
    #expect(first > 0)
    #expect(try loss(quantize("--resume")) == first)
  }

  @Test func `does not take images to learn from for the validation data of before`() throws {
    let first = try quantize("--validation", Example.test)
    #expect(first.code == 0, "\(first.error)")
    let other = try quantize("--fine-tune-data", Example.test, "--resume")
    #expect(other.code == 78, "\(other.error)")
    #expect(other.error.contains("data"), "\(other.error)")
  }
}
