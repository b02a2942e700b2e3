import Datasets
import Tensors
import TestSupport
import Testing

/// Where images come from.
@Suite(.timeLimit(.minutes(10))) struct `lists of images` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func fill(_ names: String..., in folder: String) throws {
    _ = try scratch.folder(folder)
    for name in names { try scratch.write(folder + "/" + name, ImageFixtures.colour) }
  }

  private func expectRefusal(
    _ kind: DatasetError.Kind, _ file: String, _ text: String, _ paths: String...,
    labels: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: DatasetError.self, sourceLocation: sourceLocation) {
      try Dataset.open(paths: paths, labels: labels)
    }
    #expect(error?.kind == kind, sourceLocation: sourceLocation)
    #expect(error?.file == file, sourceLocation: sourceLocation)
    #expect(
      error?.description.contains(text) == true, "\(error?.description ?? "")",
      sourceLocation: sourceLocation)
  }

  @Test func `one folder per class is numbered in order of name`() throws {
    try fill("b.jpg", "a.jpg", "notes.txt.png", in: "zebra")
    try fill("x.JPEG", "without ending", in: "ant")
    try scratch.write("ant/list.txt", "no image")
    try scratch.write("about.txt", "no image")
    let data = try Dataset.open(path: scratch.path)
    #expect(data.labels == [0, 0, 1, 1, 1])
    #expect(data.classCount == 2)
    #expect(
      data.files
        == [
          "ant/without ending", "ant/x.JPEG", "zebra/a.jpg", "zebra/b.jpg", "zebra/notes.txt.png",
        ].map(scratch.file))
    #expect(try data.subset([4, 0]).samples(0..<2).shape == [2, 3, 9, 13])
  }

  @Test func `a flat folder has no labels, unless a file gives them`() throws {
    try fill("b.jpg", "a.jpg", in: "flat")
    let flat = scratch.file("flat")
    #expect(try Dataset.open(path: flat).labels == nil)
    let labels = try scratch.write("labels.txt", "4\n2\n")
    #expect(try Dataset.open(path: flat, labels: labels).labels == [4, 2])
    #expect(try Dataset.open(path: flat + "/a.jpg").count == 1)
    let short = try scratch.write("short.txt", "4\n")
    expectRefusal(.wrongCount, short, "1 labels for the 2 images", flat, labels: short)
  }

  @Test func `a list names images beside it, or in the folder that is called like it`() throws {
    try fill("a.jpg", "b, c.jpg", in: "val")
    let list = try scratch.write(
      "val.csv", "file,label,origin\r\na.jpg, 7 ,x\r\n\"b, c.jpg\",1,y\r\nval/a.jpg,0,z\r\n")
    let data = try Dataset.open(path: list)
    #expect(data.labels == [7, 1, 0])
    let files = ["val/a.jpg", "val/b, c.jpg", "val/a.jpg", "val.csv"].map(scratch.file)
    #expect(data.files == files)
    let bare = try scratch.write("bare.csv", "\n\(scratch.path)/val/a.jpg\n\nval/a.jpg")
    #expect(try Dataset.open(path: bare).labels == nil)
    #expect(try Dataset.open(path: bare).count == 2)
  }

  @Test func `rows that are wrong are refused with their number`() throws {
    try fill("a.jpg", in: "val")
    let cases: [(String, DatasetError.Kind, String)] = [
      ("a.jpg,1\nnone.jpg,2\n", .missing, "row 2: there is no file 'none.jpg'"),
      ("none.jpg\n", .missing, "row 1"),
      ("path,label\na.jpg,cat\n", .labelOutOfRange, "row 2: label 'cat' is not a whole number"),
      ("a.jpg,cat\n", .labelOutOfRange, "row 1"),
      ("a.jpg,-1\n", .labelOutOfRange, "row 1: label -1 is not in"),
      ("a.jpg,99999999999\n", .labelOutOfRange, "row 1"),
      ("a.jpg,1\na.jpg\n", .wrongCount, "row 2: one row has a label"),
      ("path,label\n", .empty, "lists no images"), ("", .empty, "the file is empty"),
      (",1\n", .missing, "row 1"),
    ]
    for (text, kind, words) in cases {
      expectRefusal(kind, scratch.file("val.csv"), words, try scratch.write("val.csv", text))
    }
  }

  @Test func `folders without images are refused by name`() throws {
    let empty = try scratch.folder("empty")
    expectRefusal(.empty, empty, "the folder is empty", empty)
    try fill("a.jpg", in: "cat")
    expectRefusal(.empty, empty, "the folder is empty", scratch.path)
    try scratch.write("empty/about.txt", "no image")
    expectRefusal(.empty, empty, "the folder of a class holds no images", scratch.path)
    expectRefusal(.unsupported, empty + "/", "no data in a known format", empty)
    let loose = try scratch.write("loose.jpg", ImageFixtures.colour)
    expectRefusal(.unsupported, loose, "lies beside folders", scratch.path)
  }

  @Test func `sources that do not go together are refused`() throws {
    try fill("a.jpg", in: "one/cat")
    try fill("a.jpg", in: "two/dog")
    try fill("a.jpg", in: "flat")
    let (one, two) = (scratch.file("one"), scratch.file("two"))
    expectRefusal(.wrongShape, two + "/dog/a.jpg", "among other classes", one, two)
    expectRefusal(.wrongCount, scratch.file("flat/a.jpg"), "no label", one, scratch.file("flat"))
    let array = try scratch.write("a.npy", NumPyFixtures.images)
    expectRefusal(.wrongShape, array, "data of one kind", one, array)
    #expect(try Dataset.open(paths: [one, one]).labels == [0, 0])
  }

  @Test func `sizes that do not go together are refused by name`() throws {
    try fill("a.jpg", in: "data")
    let other = try scratch.write("data/b.png", ImageFixtures.noise)
    let data = try Dataset.open(path: scratch.file("data"))
    let error = #expect(throws: DatasetError.self) { try data.samples(0..<2) }
    #expect(error?.file == other)
    #expect(error?.problem == "is 23×11 pixels, but the images before are 13×9")
    let geometry = ImageGeometry(
      resize: .shortSide(8), crop: .size(ImageSize(width: 12, height: 8)))
    let cut = try Dataset.open(
      path: scratch.file("data"), preprocessing: Preprocessing(geometry: geometry))
    let small = #expect(throws: DatasetError.self) { try cut.samples(0..<1) }
    #expect(small?.file == scratch.file("data/a.jpg"))
    #expect(small?.problem == "resized is 11×8 pixels, so 12×8 cannot be cut from it")
  }

  @Test func `the digest sees labels that lie in no file`() throws {
    try fill("a.jpg", in: "one/cat")
    try fill("b.jpg", in: "one/dog")
    let before = try Dataset.open(path: scratch.file("one")).contentDigest()
    try fill("a.jpg", "b.jpg", in: "two/cat")
    #expect(try Dataset.open(path: scratch.file("two")).contentDigest() != before)
    try fill("x.jpg", in: "three/a")
    try fill("x.jpg", in: "three/b")
    #expect(try Dataset.open(path: scratch.file("three")).contentDigest() == before)
  }

  @Test func `labels beyond the network's classes name the image`() throws {
    try fill("a.jpg", in: "one/cat")
    try fill("b.jpg", in: "one/dog")
    let list = try scratch.write("list.csv", "one/cat/a.jpg,0\none/dog/b.jpg,7\n")
    let data = try Dataset.open(path: list).subset([1])
    let error = #expect(throws: DatasetError.self) { try data.requireLabels(below: 7) }
    #expect(error?.file == scratch.file("one/dog/b.jpg"))
    #expect(throws: Never.self) { try data.requireLabels(below: 8) }
  }

  @Test func `folders that are not the network's classes are refused with both numbers`() throws {
    try fill("a.jpg", in: "one/cat")
    try fill("b.jpg", in: "one/dog")
    let data = try Dataset.open(path: scratch.file("one"))
    #expect(throws: Never.self) { try data.requireLabels(below: 2) }
    for count in [1, 3] {
      let error = #expect(throws: DatasetError.self) { try data.requireLabels(below: count) }
      #expect(
        error?.description.contains("2 folders of classes (cat, dog), but the network has \(count)")
          == true)
    }
  }
}
