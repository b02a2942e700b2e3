import Foundation
import ONNXSchema
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

  /// PNG of 4 × 4, grey noise.
  private static let noise = [
    """
    iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAAAAACMmsGiAAAAHElEQVR42mP2Y3hqy/BbPucj0y4u8w9M4sbOCwFI\
    DAcIPGX42QAAAABJRU5ErkJggg==
    """,
    """
    iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAAAAACMmsGiAAAAHUlEQVR42mM8fNrIgKFF+vVPBrM1KT+YLP77ygAA\
    VfYIVUhUfHAAAAAASUVORK5CYII=
    """,
    """
    iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAAAAACMmsGiAAAAHUlEQVR42mPYLCxVwvh7wwUFRjZzu7PMe9694wEA\
    Sa8H4RSi7ekAAAAASUVORK5CYII=
    """,
    """
    iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAAAAACMmsGiAAAAHUlEQVR42mOo5mxcwOL+6oQPIwvPsnsst/5cngEA\
    TAYIyXusbqYAAAAASUVORK5CYII=
    """,
    """
    iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAAAAACMmsGiAAAAHUlEQVR42mOYeJNnLcvmN+JGjCJGX/8yeVewBAMA\
    UNkHZUEu13EAAAAASUVORK5CYII=
    """,
    """
    iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAAAAACMmsGiAAAAHElEQVR42mO0s5E6xMIunhzEsJWngZ9xz//sEAAy\
    egX6gsknKwAAAABJRU5ErkJggg==
    """,
    """
    iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAAAAACMmsGiAAAAHElEQVR42mMUmyQnz8j5w8SSsV+Ur5Dp/VG3ZQAy\
    DAYcQmn3iQAAAABJRU5ErkJggg==
    """,
    """
    iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAAAAACMmsGiAAAAHUlEQVR42mOcyWcvwHT7DDcrw1077nfMvH9LpgAA\
    PSkG2iPMcqQAAAAASUVORK5CYII=
    """,
    """
    iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAAAAACMmsGiAAAAHUlEQVR42mN8mWGvzcD5h/sHw8ugC5OY3wSLWQEA\
    URMH9GE6724AAAAASUVORK5CYII=
    """,
    """
    iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAAAAACMmsGiAAAAHUlEQVR42mOUOf5vK/O1+DdLmA/zZf5i/tMi9wkA\
    ZhUKKueBlzgAAAAASUVORK5CYII=
    """,
  ]

  private func evaluate(_ data: String, _ preprocess: String) throws -> Program.Ending {
    let recipe = try scratch.write("recipe.yaml", "preprocess:\n  \(preprocess)\n")
    return try tsq("evaluate", Example.model, "--data", data, "--recipe", recipe, in: scratch)
  }

  @Test func `whose size the network does not take are refused with both sizes`() throws {
    _ = try scratch.folder("data/cat")
    try scratch.write("data/cat/a.png", image)
    let cases = [
      ("scale: 1", "1×2×2"), ("resize: 16", "1×16×16"), ("stretch: [5, 4]", "1×4×5"),
      ("crop: [7, 6]", "1×6×7"), ("crop: 9", "1×9×9"),
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

  /// Ten images of which three are damaged, in a folder per class where there are labels.
  private func fill(classes: Int? = nil) throws -> String {
    for index in 0..<10 {
      let folder = classes.map { "data/\(index % $0)" } ?? "data"
      if !exists(scratch.file(folder)) { _ = try scratch.folder(folder) }
      let bytes = Array(try #require(Data(base64Encoded: Self.noise[index])))
      let isDamaged = [2, 5, 9].contains(index)
      try scratch.write(
        "\(folder)/\(index).png", isDamaged ? Array(bytes.dropLast(30)) : bytes)
    }
    return scratch.file("data")
  }

  private func quantize(_ data: String, _ run: String, _ more: String...) throws -> Program.Ending {
    let recipe = try scratch.write("recipe.yaml", "preprocess:\n  stretch: [8, 8]\n")
    return try Program(
      [
        "quantize", Example.model, "--data", data, "--recipe", recipe, "--json", "--refine", "none",
        "--output", scratch.file(run + ".onnx"), "--run-folder", scratch.file(run),
      ] + more, in: scratch
    ).wait()
  }

  @Test func `that cannot be decoded are left out, named and counted`() throws {
    let data = try fill()
    // The first of the drawn order, whichever that is.
    try CommandTests.expectRefusal(
      quantize(data, "run"), 65, ".png'", "PNG image cannot be decoded", "'--skip-images N'",
      leavingNothingIn: scratch)
    try CommandTests.expectRefusal(
      quantize(data, "run", "--skip-images", "2"), 65, "after 2 others that were left out",
      leavingNothingIn: scratch)
    let ending = try quantize(data, "out", "--skip-images", "3", "--workers", "1")
    #expect(ending.code == 0, "\(ending.error)")
    let notes = try #require(try ending.json["notes"] as? [String])
    #expect(notes.first == "3 images that cannot be decoded left out")
    for index in [2, 5, 9] { #expect(notes.contains { $0.contains("data/\(index).png'") }) }
    let page = String(decoding: try bytes(scratch.file("out/report.html")), as: UTF8.self)
    #expect(page.contains("3 images that cannot be decoded left out") && page.contains("9.png"))
    // The same by any number of workers; without the damaged files nothing is left out.
    let more = try quantize(data, "more", "--skip-images", "10", "--workers", "3")
    #expect(more.code == 0, "\(more.error)")
    for file in try entries(data).filter({ ["2.png", "5.png", "9.png"].contains($0) }) {
      try FileManager.default.removeItem(atPath: data + "/" + file)
    }
    let whole = try quantize(data, "whole", "--workers", "2")
    #expect(try whole.json["notes"] as? [String] == [])
    #expect(try bytes(scratch.file("more.onnx")) == bytes(scratch.file("out.onnx")))
  }

  @Test func `that cannot be decoded are left out by the other commands too`() throws {
    let data = try fill(classes: 10)
    let recipe = try scratch.write("recipe.yaml", "preprocess:\n  stretch: [8, 8]\n")
    let shared = [Example.model, "--data", data, "--recipe", recipe, "--json"]
    let refused = try Program(["evaluate"] + shared, in: scratch).wait()
    #expect(refused.code == 65 && refused.error.contains("2.png"), "\(refused.error)")
    let ending = try Program(["evaluate"] + shared + ["--skip-images", "3"], in: scratch).wait()
    #expect(ending.code == 0, "\(ending.error)")
    #expect(try ending.json["images"] as? Int == 7)
    let skipped = try #require(try ending.json["skipped"] as? [String])
    #expect(skipped == [2, 5, 9].map { "\(data)/\($0)/\($0).png" })
    let compared = try Program(
      ["compare"] + shared + ["--methods", "round", "--workers", "1", "--skip-images", "3"],
      in: scratch
    ).wait()
    #expect(compared.code == 0, "\(compared.error)")
    let negative = try Program(["evaluate"] + shared + ["--skip-images=-1"], in: scratch).wait()
    #expect(negative.code == 64)
  }

  @Test func `in folders that are not the network's classes are refused`() throws {
    let data = try fill(classes: 2)
    let ending = try evaluate(data, "stretch: [8, 8]")
    #expect(ending.code == 65)
    #expect(
      ending.error.contains("has 2 folders of classes (0, 1), but the network has 10 classes"),
      "\(ending.error)")
  }

  @Test func `of several sizes are refused where preprocessing leaves the size open`() throws {
    let data = try fill(classes: 10)
    // PNG of 1 × 1.
    let dot = try #require(
      Data(
        base64Encoded: """
          iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSu\
          QmCC
          """))
    try scratch.write("data/3/3.png", Array(dot))
    let ending = try evaluate(data, "crop: 2")
    #expect(ending.code == 65)
    #expect(ending.error.contains("of the network takes"), "\(ending.error)")
    // Of one channel, and with a size of its own.
    let small = try Example.model("small.onnx", in: scratch) { model in
      for axis in 2...3 { model.graph.input[0].type.tensorType.shape.dim[axis].dimParam = "side" }
    }
    let recipe = try scratch.write("recipe.yaml", "preprocess:\n  resize: 8\n")
    try scratch.write("data/3/3.png", image)
    let fits = try tsq(
      "evaluate", small, "--data", data, "--recipe", recipe, "--skip-images", "3", in: scratch)
    #expect(fits.code == 0, "\(fits.error)")
    // 4 × 2 pixels, 16 × 8 when resized.
    let wide = try #require(
      Data(
        base64Encoded: """
          iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAIAAADwyuo0AAAAC0lEQVR4nGNgwAUAABoAAbw84EEAAAAASUVORK5C\
          YII=
          """))
    try scratch.write("data/3/3.png", Array(wide))
    let mixed = try tsq(
      "evaluate", small, "--data", data, "--recipe", recipe, "--skip-images", "3", in: scratch)
    #expect(mixed.code == 65)
    #expect(
      mixed.error.contains("3.png': resized is 16×8 pixels, but the images before are 8×8"),
      "\(mixed.error)")
  }

  @Test func `that a list names first but nobody has are no header of the list`() throws {
    for name in ["none.jpg", "val/0001"] {
      let list = try scratch.write("list.csv", name + "\n" + Example.model + "\n")
      try CommandTests.expectRefusal(
        Example.quantize(data: list, in: scratch), 66, "row 1: there is no file '\(name)'",
        leavingNothingIn: scratch)
    }
    let labelled = try scratch.write("labelled.csv", "none,1\n" + Example.model + ",2\n")
    try CommandTests.expectRefusal(
      Example.quantize(data: labelled, in: scratch), 66, "row 1: there is no file 'none'",
      leavingNothingIn: scratch)
  }
}
