internal import CKernels

extension PackedCodes {
  /// The codes as they were packed, `[inner, columns]`, without the offset.
  ///
  /// - Complexity: one pass over the bytes.
  package func unpacked() -> [Int16] {
    var codes = [UInt8](repeating: 0, count: inner * columns)
    if codes.isEmpty { return [] }
    let (inner, columns, form) = (inner, columns, form)
    unsafe bytes.withElements(of: UInt8.self) { packed in
      switch form.codes {
      case .plain: for index in codes.indices { unsafe codes[index] = packed[index] }
      case .quads:
        unsafe ckernels_unpack_quads(packed.baseAddress!, &codes, columns, inner, columns, 0)
      case .pairs:
        let pairs = roundedUp(inner, to: 2) / 2
        for index in codes.indices {
          let (row, column) = (index / columns, index % columns)
          let place = ((column >> 6) * pairs + row >> 1) << 6 | column & 63
          codes[index] = unsafe packed[place] >> UInt8(2 * (row & 1)) & 3
        }
      case .planes:
        let words = roundedUp(inner, to: 64) / 64
        for index in codes.indices {
          let (row, column) = (index / columns, index % columns)
          for plane in 0..<form.codeBits {
            let word = ((column >> 3) * words + row >> 6) * form.codeBits + plane
            // Words are little-endian: bit k lies in byte k / 8.
            let byte = unsafe packed[8 * (8 * word + column & 7) + row >> 3 & 7]
            codes[index] |= (byte >> UInt8(row & 7) & 1) << UInt8(plane)
          }
        }
      }
    }
    return codes.map { Int16($0) - Int16(offset) }
  }
}

extension LowBitWeights {
  /// The weights as they were packed, `[rows, inner]`.
  ///
  /// - Complexity: one pass over the bytes.
  package func unpacked() -> [Int8] {
    let (inner, form) = (inner, form)
    let blocks = roundedUp(inner, to: 64) / 64
    return unsafe bytes.withElements(of: UInt8.self) { packed in
      (0..<rows * inner).map { index in
        let (row, k) = (index / inner, index % inner)
        let tile = (row >> 4) * blocks + k >> 6
        switch form.weights {
        case .plain: return unsafe Int8(bitPattern: packed[index])
        case .tiles:
          return unsafe Int8(bitPattern: packed[tile << 10 | (row & 15) << 6 | k & 63])
        case .fields:
          let byte = unsafe packed[tile << 8 | (row >> 2 & 3) << 6 | k & 63]
          return ternary(
            nonzero: byte >> UInt8(2 * (row & 3)) & 1,
            negative: byte >> UInt8(2 * (row & 3) + 1) & 1)
        case .couples:
          let byte = unsafe packed[row * (roundedUp(inner, to: 2) / 2) + k >> 1] >> 4
          let digit = k & 1 == 0 ? byte % 3 : byte / 3
          return digit == 2 ? -1 : Int8(digit)
        case .signs:
          let first = 16 * row * blocks + k >> 3
          let (set, minus) = unsafe (packed[first], packed[first + 8 * blocks])
          return ternary(
            nonzero: set >> UInt8(k & 7) & 1, negative: minus >> UInt8(k & 7) & 1)
        }
      }
    }
  }

  private func ternary(nonzero: UInt8, negative: UInt8) -> Int8 {
    Int8(nonzero) - 2 * Int8(negative)
  }
}
