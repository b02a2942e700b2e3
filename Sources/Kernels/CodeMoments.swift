// Second moments of integer codes and their products with real targets, chunk by chunk.
//
//   gram[i][j] = Σ_c x[i][c] · x[j][c]    sums[i] = Σ_c x[i][c]
//   cross[r][i] = Σ_c t[r][c] · x[i][c]
//
// A chunk's codes are packed once for both products. Gram and sums are exact. For the cross
// product a chunk's targets become fixed-point numbers of 22 bits and a sign, in units of a power
// of two chosen by each row's largest magnitude; the rest is exact up to one rounding per chunk:
//
//   |cross − Σ t x| ≤ 2⁻²² · max|t| · Σ |x|    and 2⁻⁵³ of the totals
//
// so it is the same on every instruction set.

internal import CKernels

/// Adds up the moments of codes, with the Gram matrix in Int32 as long as it fits.
///
/// For one thread at a time.
package final class CodeMoments {
  package let inputs: Int
  package let outputs: Int
  private let kernels: KernelSet
  private let scratch: CodeScratch
  private var blocks: GramBlocks

  /// Columns whose targets share a unit: part of the result.
  package static let chunkColumns = 8192

  /// - Parameters:
  ///   - kernels: the instructions to use; the results do not depend on them.
  ///   - scratch: may serve several moments of one thread.
  package init(
    inputs: Int, outputs: Int, kernels: KernelSet = .current,
    scratch: CodeScratch = CodeScratch()
  ) {
    precondition(KernelSet.available.contains(kernels), "this machine lacks \(kernels)")
    self.inputs = inputs
    self.outputs = outputs
    self.kernels = kernels
    self.scratch = scratch
    blocks = GramBlocks(inputs: inputs)
  }

  /// Adds samples. The totals of `sums` and `cross` are up to date afterwards, those of `gram` when
  /// `flush` has been called.
  ///
  /// A row of targets that is not finite makes its cross products NaN.
  /// - Parameters:
  ///   - codes: X, signed or unsigned bytes `[inputs, columns]`.
  ///   - targets: T, `[outputs, columns]`.
  ///   - gram: `[inputs, inputs]`.
  ///   - sums: `[inputs]`.
  ///   - cross: `[outputs, inputs]`.
  package func add<Code: FixedWidthInteger & BitwiseCopyable>(
    _ codes: Span<Code>, targets: Span<Float>, columns: Int, to gram: inout [Int64],
    sums: inout [Int64], cross: inout [Double]
  ) {
    precondition(Code.bitWidth == 8, "codes are bytes")
    precondition(codes.count == inputs * columns, "codes do not fit \(inputs) × \(columns)")
    precondition(targets.count == outputs * columns, "targets do not fit \(outputs) × \(columns)")
    precondition(gram.count == inputs * inputs && sums.count == inputs, "totals do not fit")
    precondition(cross.count == outputs * inputs, "cross products do not fit")
    if codes.isEmpty { return }
    unsafe codes.withUnsafeBytes { raw in
      let bytes = unsafe raw.baseAddress!.assumingMemoryBound(to: UInt8.self)
      for first in stride(from: 0, to: columns, by: Self.chunkColumns) {
        let count = min(Self.chunkColumns, columns - first)
        let chunk = unsafe CodeChunk(
          bytes + first, stride: columns, inputs: inputs, count: count,
          isSigned: Code.isSigned, kernels: kernels)
        if !blocks.hasRoom(for: count) { blocks.flush(to: &gram) }
        for input in sums.indices { sums[input] += chunk.sums[input] }
        chunk.pack(into: scratch, needsWords: outputs > 0)
        blocks.add(chunk, scratch)
        let block = FixedPointRows(
          targets, rows: outputs, from: first, count: count, stride: columns)
        chunk.addCross(block, scratch, to: &cross)
      }
    }
  }

  /// Adds what was held back to the Gram matrix.
  package func flush(to gram: inout [Int64]) {
    precondition(gram.count == inputs * inputs, "totals do not fit")
    blocks.flush(to: &gram)
  }
}

/// The plain twin of the cross product: integers of 22 bits and a sign, added in order.
package func addCrossProductReference(
  _ targets: [Float], _ codes: [Int], outputs: Int, inputs: Int, columns: Int,
  to cross: inout [Double]
) {
  for first in stride(from: 0, to: columns, by: CodeMoments.chunkColumns) {
    let chunk = first..<min(first + CodeMoments.chunkColumns, columns)
    for row in 0..<outputs {
      let line = chunk.map { Double(targets[row * columns + $0]) }
      let largest = line.reduce(0) { max($0, $1.magnitude) }
      let isFinite = line.allSatisfy(\.isFinite)
      let unit = isFinite ? (largest > 0 ? largest.binade * 0x1p-21 : 1) : .nan
      let fixed = line.map { isFinite ? Int(($0 / unit).rounded(.toNearestOrEven)) : 0 }
      for input in 0..<inputs {
        let total = chunk.reduce(0) { $0 + fixed[$1 - first] * codes[input * columns + $1] }
        cross[row * inputs + input] += Double(total) * unit
      }
    }
  }
}
