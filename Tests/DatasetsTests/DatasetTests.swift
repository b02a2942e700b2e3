import Datasets
import Foundation
import Tensors
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct `dataset` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test func `preprocessing follows its formula in fp32`() throws {
    let path = try scratch.write("a.bin", records([[3]]))
    let data = try Dataset.open(path: path, preprocessing: .cifar10)
    let values = try data.samples(0..<1).values
    let mean: [Float] = [0.485, 0.456, 0.406]
    let deviation: [Float] = [0.229, 0.224, 0.225]
    for index in 0..<3072 {
      let raw = Float(index % 256) * (1 / 255)
      #expect(values[index] == (raw - mean[index / 1024]) / deviation[index / 1024])
    }
  }

  @Test func `channel order and layout move values, floats as bytes`() throws {
    let images = try scratch.write("a.npy", NumPyFixtures.images)
    let doubles = try scratch.write("b.npy", NumPyFixtures.doubles)
    for path in [images, doubles] {
      let swapped = Preprocessing(mean: [1, 2, 3], channelOrder: .bgr)
      let values = try Dataset.open(path: path, preprocessing: swapped).samples(0..<1).values
      let raw = (0..<12).map { Float($0 * 7) }
      #expect(
        values == raw[8..<12].map { $0 - 1 } + raw[4..<8].map { $0 - 2 } + raw[0..<4].map { $0 - 3 }
      )
      // Taken as [height 3, width 2, channels 2].
      let last = try Dataset.open(path: path, preprocessing: Preprocessing(layout: .nhwc))
      #expect(last.sampleShape == [2, 3, 2])
      let even = stride(from: 0, to: 12, by: 2).map { raw[$0] }
      let odd = stride(from: 1, to: 12, by: 2).map { raw[$0] }
      #expect(try last.samples(0..<1).values == even + odd)
    }
  }

  @Test func `preprocessing that does not fit is refused`() throws {
    let path = try scratch.write("a.npz", NumPyFixtures.large)
    for wrong in [
      Preprocessing.imagenet, Preprocessing(channelOrder: .bgr), Preprocessing(deviation: [0]),
      Preprocessing(scale: .nan),
    ] {
      let error = #expect(throws: DatasetError.self) {
        try Dataset.open(path: path, preprocessing: wrong)
      }
      #expect(error?.kind == .preprocessing)
    }
    for name in Preprocessing.presetNames { #expect(Preprocessing(preset: name) != nil) }
    #expect(Preprocessing(preset: "mnist") == nil)
  }

  @Test func `a drawn subset depends on the seed and grows from the front`() throws {
    let path = try scratch.write("a.bin", records((0..<50).map { [UInt8($0 % 10)] }))
    let data = try Dataset.open(path: path)
    let ten = data.calibrationSubset(count: 10, seed: 1)
    let twenty = data.calibrationSubset(count: 20, seed: 1)
    let first = try ten.samples(0..<10)
    #expect(first == (try twenty.samples(0..<10)))
    #expect(first != (try data.calibrationSubset(count: 10, seed: 2).samples(0..<10)))
    // Pixel 0 of record r is 5 r, so samples can be told apart.
    let numbers = try twenty.samples(0..<20).rows(0..<20)
    let drawn = (0..<20).map { Int(numbers.values[$0 * 3072]) / 5 }
    #expect(Set(drawn).count == 20)
    #expect(twenty.labels == drawn.map { $0 % 10 })
    // Golden: the draw must never change between versions.
    #expect(drawn.prefix(5) == [28, 37, 48, 23, 24])
    #expect(data.calibrationSubset(count: 99, seed: 1).count == 50)
    #expect(twenty.subset([3, 0]).labels == [drawn[3] % 10, drawn[0] % 10])
  }

  @Test func `the digest sees every byte and not the place`() throws {
    let first = try Dataset.open(path: try scratch.write("a.bin", records([[3], [4]])))
    let same = try Dataset.open(path: try scratch.write("b.bin", records([[3], [4]])))
    let other = try Dataset.open(path: try scratch.write("c.bin", records([[3], [5]])))
    #expect(try first.contentDigest() == same.contentDigest())
    #expect(try first.contentDigest() != other.contentDigest())
    try scratch.write("images.npy", NumPyFixtures.images)
    let bare = try Dataset.open(path: scratch.path + "/images.npy").contentDigest()
    try scratch.write("labels.npy", NumPyFixtures.labels)
    #expect(try Dataset.open(path: scratch.path + "/images.npy").contentDigest() != bare)
  }

  @Test func `labels beyond the network's classes are refused`() throws {
    let data = try Dataset.open(path: try scratch.write("a.npz", NumPyFixtures.stored))
    try data.requireLabels(below: 4)
    let error = #expect(throws: DatasetError.self) { try data.requireLabels(below: 3) }
    #expect(error?.kind == .labelOutOfRange)
    #expect("\(try #require(error))".contains("label 3 of sample 0"))
  }

  @Test func `a value that is not finite is refused with its sample`() throws {
    var bytes = NumPyFixtures.doubles
    // The last value, big-endian: an infinity.
    bytes.replaceSubrange(bytes.count - 8..<bytes.count, with: [0x7F, 0xF0, 0, 0, 0, 0, 0, 0])
    let data = try Dataset.open(path: try scratch.write("a.npy", bytes))
    #expect(try data.samples(0..<1).values.count == 12)
    let error = #expect(throws: DatasetError.self) { try data.samples(0..<2) }
    #expect(error?.kind == .notFinite)
    #expect("\(try #require(error))".contains("value 11 of sample 1"))
  }

  @Test func `paths that hold no data say what is supported`() throws {
    let cases: [(String, DatasetError.Kind, String)] = [
      (scratch.path + "/nothing", .missing, "no such file"),
      (scratch.path, .empty, "put the data files in it"),
      (try scratch.write("empty.bin", []), .empty, "the file is empty"),
      (try scratch.write("a.txt", [65]), .unsupported, ".npz"),
      (try scratch.write("a.jpg", [0xFF, 0xD8, 0xFF, 0xE0]), .damaged, "JPEG"),
    ]
    try FileManager.default.createDirectory(
      atPath: scratch.path + "/empty", withIntermediateDirectories: true)
    try FileManager.default.createDirectory(
      atPath: scratch.path + "/class/cat", withIntermediateDirectories: true)
    for (path, kind, text) in cases where path != scratch.path {
      let error = #expect(throws: DatasetError.self) { try Dataset.open(path: path) }
      #expect(error?.kind == kind)
      #expect("\(try #require(error))".contains(text))
    }
    let empty = #expect(throws: DatasetError.self) {
      try Dataset.open(path: scratch.path + "/empty")
    }
    #expect(empty?.kind == .empty)
    let classes = #expect(throws: DatasetError.self) {
      try Dataset.open(path: scratch.path + "/class")
    }
    #expect(classes?.kind == .empty)
    #expect(classes?.file == scratch.path + "/class/cat")
  }
}
