// The Gram matrix of integer codes, exactly.
//
//   gram[i][j] += Σ_c x[i][c] · x[j][c]        sums[i] += Σ_c x[i][c]

/// Adds X·Xᵀ and the row sums of codes to running totals, exactly.
///
/// - Parameters:
///   - codes: X, signed or unsigned bytes `[inputs, columns]`, row-major.
///   - gram: `[inputs, inputs]`, symmetric.
///   - sums: `[inputs]`.
///   - kernels: the instructions to use; the result does not depend on them.
/// - Complexity: O(inputs² · columns) / 2 products of bytes; inputs² · 2 bytes of memory beside the
///   totals.
package func addCodeGram<Code: FixedWidthInteger & BitwiseCopyable>(
  _ codes: Span<Code>, inputs: Int, columns: Int, to gram: inout [Int64], sums: inout [Int64],
  kernels: KernelSet = .current
) {
  let moments = CodeMoments(inputs: inputs, outputs: 0, kernels: kernels)
  var cross: [Double] = []
  let none: [Float] = []
  moments.add(
    codes, targets: none.span, columns: columns, to: &gram, sums: &sums, cross: &cross)
  moments.flush(to: &gram)
}

/// The plain twin of `addCodeGram` for any small integers.
package func addCodeGramReference(
  _ codes: [Int], inputs: Int, columns: Int, to gram: inout [Int64], sums: inout [Int64]
) {
  precondition(codes.count == inputs * columns && gram.count == inputs * inputs)
  for row in 0..<inputs {
    for column in 0..<columns { sums[row] += Int64(codes[row * columns + column]) }
    for other in 0..<inputs {
      for column in 0..<columns {
        let product = codes[row * columns + column] * codes[other * columns + column]
        gram[row * inputs + other] += Int64(product)
      }
    }
  }
}
