internal import Kernels

/// Columns of input codes, packed for low-bit products.
final class PackedSamples: Sendable {
  private let inputs: Int
  private let codes: PackedCodes

  /// - Parameter codes: `[inputs, columns]`.
  init(_ codes: [Int8], inputs: Int, columns: Int, set: WeightSet) {
    let lowest = min(Int(codes.min() ?? 0), 0)
    let highest = max(Int(codes.max() ?? 0) - lowest, 1)
    let isTernary = set.levels.allSatisfy { (-1...1).contains($0) }
    let form = ProductForm(
      isTernary ? .ternary : .bytes, weightCount: rowBlock * inputs,
      codeBits: Int.bitWidth - highest.leadingZeroBitCount)
    self.inputs = inputs
    self.codes = PackedCodes(
      signed: codes.span, inner: inputs, columns: columns, offset: -lowest, form: form)
  }

  /// q·k of at most `rowBlock` rows for every column, `[rowBlock, columns]`; the sums are exact.
  func products(with rows: [[Int8]]) -> [Float] {
    var left = [Int8](repeating: 0, count: rowBlock * inputs)
    for (row, line) in rows.enumerated() {
      left.replaceSubrange(row * inputs..<(row + 1) * inputs, with: line)
    }
    let weights = LowBitWeights(left.span, rows: rowBlock, inner: inputs, form: codes.form)
    var product = [Int32](repeating: 0, count: rowBlock * codes.columns)
    var span = product.mutableSpan
    multiply(weights, codes, into: &span)
    return product.map { Float($0) }
  }
}
