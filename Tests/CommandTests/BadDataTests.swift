import Foundation
import TestSupport
import Testing

/// Data that does not fit is refused before any work.
@Suite(.timeLimit(.minutes(10)))
struct `bad data` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

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

  /// 64 images of 8 × 8 floats as NumPy writes them, value 5 of image 40 being `value`.
  private func floats(_ name: String, _ value: Float) throws -> String {
    var values = (0..<64 * 64).map { Float($0 % 16) / 16 }
    values[40 * 64 + 5] = value
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (64, 8, 8), }"
    header += String(repeating: " ", count: 117 - header.count) + "\n"
    let start: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0]
    return try scratch.write(
      name,
      start + Array(header.utf8)
        + values.flatMap { value in (0..<4).map { UInt8(value.bitPattern >> ($0 * 8) & 255) } })
  }

  @Test(arguments: [Float.nan, .infinity])
  func `with a value that is no number`(_ value: Float) throws {
    let data = try floats("images.npy", value)
    let folder = try scratch.folder("empty")
    for run in [scratch.file("run"), folder] {
      try CommandTests.expectRefusal(
        Example.quantize(
          data: data, in: scratch, "--calibration", "64", "--preprocess", "none", "--run-folder",
          run), 65, "value 5 of sample 40", data, leavingNothingIn: scratch)
    }
    #expect(try entries(folder).isEmpty)
    try CommandTests.expectRefusal(
      Example.quantize(in: scratch, "--validation", data, "--validation-labels", try labels()), 65,
      "value 5 of sample 40", data, leavingNothingIn: scratch)
  }

  private func labels() throws -> String {
    try scratch.write("labels.txt", String(repeating: "1\n", count: 64))
  }

  @Test func `with a label beyond any class`() throws {
    let text = String(repeating: "1\n", count: 499) + "\(Int.max)\n"
    let file = try scratch.write("huge.txt", text)
    let ending = try tsq(
      "evaluate", Example.model, "--data", Example.test, "--labels", file, "--preprocess", "unit",
      in: scratch)
    #expect(ending.code == 65)
    #expect(ending.error.contains("in line 500 is beyond 2147483647"), "\(ending.error)")
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
