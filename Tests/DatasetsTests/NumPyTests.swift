import Datasets
import Tensors
import TestSupport
import Testing

private let values = (0..<24).map { Float($0 * 7 % 256) }

@Suite(.timeLimit(.minutes(10))) struct `NumPy files` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test(arguments: [
    ("a.npy", NumPyFixtures.images), ("a.npy", NumPyFixtures.doubles),
    ("a.npy.gz", NumPyFixtures.compressed), ("a.npy.gz", NumPyFixtures.members),
    ("a.npz", NumPyFixtures.stored), ("a.npz", NumPyFixtures.deflated),
  ])
  func `arrays of every kind of file hold the same images`(name: String, bytes: [UInt8]) throws {
    let data = try Dataset.open(path: try scratch.write(name, bytes))
    #expect(data.sampleShape == [3, 2, 2])
    #expect(try data.samples(0..<2).values == values)
    #expect(data.labels == (name == "a.npz" ? [3, 1] : nil))
    #expect(data.classCount == (name == "a.npz" ? 4 : nil))
  }

  @Test func `half precision is widened`() throws {
    let data = try Dataset.open(path: try scratch.write("a.npy", NumPyFixtures.halves))
    #expect(try data.samples(0..<2).values == values.map { $0 / 2 })
  }

  @Test func `deflated bytes with repetitions are inflated`() throws {
    let data = try Dataset.open(path: try scratch.write("a.npz", NumPyFixtures.large))
    #expect(data.sampleShape == [1, 64, 64])
    let image = try data.samples(0..<1).values
    #expect(image[5 * 64 + 6] == 9)
    #expect(image.reduce(0, +) == 9)
  }

  @Test func `an archive with two sets gives the split asked for`() throws {
    let path = try scratch.write("mnist.npz", NumPyFixtures.splits)
    #expect(try Dataset.open(path: path).labels == [3, 1])
    #expect(try Dataset.open(path: path, split: .test).labels == [3])
  }

  @Test(arguments: [NumPyFixtures.named, NumPyFixtures.unnamed])
  func `entries of an archive that nobody asks for are passed over`(bytes: [UInt8]) throws {
    let data = try Dataset.open(path: try scratch.write("a.npz", bytes))
    #expect(try data.samples(0..<2).values == values)
    #expect(data.labels == [3, 1])
  }

  @Test func `an entry that holds more than it declares is not inflated further`() throws {
    var bytes = NumPyFixtures.large
    // The size in the directory, 24 bytes into its only entry.
    let directory = try #require(
      bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
    bytes.replaceSubrange(directory + 24..<directory + 28, with: [100, 0, 0, 0])
    let path = try scratch.write("a.npz", bytes)
    let error = #expect(throws: DatasetError.self) { try Dataset.open(path: path) }
    #expect(error?.kind == .damaged)
    #expect(error?.problem == "holds more than the 100 bytes that it declares")
  }

  @Test func `labels that no network can have are refused`() throws {
    let images = try scratch.write("pictures.npy", NumPyFixtures.images)
    // The second label becomes 2⁶⁴ − 1 as uint64, and 2³¹ as int64.
    for (type, label) in [
      ("u8", [UInt8](repeating: 255, count: 8)), ("i8", [0, 0, 0, 128, 0, 0, 0, 0]),
    ] {
      var bytes = NumPyFixtures.labels
      let text = try #require(
        bytes.indices.first { bytes[$0...].starts(with: Array("i8".utf8)) })
      bytes.replaceSubrange(text..<text + 2, with: Array(type.utf8))
      bytes.replaceSubrange(bytes.count - 8..<bytes.count, with: label)
      let labels = try scratch.write("\(type).npy", bytes)
      let error = #expect(throws: DatasetError.self) {
        try Dataset.open(path: images, labels: labels)
      }
      #expect(error?.kind == .labelOutOfRange)
      #expect(error?.problem.contains("of sample 1 is beyond 2147483647") == true)
    }
    for (text, problem) in [
      ("1\n\(Int.max)\n", "in line 2 is beyond 2147483647"), ("1\n-1\n", "is negative"),
    ] {
      let labels = try scratch.write("labels.txt", Array(text.utf8))
      let error = #expect(throws: DatasetError.self) {
        try Dataset.open(path: images, labels: labels)
      }
      #expect(error?.kind == .labelOutOfRange)
      #expect(error?.problem.contains(problem) == true)
    }
  }

  @Test func `labels lie beside images or are named`() throws {
    try scratch.write("images.npy", NumPyFixtures.images)
    try scratch.write("labels.npy", NumPyFixtures.labels)
    #expect(try Dataset.open(path: scratch.path).labels == [3, 1])
    let text = try scratch.write("other.txt", Array("7\n 5\r\n".utf8))
    let path = scratch.path + "/images.npy"
    #expect(try Dataset.open(path: path, labels: text).labels == [7, 5])
    let three = try scratch.write("three.txt", Array("7\n5\n6\n".utf8))
    let error = #expect(throws: DatasetError.self) {
      try Dataset.open(path: path, labels: three)
    }
    #expect(error?.kind == .wrongCount)
    #expect("\(try #require(error))".contains("3 labels for the 2 samples"))
  }

  @Test(arguments: [
    (NumPyFixtures.fortran, "ascontiguousarray"), (NumPyFixtures.records, "numpy.save"),
    (NumPyFixtures.labels, "[count, channels, height, width]"),
    (Array(NumPyFixtures.images.dropLast()), "again"),
    (Array(NumPyFixtures.images.prefix(40)), "again"),
    (Array(NumPyFixtures.deflated.dropLast(40)), "again"),
    (Array(NumPyFixtures.compressed.dropLast(9)), "again"),
  ])
  func `what cannot be read is refused with a remedy`(bytes: [UInt8], remedy: String) throws {
    let path = try scratch.write("a.npy", bytes)
    let error = #expect(throws: DatasetError.self) { try Dataset.open(path: path) }
    #expect(error?.remedy.contains(remedy) == true, "\(String(describing: error))")
    #expect(error?.file.hasPrefix(path) == true)
  }

  @Test func `no flipped bit makes a reader trap or lets damage through unseen in an archive`()
    throws
  {
    let whole = NumPyFixtures.deflated
    let path = scratch.path + "/a.npz"
    for index in whole.indices {
      var bytes = whole
      bytes[index] ^= 0x14
      try scratch.write("a.npz", bytes)
      do throws(DatasetError) {
        let data = try Dataset.open(path: path)
        #expect(try data.samples(0..<data.count).values == values, "byte \(index)")
      } catch {
        #expect(error.file.hasPrefix(path))
      }
    }
  }
}
