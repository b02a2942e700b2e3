import Kernels
import TestSupport
import Testing

@Suite struct CodeGramTests {
  static let shapes = [(1, 1), (3, 7), (17, 100), (300, 33), (20, 9000), (520, 65), (2, 66_000)]

  @Test(arguments: shapes, [0...3, 0...15, 0...127, -128...127, -2...1])
  func `the Gram of signed codes is exact`(shape: (Int, Int), range: ClosedRange<Int>) {
    let (inputs, columns) = shape
    var random = SplitMix64(seed: UInt64(inputs * 7 + columns))
    let codes = (0..<inputs * columns).map { _ in random.integer(range) }
    let startGram = [Int64](repeating: 5, count: inputs * inputs)
    let startSums = [Int64](repeating: -3, count: inputs)
    var expectedGram = startGram
    var expectedSums = startSums
    addCodeGramReference(
      codes, inputs: inputs, columns: columns, to: &expectedGram, sums: &expectedSums)
    let bytes = codes.map { Int8($0) }
    for kernels in KernelSet.available {
      var gram = startGram
      var sums = startSums
      addCodeGram(
        bytes.span, inputs: inputs, columns: columns, to: &gram, sums: &sums,
        kernels: kernels)
      // Compared before it is expected: a difference of whole matrices takes minutes to print.
      let isEqual = gram == expectedGram
      #expect(isEqual, "\(kernels)")
      #expect(sums == expectedSums, "\(kernels)")
    }
  }

  @Test(arguments: shapes, [0...3, 0...127, 0...255, 200...255])
  func `the Gram of unsigned codes is exact`(shape: (Int, Int), range: ClosedRange<Int>) {
    let (inputs, columns) = shape
    var random = SplitMix64(seed: UInt64(inputs * 11 + columns))
    let codes = (0..<inputs * columns).map { _ in random.integer(range) }
    let startGram = [Int64](repeating: 1, count: inputs * inputs)
    let startSums = [Int64](repeating: 2, count: inputs)
    var expectedGram = startGram
    var expectedSums = startSums
    addCodeGramReference(
      codes, inputs: inputs, columns: columns, to: &expectedGram, sums: &expectedSums)
    let bytes = codes.map { UInt8($0) }
    for kernels in KernelSet.available {
      var gram = startGram
      var sums = startSums
      addCodeGram(
        bytes.span, inputs: inputs, columns: columns, to: &gram, sums: &sums,
        kernels: kernels)
      // Compared before it is expected: a difference of whole matrices takes minutes to print.
      let isEqual = gram == expectedGram
      #expect(isEqual, "\(kernels)")
      #expect(sums == expectedSums, "\(kernels)")
    }
  }

  @Test func `the most extreme codes do not saturate`() {
    let inputs = 64
    let columns = 5000
    for code in [Int8(127), -128] {
      let codes = [Int8](repeating: code, count: inputs * columns)
      var gram = [Int64](repeating: 0, count: inputs * inputs)
      var sums = [Int64](repeating: 0, count: inputs)
      addCodeGram(codes.span, inputs: inputs, columns: columns, to: &gram, sums: &sums)
      #expect(gram.allSatisfy { $0 == Int64(columns) * Int64(code) * Int64(code) })
      #expect(sums.allSatisfy { $0 == Int64(columns) * Int64(code) })
    }
    let codes = [UInt8](repeating: 255, count: inputs * columns)
    var gram = [Int64](repeating: 0, count: inputs * inputs)
    var sums = [Int64](repeating: 0, count: inputs)
    addCodeGram(codes.span, inputs: inputs, columns: columns, to: &gram, sums: &sums)
    #expect(gram.allSatisfy { $0 == Int64(columns) * 255 * 255 })
  }

  @Test(arguments: KernelSet.available)
  func `sums beyond Int32 join the totals in time`(kernels: KernelSet) {
    let columns = 70_000
    let codes = [UInt8](repeating: 255, count: 2 * columns)
    var gram = [Int64](repeating: 0, count: 4)
    var sums = [Int64](repeating: 0, count: 2)
    addCodeGram(codes.span, inputs: 2, columns: columns, to: &gram, sums: &sums, kernels: kernels)
    #expect(gram.allSatisfy { $0 == Int64(columns) * 255 * 255 })
    #expect(sums.allSatisfy { $0 == Int64(columns) * 255 })
  }
}
