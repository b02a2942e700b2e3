import Kernels
import TestSupport
import Testing

/// Weights and codes drawn from a seed, and their product by the plain twin.
struct ProductCase {
  let rows: Int
  let inner: Int
  let columns: Int
  var weights: [Int8]
  var codes: [UInt8]

  init(
    _ shape: (Int, Int, Int), weights range: ClosedRange<Int>, codes: ClosedRange<Int>,
    seed: UInt64
  ) {
    (rows, inner, columns) = shape
    var random = SplitMix64(seed: seed)
    weights = (0..<rows * inner).map { _ in Int8(random.integer(range)) }
    self.codes = (0..<inner * columns).map { _ in UInt8(random.integer(codes)) }
  }

  var expected: [Int32] {
    var product = [Int32](repeating: 7, count: rows * columns)
    var span = product.mutableSpan
    multiplyReference(
      weights.span, codes.span, into: &span, rows: rows, columns: columns, inner: inner)
    return product
  }

  func found(_ kind: ProductForm.WeightKind, bits: Int, _ kernels: KernelSet) -> [Int32] {
    let form = ProductForm(
      kind, weightCount: rows * inner, codeBits: bits, kernels: kernels)
    let left = LowBitWeights(weights.span, rows: rows, inner: inner, form: form)
    let right = PackedCodes(codes.span, inner: inner, columns: columns, form: form)
    var product = [Int32](repeating: 7, count: rows * columns)
    var span = product.mutableSpan
    multiply(left, right, into: &span)
    return product
  }
}

@Suite(.timeLimit(.minutes(10))) struct LowBitProductTests {
  /// Rows, inner, columns: every edge of the blocks, and none.
  static let shapes = [
    (1, 1, 1), (7, 1, 1), (1, 7, 3), (4, 64, 8), (5, 63, 9), (16, 64, 16), (17, 65, 17),
    (31, 127, 33), (32, 128, 32), (33, 129, 47), (48, 320, 49), (3, 1100, 64), (65, 200, 65),
    (63, 2400, 7), (20, 4608, 49), (40, 576, 130),
  ]

  static let codeBits = [1, 2, 3, 4, 8]

  static let fast = KernelSet.available.filter { $0 != .reference }

  /// The definition, one element at a time.
  @Test func `the plain twin is the definition`() {
    let given = ProductCase((3, 5, 4), weights: -128...127, codes: 0...255, seed: 1)
    for row in 0..<3 {
      for column in 0..<4 {
        let sum = (0..<5).reduce(0) {
          $0 + Int(given.weights[row * 5 + $1]) * Int(given.codes[$1 * 4 + column])
        }
        #expect(given.expected[row * 4 + column] == Int32(sum))
      }
    }
  }

  @Test(arguments: KernelSet.available, codeBits)
  func `ternary products equal the plain twin's`(kernels: KernelSet, bits: Int) {
    for (index, shape) in Self.shapes.enumerated() {
      let given = ProductCase(
        shape, weights: -1...1, codes: 0...(1 << bits - 1), seed: UInt64(index))
      #expect(given.found(.ternary, bits: bits, kernels) == given.expected, "\(shape)")
    }
  }

  @Test(arguments: KernelSet.available, codeBits)
  func `products of bytes equal the plain twin's`(kernels: KernelSet, bits: Int) {
    for (index, shape) in Self.shapes.enumerated() {
      let largest = 1 << bits - 1
      for weights in [-128...127, -8...8] {
        let given = ProductCase(
          shape, weights: weights, codes: 0...largest, seed: UInt64(100 + index))
        #expect(given.found(.bytes, bits: bits, kernels) == given.expected, "\(shape)")
      }
    }
  }

  @Test(arguments: KernelSet.available, codeBits)
  func `the largest operands neither saturate nor overflow`(kernels: KernelSet, bits: Int) {
    let shape = (18, 5000, 19)
    let largest = 1 << bits - 1
    for weight in [-1, 1, -128, 127] {
      let given = ProductCase(
        shape, weights: weight...weight, codes: largest...largest, seed: 0)
      let expected = Int32(weight * largest * shape.1)
      let kind: ProductForm.WeightKind = abs(weight) == 1 ? .ternary : .bytes
      let found = given.found(kind, bits: bits, kernels)
      #expect(found.allSatisfy { $0 == expected }, "weight \(weight)")
    }
  }

  @Test(arguments: KernelSet.available)
  func `zeros give zeros`(kernels: KernelSet) {
    for bits in Self.codeBits {
      var given = ProductCase((33, 70, 21), weights: 0...0, codes: 0...1, seed: 3)
      #expect(given.found(.ternary, bits: bits, kernels).allSatisfy { $0 == 0 })
      given = ProductCase((33, 70, 21), weights: -1...1, codes: 0...0, seed: 3)
      #expect(given.found(.ternary, bits: bits, kernels).allSatisfy { $0 == 0 })
      #expect(given.found(.bytes, bits: bits, kernels).allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: KernelSet.available)
  func `empty operands are allowed`(kernels: KernelSet) {
    for shape in [(0, 5, 3), (5, 0, 3), (5, 3, 0)] {
      let given = ProductCase(shape, weights: -1...1, codes: 0...3, seed: 1)
      let zeros = [Int32](repeating: 0, count: shape.0 * shape.2)
      #expect(given.found(.ternary, bits: 2, kernels) == zeros, "\(shape)")
      #expect(given.found(.bytes, bits: 2, kernels) == zeros, "\(shape)")
    }
  }

  @Test(arguments: KernelSet.available)
  func `signed codes give the product without their offset`(kernels: KernelSet) {
    let (rows, inner, columns) = (21, 130, 35)
    var random = SplitMix64(seed: 9)
    for (offset, bits) in [(2, 2), (8, 4), (128, 8)] {
      let codes = (0..<inner * columns).map { _ in
        Int8(random.integer(-offset...(1 << bits - 1 - offset)))
      }
      let weights = (0..<rows * inner).map { _ in Int8(random.integer(-4...4)) }
      let form = ProductForm(
        .bytes, weightCount: weights.count, codeBits: bits, kernels: kernels)
      let left = LowBitWeights(weights.span, rows: rows, inner: inner, form: form)
      let right = PackedCodes(
        signed: codes.span, inner: inner, columns: columns, offset: offset, form: form)
      var product = [Int32](repeating: 0, count: rows * columns)
      var span = product.mutableSpan
      multiply(left, right, into: &span)
      for index in product.indices {
        let sum = (0..<inner).reduce(0) {
          $0 + Int(weights[index / columns * inner + $1])
            * Int(codes[$1 * columns + index % columns])
        }
        #expect(product[index] == Int32(sum), "offset \(offset), element \(index)")
      }
    }
  }

  @Test(arguments: fast)
  func `weights too large for the cache stay packed and give the same`(kernels: KernelSet) {
    let given = ProductCase((600, 7200, 3), weights: -1...1, codes: 0...3, seed: 4)
    #expect(given.found(.ternary, bits: 2, kernels) == given.expected)
  }
}
