import Foundation
import ONNXSchema
import TestSupport
import Testing

/// A run is continued with what it was begun with, or not at all.
@Suite(.timeLimit(.minutes(10)))
struct `a resume refuses` {
  let scratch: ScratchFolder

  /// Begins a run and leaves it before any worker comes.
  init() throws {
    scratch = try ScratchFolder()
    _ = try Example.quantize(
      in: scratch, "--workers", "0", "--listen", "tcp://127.0.0.1:0", "--insecure",
      "--worker-deadline", "1")
  }

  private func expectRefusal(
    _ ending: Program.Ending, of field: String, _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try CommandTests.expectRefusal(
      ending, 78, "cannot resume '\(scratch.file("run"))': \(field) differs: " + what,
      leavingNothingIn: scratch, except: ["run"], sourceLocation: sourceLocation)
  }

  @Test func `another model, other data or another recipe, by name`() throws {
    let model = try Example.model("other.onnx", in: scratch) { model in
      model.graph.initializer[0].rawData[0] ^= 1
    }
    try expectRefusal(try Example.quantize(model, in: scratch, "--resume"), of: "model")
    try expectRefusal(
      try Example.quantize(data: Example.test, in: scratch, "--resume"), of: "data")
    try expectRefusal(
      try Example.quantize(in: scratch, "--resume", "--validation", Example.test), of: "data")
    try expectRefusal(
      try Example.quantize(in: scratch, "--resume", "--weights", "binary"),
      of: "recipe", "weights: ternary → binary;")
    try expectRefusal(
      try Example.quantize(in: scratch, "--resume", "--seed", "1"), of: "recipe")
    // Begun anew where a run lies already.
    try CommandTests.expectRefusal(
      Example.quantize(in: scratch), 78, "holds a run already", "--resume",
      leavingNothingIn: scratch, except: ["run"])
    // And continued with the same.
    let ending = try Example.quantize(in: scratch, "--resume")
    #expect(ending.code == 0, "\(ending.error)")
  }
}
