import Kernels
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TernaryColumnTests {
  static let shapes = [
    (1, 1), (3, 7), (4, 63), (5, 64), (7, 65), (64, 512), (65, 513), (200, 84), (257, 88),
    (513, 1000), (20, 25_000), (600, 300),
  ]

  private func product(
    _ given: ProductCase, bits: Int, form: ColumnForm, kernels: KernelSet
  ) -> [Int32] {
    let weights = TernaryColumnWeights(
      given.weights.span, rows: given.rows, inner: given.inner, form: form, kernels: kernels)
    var found = [Int32](repeating: .min, count: given.rows)
    var span = found.mutableSpan
    weights.multiply(given.codes.span, codeBits: bits, into: &span)
    return found
  }

  /// The forms of a kernel set.
  private func forms(_ kernels: KernelSet, bits: Int) -> [ColumnForm] {
    let hasTables = [.avx512, .amx].contains(kernels) && bits <= 2
    return [.plain, .planes] + (hasTables ? [.tables] : [])
  }

  @Test(arguments: KernelSet.available, [1, 2, 3, 8])
  func `products with one column equal the plain twin's`(kernels: KernelSet, bits: Int) {
    for (index, shape) in Self.shapes.enumerated() {
      let given = ProductCase(
        (shape.0, shape.1, 1), weights: -1...1, codes: 0...(1 << bits - 1), seed: UInt64(index))
      for form in forms(kernels, bits: bits) {
        let found = product(given, bits: bits, form: form, kernels: kernels)
        #expect(found == given.expected, "\(shape), \(form)")
      }
    }
  }

  @Test(arguments: KernelSet.available)
  func `the largest sums do not overflow`(kernels: KernelSet) {
    for weight in [-1, 1] {
      let given = ProductCase(
        (70, 60_000, 1), weights: weight...weight, codes: 3...3, seed: 1)
      for form in forms(kernels, bits: 2) {
        let found = product(given, bits: 2, form: form, kernels: kernels)
        #expect(found.allSatisfy { $0 == Int32(weight * 180_000) }, "\(form)")
      }
    }
  }

  @Test(arguments: KernelSet.available)
  func `zeros and empty operands give zeros`(kernels: KernelSet) {
    for shape in [(5, 0, 1), (0, 5, 1), (90, 100, 1)] {
      let given = ProductCase(shape, weights: 0...0, codes: 0...3, seed: 1)
      for form in forms(kernels, bits: 2) {
        let found = product(given, bits: 2, form: form, kernels: kernels)
        #expect(found == [Int32](repeating: 0, count: shape.0), "\(form)")
      }
    }
  }

  @Test func `the preferred form is one that the set has`() {
    for kernels in KernelSet.available {
      for bits in 1...8 {
        let form = ColumnForm.preferred(codeBits: bits, kernels: kernels)
        #expect(forms(kernels, bits: bits).contains(form))
      }
    }
  }
}
