import Kernels
import Testing

@Suite(.timeLimit(.minutes(10))) struct PackingTests {
  static let shapes = [(1, 1), (7, 3), (63, 64), (64, 65), (65, 63), (130, 49), (200, 129)]

  @Test(arguments: KernelSet.available, [1, 2, 3, 4, 8])
  func `codes come back from every form`(kernels: KernelSet, bits: Int) {
    for (inner, columns) in Self.shapes {
      let given = ProductCase(
        (1, inner, columns), weights: 0...0, codes: 0...(1 << bits - 1), seed: UInt64(inner))
      for kind in [ProductForm.WeightKind.ternary, .bytes] {
        let form = ProductForm(kind, weightCount: 1, codeBits: bits, kernels: kernels)
        let packed = PackedCodes(given.codes.span, inner: inner, columns: columns, form: form)
        #expect(packed.unpacked() == given.codes.map { Int16($0) }, "\(inner) × \(columns)")
      }
    }
  }

  @Test(arguments: KernelSet.available)
  func `signed codes come back`(kernels: KernelSet) {
    let codes = (0..<70 * 33).map { Int8($0 % 4 - 2) }
    let form = ProductForm(.ternary, weightCount: 1, codeBits: 2, kernels: kernels)
    let packed = PackedCodes(signed: codes.span, inner: 70, columns: 33, offset: 2, form: form)
    #expect(packed.unpacked() == codes.map { Int16($0) })
  }

  @Test(arguments: KernelSet.available, [2, 8])
  func `weights come back from every form`(kernels: KernelSet, bits: Int) {
    for (rows, inner) in Self.shapes {
      for (kind, range) in [(ProductForm.WeightKind.ternary, -1...1), (.bytes, -128...127)] {
        for count in [1, 1 << 30] {
          let given = ProductCase(
            (rows, inner, 1), weights: range, codes: 0...0, seed: UInt64(rows))
          let form = ProductForm(kind, weightCount: count, codeBits: bits, kernels: kernels)
          let packed = LowBitWeights(given.weights.span, rows: rows, inner: inner, form: form)
          #expect(packed.unpacked() == given.weights, "\(rows) × \(inner), \(kind)")
        }
      }
    }
  }
}
