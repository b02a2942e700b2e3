import Kernels
import TestSupport
import Testing

@Suite struct CodeMomentsTests {
  /// Rows that are small, spread over the whole range of fp32, zero or alike.
  static func targets(outputs: Int, columns: Int, seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    var result: [Float] = []
    for row in 0..<outputs {
      for _ in 0..<columns {
        let value = Float(random.normal())
        switch row % 6 {
        case 0: result.append(value)
        case 1: result.append(0)
        case 2: result.append(value * Float(leastPower: -149 + random.integer(0...20)))
        case 3: result.append(value * Float(leastPower: random.integer(-126...120)))
        case 4: result.append(Float.greatestFiniteMagnitude * (value < 0 ? -1 : 1))
        default: result.append(value < 0 ? -0.7 : 3)
        }
      }
    }
    return result
  }

  static let shapes = [
    (1, 1, 1), (3, 5, 7), (9, 17, 100), (66, 70, 33), (20, 300, 65), (2, 18, 8200),
    (7, 33, 20_000),
  ]

  @Test(arguments: shapes, [0...3, 0...1, 0...15, -2...1, -128...127, 0...255])
  func `moments are those of the plain twin, bit for bit`(
    shape: (Int, Int, Int), range: ClosedRange<Int>
  ) {
    let (outputs, inputs, columns) = shape
    var random = SplitMix64(seed: UInt64(inputs * 7 + columns))
    let codes = (0..<inputs * columns).map { _ in random.integer(range) }
    let targets = Self.targets(outputs: outputs, columns: columns, seed: 3)
    var expected = [Double](repeating: 0.5, count: outputs * inputs)
    addCrossProductReference(
      targets, codes, outputs: outputs, inputs: inputs, columns: columns, to: &expected)
    for kernels in KernelSet.available {
      let moments = CodeMoments(inputs: inputs, outputs: outputs, kernels: kernels)
      var gram = [Int64](repeating: 0, count: inputs * inputs)
      var sums = [Int64](repeating: 0, count: inputs)
      var cross = [Double](repeating: 0.5, count: outputs * inputs)
      if range.upperBound > 127 {
        let bytes = codes.map { UInt8($0) }
        moments.add(
          bytes.span, targets: targets.span, columns: columns, to: &gram,
          sums: &sums, cross: &cross)
      } else {
        let bytes = codes.map { Int8($0) }
        moments.add(
          bytes.span, targets: targets.span, columns: columns, to: &gram,
          sums: &sums, cross: &cross)
      }
      let isEqual = cross == expected
      #expect(isEqual, "\(kernels)")
    }
  }

  @Test func `the cross product keeps its bound`() {
    let (outputs, inputs, columns) = (6, 40, 1300)
    var random = SplitMix64(seed: 8)
    let codes = (0..<inputs * columns).map { _ in Int8(random.integer(-3...3)) }
    let targets = (0..<outputs * columns).map { _ in Float(random.normal()) }
    let moments = CodeMoments(inputs: inputs, outputs: outputs)
    var gram = [Int64](repeating: 0, count: inputs * inputs)
    var sums = [Int64](repeating: 0, count: inputs)
    var cross = [Double](repeating: 0, count: outputs * inputs)
    moments.add(
      codes.span, targets: targets.span, columns: columns, to: &gram, sums: &sums,
      cross: &cross)
    for row in 0..<outputs {
      let line = targets[row * columns..<(row + 1) * columns]
      let largest = line.reduce(0) { max($0, Double($1.magnitude)) }
      for input in 0..<inputs {
        var (total, magnitude) = (0.0, 0.0)
        for column in 0..<columns {
          let code = Double(codes[input * columns + column])
          total += Double(targets[row * columns + column]) * code
          magnitude += abs(code)
        }
        let bound = 0x1p-22 * largest * magnitude
        #expect(
          Tolerance(absolute: bound).accepts(cross[row * inputs + input], expected: total))
      }
    }
  }

  @Test(arguments: KernelSet.available)
  func `chunks of different codes share the totals`(kernels: KernelSet) {
    let inputs = 70
    var random = SplitMix64(seed: 21)
    let moments = CodeMoments(inputs: inputs, outputs: 0, kernels: kernels)
    var gram = [Int64](repeating: 2, count: inputs * inputs)
    var sums = [Int64](repeating: 0, count: inputs)
    var expectedGram = gram
    var expectedSums = sums
    var none: [Double] = []
    let empty: [Float] = []
    for (range, columns) in [(0...3, 50), (-4...3, 70), (0...3, 66_000), (0...127, 33)] {
      let codes = (0..<inputs * columns).map { _ in random.integer(range) }
      let bytes = codes.map { Int8($0) }
      moments.add(
        bytes.span, targets: empty.span, columns: columns, to: &gram,
        sums: &sums, cross: &none)
      if columns > 1000 { continue }
      addCodeGramReference(
        codes, inputs: inputs, columns: columns, to: &expectedGram, sums: &expectedSums)
    }
    // The long chunk by itself, from the plain set.
    var again = SplitMix64(seed: 21)
    _ = (0..<inputs * 120).map { $0 < inputs * 50 ? again.integer(0...3) : again.integer(-4...3) }
    let long = (0..<inputs * 66_000).map { _ in Int8(again.integer(0...3)) }
    addCodeGram(
      long.span, inputs: inputs, columns: 66_000, to: &expectedGram, sums: &expectedSums,
      kernels: .reference)
    moments.flush(to: &gram)
    let isEqual = gram == expectedGram
    #expect(isEqual)
    #expect(sums == expectedSums)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func `a row that is not finite is not a number, the others stay`(stray: Float) {
    let (outputs, inputs, columns) = (10, 5, 90)
    let codes = [Int8](repeating: 0, count: inputs * columns)
    var targets = [Float](repeating: 1, count: outputs * columns)
    targets[3 * columns + 88] = stray
    for kernels in KernelSet.available {
      let moments = CodeMoments(inputs: inputs, outputs: outputs, kernels: kernels)
      var gram = [Int64](repeating: 0, count: inputs * inputs)
      var sums = [Int64](repeating: 0, count: inputs)
      var cross = [Double](repeating: 0, count: outputs * inputs)
      moments.add(
        codes.span, targets: targets.span, columns: columns, to: &gram, sums: &sums,
        cross: &cross)
      for row in 0..<outputs {
        #expect(cross[row * inputs..<(row + 1) * inputs].allSatisfy { $0.isNaN == (row == 3) })
      }
    }
  }
}

extension Float {
  /// A power of two, also one below the normal numbers.
  fileprivate init(leastPower power: Int) {
    self = power < -126 ? Float.leastNonzeroMagnitude * Float(1 << (power + 149)) : 0
    if power >= -126 { self = Float(sign: .plus, exponent: power, significand: 1) }
  }
}
