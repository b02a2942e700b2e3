// The Gram matrix of integer codes, exactly.
//
//   gram[i][j] += Σ_c x[i][c] · x[j][c]        sums[i] += Σ_c x[i][c]
//
// oneDNN multiplies unsigned by signed bytes into Int32. Where the machine lacks VNNI it adds two
// products in a saturating Int16, so the unsigned operand is kept within 0...128: with the signed
// one in −128...127 no pair leaves −32768...32512 and the result is exact on every machine. Codes
// that do not fit are written as a sum of two planes that do.

internal import COneDNN

/// Adds X·Xᵀ and the row sums of signed codes to running totals, exactly.
///
/// - Parameters:
///   - codes: X, `[inputs, columns]`, row-major.
///   - gram: `[inputs, inputs]`, symmetric.
///   - sums: `[inputs]`.
/// - Complexity: O(inputs² · columns) byte products; half that when no code is negative.
package func addCodeGram(
  _ codes: Span<Int8>, inputs: Int, columns: Int, to gram: inout [Int64], sums: inout [Int64]
) {
  precondition(codes.count == inputs * columns, "codes do not fit \(inputs) × \(columns)")
  precondition(gram.count == inputs * inputs && sums.count == inputs, "totals do not fit")
  var lowest: Int8 = 0
  for index in codes.indices { lowest = min(lowest, codes[index]) }
  addRowSums(codes, inputs: inputs, columns: columns, to: &sums)
  if lowest >= 0 {
    unsafe codes.withUnsafeBufferPointer { codes in
      unsafe codes.withMemoryRebound(to: UInt8.self) { plane in
        unsafe addPlaneGram(
          plane.span, codes.span, sign: 1, inputs: inputs, columns: columns, to: &gram)
      }
    }
    return
  }
  var plane = [UInt8](repeating: 0, count: codes.count)
  for index in codes.indices { plane[index] = codes[index] > 0 ? UInt8(codes[index]) : 0 }
  addPlaneGram(plane.span, codes, sign: 1, inputs: inputs, columns: columns, to: &gram)
  for index in codes.indices { plane[index] = codes[index] < 0 ? codes[index].magnitude : 0 }
  addPlaneGram(plane.span, codes, sign: -1, inputs: inputs, columns: columns, to: &gram)
}

/// Adds X·Xᵀ and the row sums of unsigned codes to running totals, exactly.
///
/// With y = x − 128 the product is xᵢ·yⱼ + 128 Σ xᵢ, and xᵢ = min(xᵢ, 128) + the rest.
///
/// - Parameters: as for signed codes.
package func addCodeGram(
  _ codes: Span<UInt8>, inputs: Int, columns: Int, to gram: inout [Int64], sums: inout [Int64]
) {
  precondition(codes.count == inputs * columns, "codes do not fit \(inputs) × \(columns)")
  precondition(gram.count == inputs * inputs && sums.count == inputs, "totals do not fit")
  var highest: UInt8 = 0
  for index in codes.indices { highest = max(highest, codes[index]) }
  if highest <= 127 {
    unsafe codes.withUnsafeBufferPointer { codes in
      unsafe codes.withMemoryRebound(to: Int8.self) {
        unsafe addCodeGram($0.span, inputs: inputs, columns: columns, to: &gram, sums: &sums)
      }
    }
    return
  }
  var shifted = [Int8](repeating: 0, count: codes.count)
  for index in codes.indices { shifted[index] = Int8(Int(codes[index]) - 128) }
  var plane = [UInt8](repeating: 0, count: codes.count)
  for index in codes.indices { plane[index] = min(codes[index], 128) }
  addPlaneGram(plane.span, shifted.span, sign: 1, inputs: inputs, columns: columns, to: &gram)
  for index in codes.indices { plane[index] = codes[index] - min(codes[index], 128) }
  addPlaneGram(plane.span, shifted.span, sign: 1, inputs: inputs, columns: columns, to: &gram)

  var rowSums = [Int64](repeating: 0, count: inputs)
  addRowSums(shifted.span, inputs: inputs, columns: columns, to: &rowSums)
  for row in 0..<inputs {
    let rowSum = rowSums[row] + 128 * Int64(columns)
    sums[row] += rowSum
    for column in 0..<inputs {
      // The planes gave the upper triangle's order (row ≤ column) and mirrored it.
      let owner = min(row, column)
      gram[row * inputs + column] += 128 * (rowSums[owner] + 128 * Int64(columns))
    }
  }
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

private func addRowSums(
  _ codes: Span<Int8>, inputs: Int, columns: Int, to sums: inout [Int64]
) {
  for row in 0..<inputs {
    let line = codes.extracting(row * columns..<(row + 1) * columns)
    // Stretches whose sum fits 32 bits: twice the lanes.
    let stretch = 1 << 20
    for start in stride(from: 0, to: columns, by: stretch) {
      let part = line.extracting(start..<min(start + stretch, columns))
      var sum: Int32 = 0
      for index in part.indices { sum &+= Int32(part[index]) }
      sums[row] += Int64(sum)
    }
  }
}

/// Adds sign · plane · codesᵀ, upper blocks computed and mirrored.
private func addPlaneGram(
  _ plane: Span<UInt8>, _ codes: Span<Int8>, sign: Int64, inputs: Int, columns: Int,
  to gram: inout [Int64]
) {
  // 4096 columns of at most 128 · 128 stay far below 2³¹.
  let chunk = 4096
  let block = 256
  var product = [Int32](repeating: 0, count: min(block, inputs) * min(block, inputs))
  for start in stride(from: 0, to: columns, by: chunk) {
    let length = min(chunk, columns - start)
    for top in stride(from: 0, to: inputs, by: block) {
      let rows = min(block, inputs - top)
      for left in stride(from: top, to: inputs, by: block) {
        let width = min(block, inputs - left)
        unsafe plane.withUnsafeBufferPointer { plane in
          unsafe codes.withUnsafeBufferPointer { codes in
            unsafe multiplyCodes(
              plane.baseAddress! + (top * columns + start),
              codes.baseAddress! + (left * columns + start), stride: columns,
              into: &product, shape: ProductShape(rows: rows, columns: width, inner: length))
          }
        }
        addMirrored(
          product.span, sign: sign, rows: rows, width: width, top: top, left: left,
          inputs: inputs, to: &gram)
      }
    }
  }
}

/// product = left · rightᵀ, `[shape.rows, shape.columns]`, dense.
@unsafe
private func multiplyCodes(
  _ left: UnsafePointer<UInt8>, _ right: UnsafePointer<Int8>, stride: Int,
  into product: inout [Int32], shape: ProductShape
) {
  var noOffset: Int32 = 0
  let status = unsafe dnnl_gemm_u8s8s32(
    transposeFlag(false), transposeFlag(true), CChar(UInt8(ascii: "F")),
    Int64(shape.rows), Int64(shape.columns), Int64(shape.inner), 1,
    left, Int64(stride), 0, right, Int64(stride), 0, 0, &product, Int64(shape.columns), &noOffset)
  precondition(status == dnnl_success, "oneDNN refused an integer GEMM of \(shape)")
}

private func addMirrored(
  _ product: Span<Int32>, sign: Int64, rows: Int, width: Int, top: Int, left: Int, inputs: Int,
  to gram: inout [Int64]
) {
  var gram = gram.mutableSpan
  for row in 0..<rows {
    let first = left == top ? row : 0
    for column in first..<width {
      let value = sign * Int64(product[row * width + column])
      gram[(top + row) * inputs + left + column] += value
      let mirrored = (left + column) * inputs + top + row
      if left != top || column != row { gram[mirrored] += value }
    }
  }
}
