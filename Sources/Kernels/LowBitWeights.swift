internal import CKernels

/// Weights of few bits, `[rows, inner]`, packed for the kernels of one set.
package struct LowBitWeights: ~Copyable, Sendable {
  package let rows: Int
  package let inner: Int
  package let form: ProductForm
  /// The largest magnitude.
  let largest: Int
  /// Σ of each row.
  let sums: [Int32]
  /// How many weights of each row are negative; empty where the form does not need it.
  let negatives: [Int32]
  let bytes: AlignedBytes

  /// - Parameter weights: `[rows, inner]`, row-major, within what the form's kind allows.
  package init(_ weights: Span<Int8>, rows: Int, inner: Int, form: ProductForm) {
    precondition(weights.count == rows * inner, "weights do not fit \(rows) × \(inner)")
    // 255 · 128 · 65,536 < 2³¹.
    precondition(inner <= 1 << 16, "sums over \(inner) products may leave Int32")
    self.rows = rows
    self.inner = inner
    self.form = form
    var sums = [Int32](repeating: 0, count: rows)
    let magnitudes = unsafe weights.withUnsafeBufferPointer {
      unsafe ckernels_weight_sums($0.baseAddress, &sums, rows, inner)
    }
    // No magnitude is above the union of their bits; 0 and 1 alone give at most 1.
    let largest = min(Int(magnitudes), 128)
    precondition(form.kind == .bytes || largest <= 1, "a weight is not ternary")
    self.sums = sums
    self.largest = largest
    let bytes = AlignedBytes(zeroed: Self.byteCount(form.weights, rows: rows, inner: inner))
    var negatives = [Int32](repeating: 0, count: form.needsNegatives ? rows : 0)
    unsafe weights.withUnsafeBufferPointer {
      unsafe Self.fill(bytes, form, $0, rows: rows, inner: inner, &negatives)
    }
    self.bytes = bytes
    self.negatives = negatives
  }

  private static func fill(
    _ bytes: borrowing AlignedBytes, _ form: ProductForm, _ weights: UnsafeBufferPointer<Int8>,
    rows: Int, inner: Int, _ negatives: inout [Int32]
  ) {
    guard let source = weights.baseAddress, !weights.isEmpty else { return }
    switch form.weights {
    case .plain:
      unsafe bytes.withElements(of: Int8.self) { _ = unsafe $0.update(fromContentsOf: weights) }
    case .tiles:
      unsafe bytes.withElements(of: Int8.self) { tiles in
        unsafe weights.withMemoryRebound(to: UInt8.self) { weights in
          unsafe ckernels_pack_tiles(
            weights.baseAddress!, inner, tiles.baseAddress!, rows, inner, 0)
        }
      }
    case .fields:
      unsafe bytes.withElements(of: UInt8.self) { fields in
        unsafe ckernels_pack_fields(source, fields.baseAddress!, rows, inner)
      }
    case .couples:
      unsafe bytes.withElements(of: UInt8.self) { couples in
        unsafe ckernels_pack_weight_pairs(source, couples.baseAddress!, &negatives, rows, inner)
      }
    case .signs:
      unsafe bytes.withElements(of: UInt64.self) { signs in
        unsafe ckernels_pack_signs_avx512(source, signs.baseAddress!, &negatives, rows, inner)
      }
    }
  }

  private static func byteCount(_ form: ProductForm.Weights, rows: Int, inner: Int) -> Int {
    let padded = roundedUp(inner, to: 64)
    return switch form {
    case .plain: rows * inner
    case .tiles: roundedUp(rows, to: 16) * padded
    case .fields: roundedUp(rows, to: 16) * padded / 4
    case .couples: roundedUp(rows, to: 4) * roundedUp(inner, to: 2) / 2
    case .signs: roundedUp(rows, to: 4) * padded / 4
    }
  }
}
