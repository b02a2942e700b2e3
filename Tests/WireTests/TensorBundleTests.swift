import Testing
import Wire

@Suite struct `tensor bundles` {
  static var sample: TensorBundle {
    var bundle = TensorBundle()
    bundle.append("floats", shape: [2, 3], .float32([1.5, -2, 0.25, 0, 3, -0.5]))
    bundle.append("doubles", .float64([3.141592653589793]))
    bundle.append("codes", .int8([-1, 0, 1]))
    bundle.append("bytes", .uint8([]))
    bundle.append("größe", shape: [], .int32([-7]))
    bundle.append("sums", shape: [2, 1], .int64([1 << 40, -(1 << 40)]))
    return bundle
  }

  @Test func `have the bytes that another implementation writes`() {
    #expect(Self.sample.encoded() == bytes(goldenBundle))
  }

  @Test func `give back arrays, shapes and types`() throws {
    let bundle = try TensorBundle(decoding: bytes(goldenBundle))
    #expect(bundle.entries == Self.sample.entries)
    #expect(try bundle.float32("floats", shape: [2, 3]) == [1.5, -2, 0.25, 0, 3, -0.5])
    #expect(try bundle.float64("doubles") == [3.141592653589793])
    #expect(try bundle.int8("codes", shape: [3]) == [-1, 0, 1])
    #expect(try bundle.uint8("bytes") == [])
    #expect(try bundle.int32("größe", shape: []) == [-7])
    #expect(try bundle.int64("sums") == [1 << 40, -(1 << 40)])
  }

  @Test func `keep every bit of a floating-point number`() throws {
    var bundle = TensorBundle()
    let values = [
      Float.nan, -0.0, .infinity, .leastNonzeroMagnitude, Float(bitPattern: 0x7fa0_0001),
    ]
    bundle.append("x", .float32(values))
    let read = try TensorBundle(decoding: bundle.encoded()).float32("x")
    #expect(read.map(\.bitPattern) == values.map(\.bitPattern))
  }

  @Test func `name what is missing, of another type or of another shape`() {
    let bundle = Self.sample
    #expect(throws: WireError("x", .missing)) { try bundle.float32("x") }
    #expect(throws: WireError("codes", .malformed("its elements are int8, expected float32"))) {
      try bundle.float32("codes")
    }
    #expect(throws: WireError("floats", .malformed("its shape is [2, 3], expected [3, 2]"))) {
      try bundle.float32("floats", shape: [3, 2])
    }
  }

  @Test func `refuse lengths that their bytes do not hold`() {
    var writer = ByteWriter()
    writer.append(Array("tsqB".utf8))
    writer.append(UInt32(1))
    writer.append(text: "x")
    writer.append(UInt8(1))
    writer.append(UInt8(1))
    writer.append(UInt16(0))
    writer.append(UInt64(1) << 33)
    #expect(throws: WireError("x", .truncated)) { try TensorBundle(decoding: writer.bytes) }
  }

  @Test func `refuse a product of lengths that overflows`() {
    var writer = ByteWriter()
    writer.append(Array("tsqB".utf8))
    writer.append(UInt32(1))
    writer.append(text: "x")
    writer.append(UInt8(1))
    writer.append(UInt8(3))
    writer.append(UInt16(0))
    for _ in 0..<3 { writer.append(UInt64(1) << 36) }
    #expect(throws: WireError("x", .malformed("its shape is too large"))) {
      try TensorBundle(decoding: writer.bytes)
    }
  }

  @Test func `refuse two arrays of one name, trailing bytes and foreign files`() {
    var writer = ByteWriter()
    writer.append(Array("tsqB".utf8))
    writer.append(UInt32(2))
    for _ in 0..<2 {
      writer.append(text: "x")
      writer.append(UInt8(1))
      writer.append(UInt8(0))
      writer.append(UInt16(0))
    }
    writer.append([UInt8](repeating: 0, count: 64))
    #expect(throws: WireError("x", .malformed("the name occurs twice"))) {
      try TensorBundle(decoding: writer.bytes)
    }
    let sample = Self.sample.encoded()
    #expect(throws: WireError("bundle", .trailing(byteCount: 8))) {
      try TensorBundle(decoding: sample + [0, 0, 0, 0, 0, 0, 0, 0])
    }
    #expect(throws: WireError("bundle", .foreign)) { try TensorBundle(decoding: []) }
  }
}
