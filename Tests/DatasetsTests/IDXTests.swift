import Datasets
import Tensors
import TestSupport
import Testing

private func idx(_ type: UInt8, _ shape: [Int], _ elements: [UInt8]) -> [UInt8] {
  [0, 0, type, UInt8(shape.count)]
    + shape.flatMap { UInt32($0).bigEndian.littleEndianBytes } + elements
}

@Suite(.timeLimit(.minutes(10))) struct `IDX files` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test func `a folder of MNIST's names gives both splits with labels`() throws {
    try scratch.write("train-images-idx3-ubyte", idx(8, [2, 2, 3], Array(0..<12)))
    try scratch.write("train-labels-idx1-ubyte", idx(8, [2], [5, 0]))
    try scratch.write("t10k-images-idx3-ubyte", idx(8, [1, 2, 3], Array(20..<26)))
    try scratch.write("t10k-labels-idx1-ubyte", idx(8, [1], [9]))
    let training = try Dataset.open(path: scratch.path)
    #expect(training.sampleShape == [1, 2, 3])
    #expect(training.labels == [5, 0])
    #expect(try training.samples(1..<2).values == [6, 7, 8, 9, 10, 11])
    let test = try Dataset.open(path: scratch.path, split: .test)
    #expect(test.labels == [9])
    #expect(test.classCount == 10)
  }

  @Test func `big-endian elements are turned round`() throws {
    let values: [Float] = [1.5, -2]
    let bytes = values.flatMap { $0.bitPattern.bigEndian.littleEndianBytes }
    let path = try scratch.write("a.idx", idx(0x0D, [1, 2], bytes))
    #expect(try Dataset.open(path: path).samples(0..<1).values == values)
    let shorts = [Int16(-3), 300].flatMap { $0.bigEndian.littleEndianBytes }
    let short = try scratch.write("b.idx", idx(0x0B, [1, 1, 2], shorts))
    #expect(try Dataset.open(path: short).samples(0..<1).values == [-3, 300])
  }

  @Test(arguments: [
    (idx(8, [2, 2, 3], Array(0..<11)), DatasetError.Kind.truncated),
    (idx(8, [2, 2, 3], Array(0..<13)), .truncated),
    (idx(8, [4_000_000_000, 4_000_000_000, 4_000_000_000], []), .truncated),
    ([0, 0, 8, 3, 0, 0], .truncated),
    (idx(8, [0, 2, 3], []), .empty),
    (idx(8, [12], Array(0..<12)), .wrongShape),
  ])
  func `a wrong size is refused`(bytes: [UInt8], kind: DatasetError.Kind) throws {
    let path = try scratch.write("a.idx", bytes)
    let error = #expect(throws: DatasetError.self) { try Dataset.open(path: path) }
    #expect(error?.kind == kind)
    #expect(error?.file == path)
  }

  @Test func `labels of the wrong number are refused`() throws {
    let images = try scratch.write("images.idx3", idx(8, [2, 2, 3], Array(0..<12)))
    let labels = try scratch.write("labels.idx1", idx(8, [3], [1, 2, 3]))
    let error = #expect(throws: DatasetError.self) { try Dataset.open(path: images) }
    #expect(error?.kind == .wrongCount)
    #expect(error?.file == labels)
  }
}
