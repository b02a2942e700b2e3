/// Low-bit weights: small signed integer codes and one positive scale per row of the outermost
/// axis (or one for all); value = scale × code. A scalar has no axes and a single scale.
package struct QuantizedTensor: Sendable, Equatable {
  /// `[outputs, …]`, as the float weights it replaces.
  package let shape: [Int]
  /// `shape.product` codes, row-major, not packed.
  package var codes: [Int8]
  /// One scale per index of `axis`, or a single scale for the tensor.
  package var scales: [Float]
  /// The axis that `scales` runs along.
  package let axis: Int
  /// The type the codes are stored in when written to a file: int2, int4 or int8.
  package let storage: ElementType

  /// - Precondition: sizes fit; every code is in the range of `storage`.
  package init(
    shape: [Int], codes: [Int8], scales: [Float], axis: Int = 0, storage: ElementType
  ) {
    precondition(codes.count == shape.product, "codes do not fill the shape")
    precondition(scales.count == 1 || scales.count == shape[axis], "scales do not fit the axis")
    self.shape = shape
    self.codes = codes
    self.scales = scales
    self.axis = axis
    self.storage = storage
  }

  /// The fp32 values scale × code.
  package var dequantized: Tensor {
    // A scalar has no axis, and its scale is a single one.
    let inner = shape.dropFirst(axis + 1).reduce(1, *)
    let extent = axis < shape.count ? shape[axis] : 1
    var values = [Float](repeating: 0, count: codes.count)
    for index in codes.indices {
      let scale = scales.count == 1 ? scales[0] : scales[(index / inner) % extent]
      values[index] = scale * Float(codes[index])
    }
    return Tensor(shape: shape, values: values)
  }

  /// The codes packed into the bytes of `storage`, first code in the lowest bits.
  package var packedCodes: [UInt8] { packBits(codes, bits: storage.bitCount) }
}

/// Packs the low `bits` bits of each code, first code in the lowest bits of a byte.
/// - Precondition: `bits` is 1, 2, 4 or 8.
package func packBits(_ codes: [Int8], bits: Int) -> [UInt8] {
  precondition([1, 2, 4, 8].contains(bits), "cannot pack \(bits)-bit codes")
  let perByte = 8 / bits
  let mask = UInt8(truncatingIfNeeded: (1 << bits) - 1)
  var packed = [UInt8](repeating: 0, count: (codes.count + perByte - 1) / perByte)
  for (index, code) in codes.enumerated() {
    packed[index / perByte] |= (UInt8(bitPattern: code) & mask) << UInt8((index % perByte) * bits)
  }
  return packed
}
