// Ternary weights times one column of codes: the product of a fully connected layer on one sample.
//
// Here every weight is used once, so what counts is how few bytes of weights are read: 2 bits each.

internal import CKernels

/// How weights and codes of a product with one column are packed.
package enum ColumnForm: Hashable, Sendable {
  /// Row-major bytes.
  case plain
  /// A plane of nonzero and one of negative weights, against planes of codes.
  case planes
  /// Four weights to the base 3 in a byte, looked up 64 rows at a time; codes of at most 2 bits.
  case tables

  /// The fastest form of a kernel set for codes of `codeBits`.
  package static func preferred(codeBits: Int, kernels: KernelSet = .current) -> ColumnForm {
    if kernels == .reference { return .plain }
    let hasTables = codeBits <= 2 && [.avx512, .amx].contains(kernels) && KernelSet.hasByteTables
    return hasTables ? .tables : .planes
  }
}

/// Ternary weights, `[rows, inner]`, packed for products with single columns.
package struct TernaryColumnWeights: ~Copyable, Sendable {
  package let rows: Int
  package let inner: Int
  package let form: ColumnForm
  package let kernels: KernelSet
  private let negatives: [Int32]
  private let bytes: AlignedBytes

  /// - Parameter weights: `[rows, inner]`, row-major, each −1, 0 or 1.
  /// - Precondition: `kernels` is available and has `form`: tables need `avx512`.
  package init(
    _ weights: Span<Int8>, rows: Int, inner: Int, form: ColumnForm, kernels: KernelSet = .current
  ) {
    precondition(weights.count == rows * inner, "weights do not fit \(rows) × \(inner)")
    precondition(inner <= 1 << 16, "sums over \(inner) products may leave Int32")
    precondition(KernelSet.available.contains(kernels), "this machine lacks \(kernels)")
    precondition(
      form != .tables || [.avx512, .amx].contains(kernels), "\(kernels) has no tables of bytes")
    var magnitudes: UInt8 = 0
    for index in weights.indices { magnitudes |= weights[index].magnitude }
    precondition(magnitudes <= 1, "a weight is not ternary")
    (self.rows, self.inner, self.form, self.kernels) = (rows, inner, form, kernels)
    let bytes = AlignedBytes(zeroed: Self.byteCount(form, rows: rows, inner: inner))
    var negatives = [Int32](repeating: 0, count: rows)
    unsafe weights.withUnsafeBufferPointer {
      unsafe Self.fill(
        bytes, form, kernels, $0, rows: rows, inner: inner, &negatives)
    }
    self.bytes = bytes
    self.negatives = negatives
  }

  private static func byteCount(_ form: ColumnForm, rows: Int, inner: Int) -> Int {
    switch form {
    case .plain: return rows * inner
    case .planes: return roundedUp(rows, to: 4) * roundedUp(inner, to: 64) / 4
    case .tables:
      // The kernel takes 8, 4 or 1 registers of 64 rows.
      let left = rows % 512
      let last = left == 0 ? 0 : left <= 64 ? 64 : left <= 256 ? 256 : 512
      return (rows - left + last) * roundedUp(inner, to: 4) / 4
    }
  }

  private static func fill(
    _ bytes: borrowing AlignedBytes, _ form: ColumnForm, _ kernels: KernelSet,
    _ weights: UnsafeBufferPointer<Int8>, rows: Int, inner: Int, _ negatives: inout [Int32]
  ) {
    guard let source = weights.baseAddress, !weights.isEmpty else { return }
    switch form {
    case .plain:
      unsafe bytes.withElements(of: Int8.self) { plain in
        for index in weights.indices { unsafe plain[index] = weights[index] }
      }
    case .planes:
      unsafe bytes.withElements(of: UInt64.self) { signs in
        if kernels == .avx512 || kernels == .amx {
          unsafe ckernels_pack_signs_avx512(source, signs.baseAddress!, &negatives, rows, inner)
        } else {
          unsafe ckernels_pack_signs(source, signs.baseAddress!, &negatives, rows, inner)
        }
      }
    case .tables:
      unsafe bytes.withElements(of: UInt8.self) { trits in
        unsafe ckernels_pack_trits(source, trits.baseAddress!, &negatives, rows, inner)
      }
    }
  }

  /// weights · codes, exactly.
  ///
  /// - Parameters:
  ///   - codes: `[inner]`, below 2 to the power of `codeBits`.
  ///   - codeBits: 1 to 8; at most 2 with tables.
  ///   - product: `[rows]`, overwritten.
  /// - Complexity: O(rows · inner).
  package func multiply(_ codes: Span<UInt8>, codeBits: Int, into product: inout MutableSpan<Int32>)
  {
    precondition(codes.count == inner && product.count == rows, "operands do not fit")
    precondition((1...8).contains(codeBits), "codes of \(codeBits) bits")
    precondition(form != .tables || codeBits <= 2, "tables are for codes of 2 bits")
    var bits: UInt8 = 0
    for index in codes.indices { bits |= codes[index] }
    precondition(Int(bits) >> codeBits == 0, "a code is too large")
    if inner == 0 {
      for row in 0..<rows { product[row] = 0 }
      return
    }
    switch form {
    case .plain: multiplyPlain(codes, into: &product)
    case .planes: multiplyPlanes(codes, codeBits: codeBits, into: &product)
    case .tables: multiplyTables(codes, into: &product)
    }
  }

  private func multiplyPlain(_ codes: Span<UInt8>, into product: inout MutableSpan<Int32>) {
    unsafe bytes.withElements(of: Int8.self) { weights in
      let weights = unsafe Span(_unsafeElements: UnsafeBufferPointer(weights))
      multiplyReference(
        weights, codes, into: &product, rows: rows, columns: 1, inner: inner)
    }
  }

  private func multiplyPlanes(
    _ codes: Span<UInt8>, codeBits: Int, into product: inout MutableSpan<Int32>
  ) {
    let words = roundedUp(inner, to: 64) / 64
    var planes = [UInt64](repeating: 0, count: codeBits * words)
    for index in codes.indices {
      for plane in 0..<codeBits {
        let bit = UInt64(codes[index] >> UInt8(plane) & 1)
        planes[plane * words + index >> 6] |= bit << UInt64(index & 63)
      }
    }
    let bits = Int32(codeBits)
    unsafe bytes.withElements(of: UInt64.self) { signs in
      unsafe product.withUnsafeMutableBufferPointer { product in
        if kernels == .avx512 || kernels == .amx {
          unsafe ckernels_ternary_column_planes_avx512(
            signs.baseAddress!, negatives, planes, bits, product.baseAddress, rows, inner)
        } else {
          unsafe ckernels_ternary_column_words(
            signs.baseAddress!, negatives, planes, bits, product.baseAddress, rows, inner)
        }
      }
    }
  }

  private func multiplyTables(_ codes: Span<UInt8>, into product: inout MutableSpan<Int32>) {
    var fours = [UInt8](repeating: 0, count: roundedUp(inner, to: 4) / 4)
    for index in codes.indices { fours[index >> 2] |= codes[index] << UInt8(2 * (index & 3)) }
    unsafe bytes.withElements(of: UInt8.self) { trits in
      unsafe LookupTables.ofFours.bytes.withElements(of: UInt8.self) { tables in
        unsafe product.withUnsafeMutableBufferPointer { product in
          unsafe ckernels_ternary_column_tables_avx512(
            trits.baseAddress!, negatives, tables.baseAddress!, fours, product.baseAddress, rows,
            inner)
        }
      }
    }
  }
}
