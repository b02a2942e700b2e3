import TestSupport
import Testing
import Wire

@Suite struct `Tensor bundles` {
  private var bundle: TensorBundle {
    var bundle = TensorBundle()
    bundle.append(
      "floats", shape: [2, 2], .float32([1, -0.0, .infinity, Float.leastNonzeroMagnitude]))
    bundle.append("doubles", .float64([.pi]))
    bundle.append("bytes", .uint8([255, 0, 7]))
    bundle.append("codes", shape: [1, 3, 1], .int8([-128, 127, 0]))
    bundle.append("words", .int32([.min, .max]))
    bundle.append("long", .int64([.min, .max, 0]))
    bundle.append("empty", shape: [0, 5], .float32([]))
    bundle.append("scalar", shape: [], .float32([3]))
    return bundle
  }

  @Test func `Arrays come back as they were, in the same bytes`() throws {
    let bytes = bundle.encoded()
    let found = try TensorBundle(decoding: bytes)
    #expect(found.entries == bundle.entries)
    #expect(found.encoded() == bytes)
    #expect(bytes.count % 8 == 0)
    #expect(try TensorBundle(decoding: TensorBundle().encoded()).entries.isEmpty)
  }

  @Test func `The layout stays`() {
    var bundle = TensorBundle()
    bundle.append("ab", shape: [1, 2], .float32([1, -2]))
    var expected = Array("tsqB".utf8) + [1, 0, 0, 0]
    expected += [2, 0, 0, 0] + Array("ab".utf8) + [1, 2, 0, 0]
    expected += [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]
    expected += [0, 0, 0, 0, 0, 0]
    expected += [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]
    #expect(bundle.encoded() == expected)
  }

  @Test func `Cut or longer bytes are refused`() throws {
    let bytes = bundle.encoded()
    for count in 0..<bytes.count {
      #expect(throws: WireError.self) { try TensorBundle(decoding: Array(bytes.prefix(count))) }
    }
    #expect(throws: WireError.self) { try TensorBundle(decoding: bytes + [0]) }
    #expect(throws: WireError.self) { try TensorBundle(decoding: bytes + bytes) }
  }

  @Test func `Any flipped bit is refused or read as another bundle, never a trap`() throws {
    let bytes = bundle.encoded()
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << UInt8(bit)
        do {
          #expect(try TensorBundle(decoding: damaged).encoded() == damaged)
        } catch {
          continue  // Refused; the compiler knows that it is by a WireError.
        }
      }
    }
  }

  @Test(
    arguments: [
      [1 << 40], [.max], [1 << 32, 1 << 32], [1 << 63], [0, 1 << 35, 1 << 35],
      [1 << 35, 1 << 35, 0],
      [1 << 20, 1 << 20, 1 << 20, 1 << 20],
    ] as [[UInt64]])
  func `Hostile shapes are refused before anything is made`(shape: [UInt64]) {
    var writer = ByteWriter()
    writer.append(Array("tsqB".utf8))
    writer.append(UInt32(1))
    writer.append(text: "x")
    writer.append(UInt8(1))
    writer.append(UInt8(shape.count))
    writer.append(UInt16(0))
    for length in shape { writer.append(length) }
    writer.pad(to: 8)
    #expect(throws: WireError.self) { try TensorBundle(decoding: writer.bytes) }
  }
}
