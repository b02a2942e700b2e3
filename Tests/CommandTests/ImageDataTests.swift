import Foundation
import TestSupport
import Testing

/// Folders and lists of image files, given to the program.
@Suite(.timeLimit(.minutes(10)))
struct `image files` {
  let scratch: ScratchFolder
  private let image: [UInt8]

  init() throws {
    scratch = try ScratchFolder()
    // PNG of 2 × 2, RGB.
    let text = """
      iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGNkENGwsbFhqOhZsOXEHQAVrATu\
      u6j5zgAAAABJRU5ErkJggg==
      """
    image = Array(try #require(Data(base64Encoded: text)))
  }

  private func evaluate(_ data: String, _ preprocess: String) throws -> Program.Ending {
    let recipe = try scratch.write("recipe.yaml", "preprocess:\n  \(preprocess)\n")
    return try tsq("evaluate", Example.model, "--data", data, "--recipe", recipe, in: scratch)
  }

  @Test func `whose size the network does not take are refused with both sizes`() throws {
    _ = try scratch.folder("data/cat")
    try scratch.write("data/cat/a.png", image)
    let cases = [
      ("scale: 1", "3×2×2"), ("resize: 16", "3×16×16"), ("stretch: [5, 4]", "3×4×5"),
      ("crop: input", "3×8×8"), ("crop: [7, 6]", "3×6×7"), ("crop: 9", "3×9×9"),
    ]
    for (preprocess, shape) in cases {
      let ending = try evaluate(scratch.file("data"), preprocess)
      #expect(ending.code == 65)
      #expect(
        ending.error.contains("samples of shape \(shape), but input 'input' of the network takes"))
      #expect(ending.error.contains("'resize', 'crop' or 'stretch'"))
    }
  }

  @Test func `cannot be resized in ways that do not exist`() throws {
    let cases = [
      ("resize: 0", "'preprocess.resize' is to be in pixels, 1 to 65535, not 0"),
      ("resize: 8\n  stretch: [8, 8]", "both 'resize' and 'stretch'"),
      ("stretch: [8]", "is to be [width, height]"), ("stretch: 8", "a list"),
      ("crop: [1, 2, 3]", "1 to 65535, not 1, 2, 3"), ("crop: all", "[width, height] or 'input'"),
      ("crop: -1", "'preprocess.crop'"),
    ]
    for (preprocess, words) in cases {
      let ending = try evaluate(Example.test, preprocess)
      #expect(ending.code == 78 && ending.error.contains(words), "\(preprocess): \(ending.error)")
    }
  }

  @Test func `leave arrays as they are`() throws {
    let ending = try evaluate(Example.test, "scale: 0.003921569\n  resize: 16\n  crop: 4")
    #expect(ending.code == 0 && ending.output.contains("99.40 %"), "\(ending.error)")
  }

  @Test func `that a list names but nobody has end the run with the row`() throws {
    try scratch.write("a.png", image)
    let list = try scratch.write("list.csv", "path,label\na.png,1\nb.png,2\n")
    try CommandTests.expectRefusal(
      Example.quantize(data: list, in: scratch), 66, "row 3: there is no file 'b.png'", list,
      leavingNothingIn: scratch)
  }
}
