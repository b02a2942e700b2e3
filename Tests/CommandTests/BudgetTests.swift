import Foundation
import TestSupport
import Testing

/// Sets of weights that are chosen under a budget, on the shipped example.
@Suite(.timeLimit(.minutes(10)))
struct `a budget of weights` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test func `gives the same plan and network for any number of workers, and by its recipe`()
    throws
  {
    let one = try Example.quantize(in: scratch, "--bits-budget", "2.5")
    let json = try one.json
    let plan = try #require(json["plan"] as? [String: Any])
    #expect(try #require(plan["spent"] as? Double) <= 2.5)
    #expect(plan["exact"] as? Bool == true)
    let chosen = try #require(plan["layers"] as? [[String: Any]]).map { $0["weights"] as? String }
    let layers = try #require(json["layers"] as? [[String: Any]])
    #expect(layers.map { $0["weights"] as? String } == chosen)
    // The two large layers take most of the budget, and the small ones are the sensitive ones.
    #expect(chosen.contains("ternary") && chosen.contains("shift2"))
    let page = String(decoding: try bytes(scratch.file("run/report.html")), as: UTF8.self)
    #expect(page.contains("Bit sets under a budget"))
    #expect(page.contains("Effect of bit sets by layer"))
    let network = try bytes(scratch.file("out.onnx"))
    let recipe = try bytes(scratch.file("out.plan.yaml"))
    #expect(try bytes(scratch.file("run/plan.yaml")) == recipe)
    let two = try Example.quantize(
      in: scratch, "--bits-budget", "2.5", "--workers", "2", "--run-folder", scratch.file("two"),
      "--output", scratch.file("two.onnx"))
    #expect(two.code == 0, "\(two.error)")
    #expect(try bytes(scratch.file("two.plan.yaml")) == recipe)
    #expect(try bytes(scratch.file("two.onnx")) == network)
    let again = try Example.quantize(
      in: scratch, "--recipe", scratch.file("out.plan.yaml"), "--run-folder",
      scratch.file("again"), "--output", scratch.file("again.onnx"))
    #expect(again.code == 0, "\(again.error)")
    #expect(try bytes(scratch.file("again.onnx")) == network)
  }

  @Test func `is only planned where that is asked for, and the run goes on from there`() throws {
    let ending = try Example.quantize(in: scratch, "--max-size", "11000", "--plan-only")
    let plan = try ending.json
    #expect(plan["unit"] as? String == "bytes")
    #expect(try #require(plan["spent"] as? Double) <= 11_000)
    let left = try entries(scratch.path).filter { !$0.hasPrefix("stream-") }
    #expect(left == ["out.plan.yaml", "run"])
    let whole = try Example.quantize(in: scratch, "--max-size", "11000", "--resume")
    let layers = try #require(try whole.json["layers"] as? [[String: Any]])
    #expect(layers.reduce(0) { $0 + ($1["bytes"] as? Int ?? 0) } == plan["spent"] as? Int)
  }

  @Test func `of a recipe gives way to weights that are asked for`() throws {
    let recipe = scratch.file("recipe.yaml")
    try Data("budget:\n  bits: 1.5\n".utf8).write(to: URL(filePath: recipe))
    let ending = try Example.quantize(
      in: scratch, "--recipe", recipe, "--weights", "ternary", "--plan-only")
    #expect(ending.code == 64)
    #expect(ending.error.contains("give '--bits-budget' or '--max-size'"))
  }

  @Test(
    arguments: [
      (["--bits-budget", "1.5"], Int32(78), "the smallest possible is 2.0991 bits"),
      (["--max-size", "100"], 78, "the smallest possible is"),
      (["--bits-budget", "nan"], 64, "nan bits per weight are not within"),
      (["--bits-budget=-1"], 64, "-1.0 bits per weight are not within"),
      (["--max-size", "0"], 64, "0 bytes hold no weights"),
      (["--bits-budget", "3", "--max-size", "9000"], 64, "two budgets"),
      (["--bits-budget", "3", "--weights", "ternary"], 64, "leave '--weights' out"),
      (["--plan-only"], 64, "give '--bits-budget' or '--max-size'"),
      (["--bits-budget", "3", "--method", "bwn"], 64, "method bwn is for binary weights"),
    ])
  func `that is wrong is refused`(_ options: [String], _ code: Int32, _ what: String) throws {
    let arguments =
      [
        "quantize", Example.model, "--data", Example.training, "--preprocess", "unit",
        "--output", scratch.file("out.onnx"),
      ] + options
    try expectRefusal(
      Program(arguments, in: scratch).wait(), code, what, leavingNothingIn: scratch)
  }

  @Test(
    arguments: [
      ("budget:\n  bits: 3\n  bytes: 9000\n", "either bits (--bits-budget) or bytes"),
      ("budget:\n  sets: [ternary]\n", "either bits (--bits-budget) or bytes"),
      ("budget:\n  bits: 3\n  sets: [quaternary]\n", "set 'quaternary' is not known"),
      ("budget:\n  bits: 3\n  sets: []\n", "no set of weights to choose from"),
      ("method: bwn\nbudget:\n  bits: 3\n", "method bwn is for binary weights"),
      ("budget:\n  bit: 3\n", "has no field 'bit'; the fields are bits, bytes, sets"),
      ("weights: float\nbudget:\n  bits: 3\n", "leave a budget nothing to choose"),
    ])
  func `in a recipe that is wrong is refused`(_ text: String, _ what: String) throws {
    try expectRefusal(
      Example.quantize(in: scratch, "--recipe", try scratch.write("recipe.yaml", text)), 78, what,
      leavingNothingIn: scratch)
  }
}
