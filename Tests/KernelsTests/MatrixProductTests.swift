import Kernels
import TestSupport
import Testing

@Suite struct MatrixProductTests {
  @Test(arguments: [(1, 1, 1), (5, 3, 7), (32, 100, 64), (33, 257, 130)])
  func `a product agrees with its plain twin`(shape: (Int, Int, Int)) {
    let (rows, columns, inner) = shape
    var random = SplitMix64(seed: 3)
    let left = (0..<rows * inner).map { _ in Float(random.normal()) }
    let right = (0..<inner * columns).map { _ in Float(random.normal()) }
    let start = (0..<rows * columns).map { _ in Float(random.normal()) }
    for flags in 0..<8 {
      let (a, b, c) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0)
      var found = start
      var expected = start
      var foundSpan = found.mutableSpan
      multiply(
        left.span, right.span, into: &foundSpan, rows: rows, columns: columns, inner: inner,
        transposesLeft: a, transposesRight: b, accumulates: c)
      var expectedSpan = expected.mutableSpan
      multiplyReference(
        left.span, right.span, into: &expectedSpan, rows: rows, columns: columns, inner: inner,
        transposesLeft: a, transposesRight: b, accumulates: c)
      // |error| ≤ inner · 2⁻²⁴ · Σ|a·b|, and Σ|a·b| is below 3 per term here.
      let bound = Double(inner * inner) * 3 * 0x1p-24
      #expect(
        Tolerance(absolute: bound, relative: 1e-6).accepts(found, expected: expected),
        "flags \(flags)")
    }
  }

  @Test func `the Gram of real inputs agrees with a plain sum`() {
    let inputs = 70
    let columns = 1500
    var random = SplitMix64(seed: 5)
    let values = (0..<inputs * columns).map { _ in Float(random.normal()) }
    var gram = [Double](repeating: 0, count: inputs * inputs)
    var sums = [Double](repeating: 0, count: inputs)
    addGram(values.span, inputs: inputs, columns: columns, to: &gram, sums: &sums)
    for row in 0..<inputs {
      for other in 0..<inputs {
        var expected = 0.0
        var magnitude = 0.0
        for column in 0..<columns {
          let term =
            Double(values[row * columns + column]) * Double(values[other * columns + column])
          expected += term
          magnitude += abs(term)
        }
        #expect(
          Tolerance(absolute: 1e-6 * magnitude).accepts(
            gram[row * inputs + other], expected: expected), "entry \(row), \(other)")
      }
    }
    #expect(sums.count == inputs)
    #expect(
      Tolerance(absolute: 1e-9).accepts(
        sums[3], expected: values[3 * columns..<4 * columns].reduce(0.0) { $0 + Double($1) }))
  }
}
