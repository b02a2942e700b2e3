// The Gram matrix of integer codes, exactly.
//
//   gram[i][j] += Σ_c x[i][c] · x[j][c]        sums[i] += Σ_c x[i][c]
//
// Kernels multiply signed by unsigned bytes, so x enters once as x + a, signed, and once as x + b,
// unsigned; one of a, b is 0, and products of sums take the shift back:
//
//   Σ (xᵢ + a)(xⱼ + b) = Σ xᵢ xⱼ + a Σ xⱼ + b Σ xᵢ

internal import CKernels

/// Adds X·Xᵀ and the row sums of signed codes to running totals, exactly.
///
/// - Parameters:
///   - codes: X, `[inputs, columns]`, row-major.
///   - gram: `[inputs, inputs]`, symmetric.
///   - sums: `[inputs]`.
///   - kernels: the instructions to use; the result does not depend on them.
/// - Complexity: O(inputs² · columns) / 2 products of bytes; inputs² · 2 bytes of memory beside the
///   totals.
package func addCodeGram(
  _ codes: Span<Int8>, inputs: Int, columns: Int, to gram: inout [Int64], sums: inout [Int64],
  kernels: KernelSet = .current
) {
  precondition(codes.count == inputs * columns, "codes do not fit \(inputs) × \(columns)")
  precondition(gram.count == inputs * inputs && sums.count == inputs, "totals do not fit")
  unsafe codes.withUnsafeBufferPointer { codes in
    unsafe codes.withMemoryRebound(to: UInt8.self) { codes in
      unsafe addGram(
        codes.span, isSigned: true, inputs: inputs, columns: columns, to: &gram, sums: &sums,
        kernels: kernels)
    }
  }
}

/// Adds X·Xᵀ and the row sums of unsigned codes to running totals, exactly.
///
/// - Parameters: as for signed codes.
package func addCodeGram(
  _ codes: Span<UInt8>, inputs: Int, columns: Int, to gram: inout [Int64], sums: inout [Int64],
  kernels: KernelSet = .current
) {
  precondition(codes.count == inputs * columns, "codes do not fit \(inputs) × \(columns)")
  precondition(gram.count == inputs * inputs && sums.count == inputs, "totals do not fit")
  addGram(
    codes, isSigned: false, inputs: inputs, columns: columns, to: &gram, sums: &sums,
    kernels: kernels)
}

/// The Gram matrix of bytes of either kind.
private func addGram(
  _ codes: Span<UInt8>, isSigned: Bool, inputs: Int, columns: Int, to gram: inout [Int64],
  sums: inout [Int64], kernels: KernelSet
) {
  if codes.isEmpty { return }
  // Signed bytes with their highest bit flipped are unsigned ones, 128 larger.
  let flip: UInt8 = isSigned ? 128 : 0
  var rowSums = [Int64](repeating: 0, count: inputs)
  var ends: [UInt8] = [0, 0]
  unsafe codes.withUnsafeBufferPointer {
    unsafe ckernels_code_totals($0.baseAddress!, inputs, columns, flip, &rowSums, &ends)
  }
  for row in rowSums.indices {
    rowSums[row] -= Int64(flip) * Int64(columns)
    sums[row] += rowSums[row]
  }
  let range = CodeRange(
    lowest: min(Int(ends[0]) - Int(flip), 0), highest: max(Int(ends[1]) - Int(flip), 0))
  addGram(codes, range: range, rowSums: rowSums, columns: columns, to: &gram, kernels: kernels)
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
