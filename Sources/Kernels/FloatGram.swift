// Sums of products of fp32 samples: fp32 inside a chunk of fixed length, double across chunks.
//
// The chunks of one call start at its first column, so equal calls in equal order give equal bits.

/// Columns whose products are summed in fp32 before they join the double-precision totals.
///
/// An fp32 sum of 512 products carries a relative error of about 1e-6 of the sum of magnitudes.
let chunkColumns = 512

/// Adds X·Xᵀ and the row sums of real inputs to double-precision totals.
///
/// - Parameters:
///   - values: X, `[inputs, columns]`, row-major.
///   - gram: `[inputs, inputs]`, symmetric.
///   - sums: `[inputs]`.
/// - Complexity: O(inputs² · columns).
package func addGram(
  _ values: Span<Float>, inputs: Int, columns: Int, to gram: inout [Double], sums: inout [Double]
) {
  precondition(values.count == inputs * columns, "inputs do not fit \(inputs) × \(columns)")
  precondition(gram.count == inputs * inputs && sums.count == inputs, "totals do not fit")
  addSums(values, rows: inputs, columns: columns, to: &sums)
  let block = 256
  var product = [Float](repeating: 0, count: min(block, inputs) * min(block, inputs))
  for start in stride(from: 0, to: columns, by: chunkColumns) {
    let length = min(chunkColumns, columns - start)
    for top in stride(from: 0, to: inputs, by: block) {
      let rows = min(block, inputs - top)
      for left in stride(from: top, to: inputs, by: block) {
        let width = min(block, inputs - left)
        unsafe values.withUnsafeBufferPointer { values in
          unsafe product.withUnsafeMutableBufferPointer { product in
            unsafe multiplyStrided(
              values.baseAddress! + (top * columns + start), stride: columns, transposed: false,
              values.baseAddress! + (left * columns + start), stride: columns, transposed: true,
              into: product.baseAddress!, stride: width,
              shape: ProductShape(rows: rows, columns: width, inner: length), accumulates: false)
          }
        }
        addMirrored(
          product.span, rows: rows, width: width, top: top, left: left, inputs: inputs, to: &gram)
      }
    }
  }
}

/// Adds T·Xᵀ of real inputs to double-precision totals.
///
/// - Parameters:
///   - targets: T, `[outputs, columns]`.
///   - values: X, `[inputs, columns]`.
///   - cross: `[outputs, inputs]`.
package func addCrossProduct(
  _ targets: Span<Float>, _ values: Span<Float>, outputs: Int, inputs: Int, columns: Int,
  to cross: inout [Double]
) {
  precondition(values.count == inputs * columns, "inputs do not fit \(inputs) × \(columns)")
  precondition(targets.count == outputs * columns, "targets do not fit \(outputs) × \(columns)")
  precondition(cross.count == outputs * inputs, "totals do not fit")
  var product = [Float](repeating: 0, count: outputs * inputs)
  for start in stride(from: 0, to: columns, by: chunkColumns) {
    let length = min(chunkColumns, columns - start)
    unsafe values.withUnsafeBufferPointer { values in
      unsafe addChunk(
        targets, from: start, columns: columns, values.baseAddress! + start, stride: columns,
        shape: ProductShape(rows: outputs, columns: inputs, inner: length), product: &product,
        to: &cross)
    }
  }
}

/// Adds the product of some columns of the targets with a chunk of the inputs.
@unsafe
private func addChunk(
  _ targets: Span<Float>, from start: Int, columns: Int, _ values: UnsafePointer<Float>,
  stride: Int, shape: ProductShape, product: inout [Float], to cross: inout [Double]
) {
  unsafe targets.withUnsafeBufferPointer { targets in
    unsafe product.withUnsafeMutableBufferPointer { product in
      unsafe multiplyStrided(
        targets.baseAddress! + start, stride: columns, transposed: false,
        values, stride: stride, transposed: true,
        into: product.baseAddress!, stride: shape.columns, shape: shape, accumulates: false)
    }
  }
  add(product.span, to: &cross)
}

/// Adds the sum of each row of `values`, `[rows, columns]`, to `sums`.
package func addSums(
  _ values: Span<Float>, rows: Int, columns: Int, to sums: inout [Double]
) {
  precondition(values.count == rows * columns && sums.count == rows, "totals do not fit")
  for row in 0..<rows {
    let line = values.extracting(row * columns..<(row + 1) * columns)
    var sum = 0.0
    for index in line.indices { sum += Double(line[index]) }
    sums[row] += sum
  }
}

/// Adds the sum of squares of each row of `values`, `[rows, columns]`, to `squares`.
package func addSquares(
  _ values: Span<Float>, rows: Int, columns: Int, to squares: inout [Double]
) {
  precondition(values.count == rows * columns && squares.count == rows, "totals do not fit")
  for row in 0..<rows {
    let line = values.extracting(row * columns..<(row + 1) * columns)
    var sum = 0.0
    for index in line.indices {
      let value = Double(line[index])
      sum += value * value
    }
    squares[row] += sum
  }
}

private func add(_ product: Span<Float>, to totals: inout [Double]) {
  var totals = totals.mutableSpan
  precondition(product.count == totals.count)
  for index in product.indices { totals[index] += Double(product[index]) }
}

private func addMirrored(
  _ product: Span<Float>, rows: Int, width: Int, top: Int, left: Int, inputs: Int,
  to gram: inout [Double]
) {
  var gram = gram.mutableSpan
  for row in 0..<rows {
    let first = left == top ? row : 0
    for column in first..<width {
      let value = Double(product[row * width + column])
      gram[(top + row) * inputs + left + column] += value
      let mirrored = (left + column) * inputs + top + row
      if left != top || column != row { gram[mirrored] += value }
    }
  }
}
