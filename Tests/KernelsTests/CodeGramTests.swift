import Kernels
import TestSupport
import Testing

@Suite struct CodeGramTests {
  static let shapes = [(1, 1), (3, 7), (17, 100), (300, 33), (20, 9000)]

  @Test(arguments: shapes, [0...3, 0...15, 0...127, -128...127, -2...1])
  func `the Gram of signed codes is exact`(shape: (Int, Int), range: ClosedRange<Int>) {
    let (inputs, columns) = shape
    var random = SplitMix64(seed: UInt64(inputs * 7 + columns))
    let codes = (0..<inputs * columns).map { _ in random.integer(range) }
    var gram = [Int64](repeating: 5, count: inputs * inputs)
    var sums = [Int64](repeating: -3, count: inputs)
    var expectedGram = gram
    var expectedSums = sums
    addCodeGram(
      codes.map { Int8($0) }.span, inputs: inputs, columns: columns, to: &gram, sums: &sums)
    addCodeGramReference(
      codes, inputs: inputs, columns: columns, to: &expectedGram, sums: &expectedSums)
    #expect(gram == expectedGram)
    #expect(sums == expectedSums)
  }

  @Test(arguments: shapes, [0...3, 0...127, 0...255, 200...255])
  func `the Gram of unsigned codes is exact`(shape: (Int, Int), range: ClosedRange<Int>) {
    let (inputs, columns) = shape
    var random = SplitMix64(seed: UInt64(inputs * 11 + columns))
    let codes = (0..<inputs * columns).map { _ in random.integer(range) }
    var gram = [Int64](repeating: 1, count: inputs * inputs)
    var sums = [Int64](repeating: 2, count: inputs)
    var expectedGram = gram
    var expectedSums = sums
    addCodeGram(
      codes.map { UInt8($0) }.span, inputs: inputs, columns: columns, to: &gram, sums: &sums)
    addCodeGramReference(
      codes, inputs: inputs, columns: columns, to: &expectedGram, sums: &expectedSums)
    #expect(gram == expectedGram)
    #expect(sums == expectedSums)
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
}
