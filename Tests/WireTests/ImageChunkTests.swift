import Tensors
import TestSupport
import Testing
import Wire

@Suite struct `Image chunks` {
  /// Three images of two channels of 1 × 2 bytes; the table doubles the first channel and negates
  /// the second.
  private static let bytes = ImageChunk.encoding(
    first: 7, shape: [2, 1, 2], labels: [3, 0, 2], images: Array(10..<22),
    table: (0..<256).map { Float($0) * 2 } + (0..<256).map { -Float($0) })

  @Test func `Images of bytes are read in place by their numbers`() throws {
    let chunk = try ImageChunk(decoding: Self.bytes)
    #expect(chunk.first == 7 && chunk.count == 3)
    #expect(chunk.shape == [2, 1, 2])
    #expect(chunk.labels == [3, 0, 2])
    var target = [Float](repeating: 0, count: 9)
    chunk.copy(image: 8, into: &target, at: 4)
    #expect(target == [0, 0, 0, 0, 28, 30, -16, -17, 0])
  }

  @Test func `Images of numbers come back as they were`() throws {
    var random = SplitMix64(seed: 3)
    let images = Tensor(shape: [4, 5], values: (0..<20).map { _ in Float(random.normal()) })
    let bytes = ImageChunk.encoding(first: 0, labels: nil, images: images)
    let chunk = try ImageChunk(decoding: bytes)
    #expect(chunk.labels == nil && chunk.shape == [5] && chunk.count == 4)
    var target = [Float](repeating: 0, count: 20)
    for number in 0..<4 { chunk.copy(image: number, into: &target, at: number * 5) }
    #expect(target == images.values)
  }

  @Test func `The layout is fixed`() throws {
    let bytes = ImageChunk.encoding(
      first: 1, labels: [2], images: Tensor(shape: [1, 1], values: [1.5]))
    let head: [UInt8] = Array("tsqI".utf8) + [2, 0, 0, 0] + [1, 0, 0, 0, 0, 0, 0, 0]
    let counts: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0] + [1, 0, 0, 0] + [1, 0, 0, 0, 0, 0, 0, 0]
    let labels: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0] + [2, 0, 0, 0]
    let rest: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0] + [0, 0, 0xC0, 0x3F]
    #expect(bytes == head + counts + labels + rest)
  }

  @Test func `Damaged chunks are refused`() throws {
    #expect(throws: WireError.self) { try ImageChunk(decoding: []) }
    for count in 0..<Self.bytes.count {
      #expect(throws: WireError.self, "\(count)") {
        try ImageChunk(decoding: Array(Self.bytes.prefix(count)))
      }
    }
    // Lengths, counts and the form, each made very large.
    for place in [4, 15, 23, 27, 35, 43, 51, 59, 91] {
      var bad = Self.bytes
      bad[place] ^= 0x7F
      do {
        let chunk = try ImageChunk(decoding: bad)
        #expect(chunk.count == 3, "\(place)")
      } catch {}
    }
  }

  @Test func `Lists of arrays come back as they were`() throws {
    var bundle = TensorBundle()
    let arrays: [[Float]] = [[1, .infinity, -0.0], [], [0.5]]
    bundle.append("parameters", arrays: arrays)
    bundle.append("moments", arrays: [])
    let found = try TensorBundle(decoding: bundle.encoded())
    #expect(try found.arrays("parameters") == arrays)
    #expect(try found.arrays("moments").isEmpty)
    #expect(throws: WireError.self) { try found.arrays("others") }
  }
}
