// weights · codes, exactly, in Int32.
//
//   product[r][c] = Σ_k weights[r][k] · codes[k][c]
//
// The form of the operands names the kernel; every kernel gives what `multiplyReference` gives.

internal import CKernels

/// The product of packed weights and packed codes, exactly.
///
/// - Parameter product: `[rows, columns]`, row-major, overwritten.
/// - Precondition: both operands have the same form and the same inner size.
/// - Complexity: O(rows · inner · columns).
package func multiply(
  _ weights: borrowing LowBitWeights, _ codes: borrowing PackedCodes,
  into product: inout MutableSpan<Int32>
) {
  let form = weights.form
  precondition(form == codes.form, "weights and codes are packed for different kernels")
  precondition(weights.inner == codes.inner, "weights and codes differ in their inner size")
  let shape = ProductShape(rows: weights.rows, columns: codes.columns, inner: codes.inner)
  precondition(product.count == shape.rows * shape.columns, "product does not fit \(shape)")
  if product.isEmpty { return }
  if shape.inner == 0 {
    for index in product.indices { product[index] = 0 }
    return
  }
  let bounds = ProductBounds(code: 1 << form.codeBits - 1, weight: weights.largest)
  unsafe product.withUnsafeMutableBufferPointer { product in
    unsafe weights.bytes.withElements(of: UInt8.self) { left in
      unsafe codes.bytes.withElements(of: UInt8.self) { right in
        unsafe multiplyPacked(
          UnsafeRawPointer(left.baseAddress!), UnsafeRawPointer(right.baseAddress!),
          negatives: weights.negatives, into: product.baseAddress!, shape: shape, form: form,
          bounds: bounds)
      }
    }
  }
  if codes.offset != 0 {
    removeOffset(Int32(codes.offset), sums: weights.sums, columns: shape.columns, &product)
  }
}

/// The product by the kernel of a form, for operands packed in it.
@unsafe
private func multiplyPacked(
  _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, negatives: [Int32],
  into product: UnsafeMutablePointer<Int32>, shape: ProductShape, form: ProductForm,
  bounds: ProductBounds
) {
  let (rows, columns, inner) = (shape.rows, shape.columns, shape.inner)
  let weights = unsafe left.assumingMemoryBound(to: Int8.self)
  let fields = unsafe left.assumingMemoryBound(to: UInt8.self)
  let codes = unsafe right.assumingMemoryBound(to: UInt8.self)
  switch form.weights {
  case .plain:
    let weights = unsafe UnsafeBufferPointer(start: weights, count: rows * inner)
    let codes = unsafe UnsafeBufferPointer(start: codes, count: inner * columns)
    let out = unsafe UnsafeMutableBufferPointer(start: product, count: rows * columns)
    var span = unsafe out.mutableSpan
    unsafe multiplyReference(
      weights.span, codes.span, into: &span, rows: rows, columns: columns, inner: inner)
  case .signs:
    unsafe ckernels_ternary_planes_avx512(
      left.assumingMemoryBound(to: UInt64.self), negatives,
      right.assumingMemoryBound(to: UInt64.self), Int32(form.codeBits), product, columns, rows,
      columns, inner)
  case .couples:
    unsafe LookupTables.ofPairs.bytes.withElements(of: UInt8.self) { tables in
      unsafe ckernels_ternary_pairs_avx2(
        fields, negatives, tables.baseAddress!, codes, product, columns, rows, columns, inner)
    }
  case .tiles:
    unsafe multiplyTiles(
      weights, codes, into: product, shape: shape, kernels: form.kernels, bounds: bounds)
  case .fields:
    unsafe multiplyFields(
      fields, codes, into: product, shape: shape, kernels: form.kernels, bounds: bounds)
  }
}

/// The plain twin of `multiply`, on row-major operands: sums in order.
package func multiplyReference(
  _ weights: Span<Int8>, _ codes: Span<UInt8>, into product: inout MutableSpan<Int32>,
  rows: Int, columns: Int, inner: Int
) {
  precondition(weights.count == rows * inner && codes.count == inner * columns)
  precondition(product.count == rows * columns)
  for index in product.indices { product[index] = 0 }
  for row in 0..<rows {
    for k in 0..<inner where weights[row * inner + k] != 0 {
      let weight = Int32(weights[row * inner + k])
      let line = codes.extracting(k * columns..<(k + 1) * columns)
      let first = row * columns
      for column in line.indices { product[first + column] &+= weight &* Int32(line[column]) }
    }
  }
}

/// The largest code and the largest magnitude of a weight in a product.
struct ProductBounds {
  let code: Int
  let weight: Int

  /// Quads of inner whose pairs of products, added, cannot leave Int16; 0 if not even one.
  var int16Quads: Int { 32767 / (2 * max(code, 1) * max(weight, 1)) }
}

/// A product of tiles and quads, or one that joins what `product` holds.
@unsafe
func multiplyTiles(
  _ tiles: UnsafePointer<Int8>, _ quads: UnsafePointer<UInt8>,
  into product: UnsafeMutablePointer<Int32>, shape: ProductShape, kernels: KernelSet,
  bounds: ProductBounds,
  accumulates: Bool = false
) {
  let (rows, columns, inner) = (shape.rows, shape.columns, shape.inner)
  let (adds, wide): (Int32, Int32) = (accumulates ? 1 : 0, bounds.code > 127 ? 1 : 0)
  switch kernels {
  case .amx: unsafe ckernels_bytes_amx(tiles, quads, product, columns, rows, columns, inner, adds)
  case .avx512, .avx512VNNI:
    unsafe ckernels_bytes_avx512(tiles, quads, product, columns, rows, columns, inner, adds)
  case .avxVNNI:
    unsafe ckernels_bytes_avxvnni(tiles, quads, product, columns, rows, columns, inner, adds)
  case .avx2:
    unsafe ckernels_bytes_avx2(
      tiles, quads, bounds.int16Quads, product, columns, rows, columns, inner, adds)
  case .reference:
    unsafe multiplyTilesReference(tiles, quads, into: product, shape: shape, adds: accumulates)
  case .neon:
    unsafe ckernels_bytes_neon(
      tiles, quads, wide, product, columns, rows, columns, inner, adds)
  }
}

/// The plain twin of the products of packed bytes.
@unsafe
private func multiplyTilesReference(
  _ tiles: UnsafePointer<Int8>, _ quads: UnsafePointer<UInt8>,
  into product: UnsafeMutablePointer<Int32>, shape: ProductShape, adds: Bool
) {
  let blocks = roundedUp(shape.inner, to: 64) / 64
  for row in 0..<shape.rows {
    for column in 0..<shape.columns {
      var sum: Int32 = unsafe adds ? product[row * shape.columns + column] : 0
      for block in 0..<blocks {
        let left = ((row >> 4) * blocks + block) << 10 | (row & 15) << 6
        let right = ((column >> 4) * blocks + block) << 10 | (column & 15) << 2
        for k in 0..<64 {
          let weight = unsafe Int32(tiles[left + k])
          sum &+= unsafe weight &* Int32(quads[right + (k >> 2) << 6 + k & 3])
        }
      }
      unsafe product[row * shape.columns + column] = sum
    }
  }
}

@unsafe
private func multiplyFields(
  _ fields: UnsafePointer<UInt8>, _ quads: UnsafePointer<UInt8>,
  into product: UnsafeMutablePointer<Int32>, shape: ProductShape, kernels: KernelSet,
  bounds: ProductBounds
) {
  let (rows, columns, inner) = (shape.rows, shape.columns, shape.inner)
  switch kernels {
  case .amx: unsafe ckernels_ternary_amx(fields, quads, product, columns, rows, columns, inner)
  case .avx512, .avx512VNNI:
    unsafe ckernels_ternary_avx512(fields, quads, product, columns, rows, columns, inner)
  case .avxVNNI:
    unsafe ckernels_ternary_avxvnni(fields, quads, product, columns, rows, columns, inner)
  case .avx2:
    unsafe ckernels_ternary_avx2(
      fields, quads, bounds.int16Quads, product, columns, rows, columns, inner)
  case .neon:
    unsafe ckernels_ternary_neon(
      fields, quads, bounds.code > 127 ? 1 : 0, product, columns, rows, columns, inner)
  case .reference: preconditionFailure("the plain twin has no fields")
  }
}

/// Σ w (x − offset) from Σ w x.
private func removeOffset(
  _ offset: Int32, sums: [Int32], columns: Int, _ product: inout MutableSpan<Int32>
) {
  for row in sums.indices {
    let excess = offset * sums[row]
    for column in 0..<columns { product[row * columns + column] &-= excess }
  }
}
