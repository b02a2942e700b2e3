import Foundation
import Testing

/// Data that does not fit is refused before any work.
@Suite(.timeLimit(.minutes(5)))
struct `bad data` {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func expectRefusal(
    _ data: String, _ code: Int32, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try CommandTests.expectRefusal(
      Example.quantize(data: data, in: scratch), code, what, data, leavingNothingIn: scratch,
      sourceLocation: sourceLocation)
  }

  @Test func `that is missing`() throws {
    try expectRefusal(scratch.file("none.bin"), 66, "no such file or folder")
  }

  @Test func `in an empty folder`() throws {
    try expectRefusal(try scratch.folder("data"), 65, "the folder is empty")
  }

  @Test func `of another shape than the network takes`() throws {
    let data = try scratch.write("one.bin", [UInt8](repeating: 0, count: 3_073))
    try expectRefusal(data, 65, "samples of shape 3×32×32, but input 'input'")
  }

  @Test func `that ends in the middle of a CIFAR record`() throws {
    let data = try scratch.write("cut.bin", [UInt8](repeating: 0, count: 2 * 3_073 - 1))
    try expectRefusal(data, 65, "no whole number of records")
  }

  @Test func `that is shorter than an IDX header promises`() throws {
    let data = try scratch.write(
      "cut-images.idx3-ubyte", Array(try bytes(Example.training).prefix(5_000)))
    try expectRefusal(data, 65, "the header promises")
  }

  @Test func `with a label that is no class of the network`() throws {
    var labels = try bytes(Example.testLabels)
    labels[8 + 12] = 77
    let file = try scratch.write("labels.idx1-ubyte", labels)
    try CommandTests.expectRefusal(
      Example.quantize(
        in: scratch, "--validation", Example.test, "--validation-labels", file), 65,
      "label 77 of sample 12 is not in 0..<10", leavingNothingIn: scratch)
    let ending = try tsq(
      "evaluate", Example.model, "--data", Example.test, "--labels", file, "--preprocess", "unit",
      in: scratch)
    #expect(ending.code == 65)
    #expect(ending.error.contains("label 77 of sample 12"))
  }

  @Test func `with fewer labels than samples`() throws {
    var labels = try bytes(Example.testLabels)
    labels.removeLast()
    labels[7] &-= 1
    let file = try scratch.write("labels.idx1-ubyte", labels)
    try CommandTests.expectRefusal(
      Example.quantize(
        in: scratch, "--validation", Example.test, "--validation-labels", file), 65,
      "499 labels for the 500 samples", leavingNothingIn: scratch)
  }

  @Test func `without labels to measure accuracy by`() throws {
    let data = try scratch.write("alone.idx3-ubyte", try bytes(Example.test))
    let ending = try tsq(
      "evaluate", Example.model, "--data", data, "--preprocess", "unit", in: scratch)
    #expect(ending.code == 65)
    #expect(ending.error.contains("has no labels"))
    #expect(ending.error.contains("--labels"))
  }
}
