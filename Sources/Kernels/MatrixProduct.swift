internal import COneDNN

/// Writes the matrix product `product = left · right` (or adds to it), on oneDNN's fp32 GEMM.
///
/// All matrices are dense and row-major. The result for given shapes is a fixed function of the
/// operands on one machine; other instruction sets may round differently.
///
/// - Parameters:
///   - left: `[rows, inner]`, or `[inner, rows]` when `transposesLeft`.
///   - right: `[inner, columns]`, or `[columns, inner]` when `transposesRight`.
///   - product: `[rows, columns]`.
///   - accumulates: adds to `product` instead of overwriting it.
package func multiply(
  _ left: Span<Float>, _ right: Span<Float>, into product: inout MutableSpan<Float>,
  rows: Int, columns: Int, inner: Int,
  transposesLeft: Bool = false, transposesRight: Bool = false, accumulates: Bool = false
) {
  precondition(left.count == rows * inner, "left operand does not fit \(rows) × \(inner)")
  precondition(right.count == inner * columns, "right operand does not fit \(inner) × \(columns)")
  precondition(product.count == rows * columns, "product does not fit \(rows) × \(columns)")
  if rows == 0 || columns == 0 { return }
  let shape = ProductShape(rows: rows, columns: columns, inner: inner)
  unsafe left.withUnsafeBufferPointer { left in
    unsafe right.withUnsafeBufferPointer { right in
      unsafe product.withUnsafeMutableBufferPointer { product in
        unsafe multiplyStrided(
          left.baseAddress!, stride: transposesLeft ? rows : inner, transposed: transposesLeft,
          right.baseAddress!, stride: transposesRight ? inner : columns,
          transposed: transposesRight,
          into: product.baseAddress!, stride: columns, shape: shape, accumulates: accumulates)
      }
    }
  }
}

/// The plain twin of `multiply`: the same product summed in order, in double precision.
package func multiplyReference(
  _ left: Span<Float>, _ right: Span<Float>, into product: inout MutableSpan<Float>,
  rows: Int, columns: Int, inner: Int,
  transposesLeft: Bool = false, transposesRight: Bool = false, accumulates: Bool = false
) {
  precondition(left.count == rows * inner && right.count == inner * columns)
  precondition(product.count == rows * columns)
  for row in 0..<rows {
    for column in 0..<columns {
      var sum = accumulates ? Double(product[row * columns + column]) : 0
      for k in 0..<inner {
        let leftIndex = transposesLeft ? k * rows + row : row * inner + k
        let rightIndex = transposesRight ? column * inner + k : k * columns + column
        sum += Double(left[leftIndex]) * Double(right[rightIndex])
      }
      product[row * columns + column] = Float(sum)
    }
  }
}

struct ProductShape {
  var rows: Int
  var columns: Int
  var inner: Int
}

/// GEMM over strided row-major operands; the strides are between rows as stored.
@unsafe
func multiplyStrided(
  _ left: UnsafePointer<Float>, stride leftStride: Int, transposed transposesLeft: Bool,
  _ right: UnsafePointer<Float>, stride rightStride: Int, transposed transposesRight: Bool,
  into product: UnsafeMutablePointer<Float>, stride productStride: Int,
  shape: ProductShape, accumulates: Bool
) {
  let status = unsafe dnnl_sgemm(
    transposeFlag(transposesLeft), transposeFlag(transposesRight),
    Int64(shape.rows), Int64(shape.columns), Int64(shape.inner), 1,
    left, Int64(leftStride), right, Int64(rightStride), accumulates ? 1 : 0,
    product, Int64(productStride))
  precondition(status == dnnl_success, "oneDNN refused a GEMM of \(shape)")
}

func transposeFlag(_ transposes: Bool) -> CChar { CChar(UInt8(ascii: transposes ? "T" : "N")) }
