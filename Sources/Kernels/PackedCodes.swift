internal import CKernels

/// Activation codes of 1 to 8 bits, `[inner, columns]`, packed for the kernels of one set.
package struct PackedCodes: ~Copyable, Sendable {
  package let inner: Int
  package let columns: Int
  package let form: ProductForm
  /// What was added to every code so that none is negative.
  package let offset: Int
  let bytes: AlignedBytes

  /// Packs unsigned codes.
  ///
  /// - Parameter codes: `[inner, columns]`, row-major, below 2 to the form's bits.
  /// - Complexity: the speed of memory; one pass to read, one to check the range.
  package init(_ codes: Span<UInt8>, inner: Int, columns: Int, form: ProductForm) {
    self.init(codes, inner: inner, columns: columns, offset: 0, form: form)
  }

  /// Packs signed codes, shifted by `offset` so that the lowest becomes 0; products undo it.
  ///
  /// - Parameters:
  ///   - codes: `[inner, columns]`, row-major, −offset at least; code + offset has the form's bits.
  ///   - offset: 0 to 128.
  package init(
    signed codes: Span<Int8>, inner: Int, columns: Int, offset: Int, form: ProductForm
  ) {
    precondition((0...128).contains(offset), "an offset of \(offset)")
    let shifted = UInt8(offset)
    self = unsafe codes.withUnsafeBufferPointer { codes in
      unsafe codes.withMemoryRebound(to: UInt8.self) { codes in
        unsafe PackedCodes(
          codes.span, inner: inner, columns: columns, offset: shifted, form: form)
      }
    }
  }

  private init(
    _ codes: Span<UInt8>, inner: Int, columns: Int, offset: UInt8, form: ProductForm
  ) {
    precondition(codes.count == inner * columns, "codes do not fit \(inner) × \(columns)")
    self.inner = inner
    self.columns = columns
    self.form = form
    self.offset = Int(offset)
    let padded = roundedUp(inner, to: 64)
    switch form.codes {
    // Packing writes every byte, padding too.
    case .plain: bytes = AlignedBytes(uninitialized: inner * columns)
    case .quads: bytes = AlignedBytes(uninitialized: roundedUp(columns, to: 16) * padded)
    case .pairs:
      bytes = AlignedBytes(
        uninitialized: roundedUp(columns, to: 64) * roundedUp(inner, to: 2) / 2)
    case .planes:
      bytes = AlignedBytes(
        uninitialized: roundedUp(columns, to: 8) * padded / 8 * form.codeBits)
    }
    if codes.isEmpty { return }
    let bits = unsafe codes.withUnsafeBufferPointer { unsafe fill($0, offset: offset) }
    precondition(bits >> UInt8(form.codeBits) == 0, "a code is too large")
  }

  /// Packs the codes; gives the union of their bits.
  private func fill(_ codes: UnsafeBufferPointer<UInt8>, offset: UInt8) -> UInt8 {
    guard let source = codes.baseAddress else { return 0 }
    return switch form.codes {
    case .plain:
      unsafe bytes.withElements(of: UInt8.self) { plain in
        var bits: UInt8 = 0
        for index in codes.indices {
          unsafe plain[index] = codes[index] &+ offset
          bits |= unsafe plain[index]
        }
        return bits
      }
    case .quads:
      unsafe bytes.withElements(of: UInt8.self) { quads in
        let out = quads.baseAddress!
        if form.kernels.hasAVX512 {
          return unsafe ckernels_pack_quads_avx512(source, columns, out, inner, columns, offset)
        }
        return unsafe ckernels_pack_quads(source, columns, out, inner, columns, offset)
      }
    case .pairs:
      unsafe bytes.withElements(of: UInt8.self) { pairs in
        unsafe ckernels_pack_pairs(source, columns, pairs.baseAddress!, inner, columns, offset)
      }
    case .planes:
      unsafe bytes.withElements(of: UInt64.self) { planes in
        unsafe ckernels_pack_planes_avx512(
          source, columns, planes.baseAddress!, Int32(form.codeBits), inner, columns, offset)
      }
    }
  }
}
