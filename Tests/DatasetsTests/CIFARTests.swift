import Datasets
import Tensors
import TestSupport
import Testing

/// Records whose pixel `i` of record `r` is `(r·5 + i) mod 256`.
func records(_ labels: [[UInt8]]) -> [UInt8] {
  labels.enumerated().flatMap { record, labels in
    labels + (0..<3072).map { UInt8(truncatingIfNeeded: record * 5 + $0) }
  }
}

@Suite(.timeLimit(.minutes(10))) struct `CIFAR files` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test func `a CIFAR-10 file gives images and labels`() throws {
    let data = try Dataset.open(path: try scratch.write("a.bin", records([[3], [9], [0]])))
    #expect(data.count == 3)
    #expect(data.sampleShape == [3, 32, 32])
    #expect(data.labels == [3, 9, 0])
    #expect(data.classCount == 10)
    let images = try data.samples(1..<3)
    #expect(images.shape == [2, 3, 32, 32])
    #expect(images.values[0] == 5)
    #expect(images.values[3071] == Float((5 + 3071) % 256))
    #expect(images.values[3072] == 10)
    #expect(try data.samples(2..<2).shape == [0, 3, 32, 32])
  }

  @Test func `a CIFAR-100 file gives the fine labels`() throws {
    let data = try Dataset.open(path: try scratch.write("a.bin", records([[3, 77], [19, 99]])))
    #expect(data.labels == [77, 99])
    #expect(data.classCount == 100)
    #expect(try data.samples(1..<2).values[0] == 5)
  }

  @Test func `a file that fits both sizes is told apart by its labels`() throws {
    // 3073 records of 3074 bytes are 3074 records of 3073 bytes.
    let hundred = records((0..<3073).map { [UInt8($0 % 20), UInt8($0 % 100)] })
    let data = try Dataset.open(path: try scratch.write("a.bin", hundred))
    #expect(data.count == 3073)
    #expect(data.classCount == 100)
    let ten = records((0..<3074).map { [UInt8($0 % 10)] })
    #expect(try Dataset.open(path: try scratch.write("b.bin", ten)).count == 3074)
  }

  @Test func `several files and folders make one dataset, test files apart`() throws {
    try scratch.write("data_batch_2.bin", records([[2]]))
    try scratch.write("data_batch_1.bin", records([[1], [4]]))
    try scratch.write("test_batch.bin", records([[8]]))
    try scratch.write("batches.meta.txt", Array("airplane\n".utf8))
    let training = try Dataset.open(path: scratch.path)
    #expect(training.labels == [1, 4, 2])
    #expect(try training.samples(2..<3).values[0] == 0)
    #expect(try Dataset.open(path: scratch.path, split: .test).labels == [8])
    let listed = try Dataset.open(paths: [
      scratch.path + "/test_batch.bin", scratch.path + "/data_batch_2.bin",
    ])
    #expect(listed.labels == [8, 2])
  }

  @Test func `a folder with one split gives it whatever is asked for`() throws {
    try scratch.write("test_batch.bin", records([[8]]))
    #expect(try Dataset.open(path: scratch.path, split: .training).labels == [8])
  }

  @Test func `a cut record is refused with its number`() throws {
    let path = try scratch.write("a.bin", Array(records([[3], [9]]).dropLast(10)))
    let error = #expect(throws: DatasetError.self) { try Dataset.open(path: path) }
    #expect(error?.kind == .truncated)
    #expect("\(try #require(error))".contains("record 1"))
    #expect(error?.file == path)
  }

  @Test func `a label outside the classes is refused with record and byte`() throws {
    let path = try scratch.write("a.bin", records([[3], [10], [1]]))
    let error = #expect(throws: DatasetError.self) { try Dataset.open(path: path) }
    #expect(error?.kind == .labelOutOfRange)
    #expect("\(try #require(error))".contains("label 10 of record 1 (byte 3073)"))
  }

  @Test func `CIFAR-10 and CIFAR-100 do not mix`() throws {
    let ten = try scratch.write("a.bin", records([[3]]))
    let hundred = try scratch.write("b.bin", records([[3, 3]]))
    let error = #expect(throws: DatasetError.self) { try Dataset.open(paths: [ten, hundred]) }
    #expect(error?.kind == .wrongShape)
    #expect(error?.file == hundred)
  }
}
