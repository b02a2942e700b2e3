/// For each value of some ternary weights and each of as many 2-bit codes, the sum of the codes
/// where the weight is 1 and of 3 less the code where it is −1.
final class LookupTables: Sendable {
  /// Four weights and codes: 256 tables of 128 bytes, by codes; 81 of each are used.
  static let ofFours = LookupTables(count: 4) { weights, codes in 128 * codes + weights }

  /// Two weights and codes: 9 tables of 16 bytes, by weights.
  static let ofPairs = LookupTables(count: 2) { weights, codes in 16 * weights + codes }

  let bytes: AlignedBytes

  private init(count: Int, place: (_ weights: Int, _ codes: Int) -> Int) {
    let (weightValues, codeValues) = (count == 4 ? 81 : 9, 1 << (2 * count))
    let bytes = AlignedBytes(zeroed: 128 * codeValues)
    unsafe bytes.withElements(of: UInt8.self) { tables in
      for codes in 0..<codeValues {
        for weights in 0..<weightValues {
          var (sum, digits) = (0, weights)
          for index in 0..<count {
            let code = codes >> (2 * index) & 3
            sum += [0, code, 3 - code][digits % 3]
            digits /= 3
          }
          unsafe tables[place(weights, codes)] = UInt8(sum)
        }
      }
    }
    self.bytes = bytes
  }

  /// Two codes and as many others, two bits each: at 16 · codes + others the sum of
  /// (code − 1)(other − 1) + 2.
  static let ofTwos = LookupTables(products: 2)

  /// Three of them, at 64 · codes + others.
  static let ofTriples = LookupTables(products: 3)

  private init(products count: Int) {
    let values = 1 << (2 * count)
    let bytes = AlignedBytes(zeroed: values * values)
    unsafe bytes.withElements(of: UInt8.self) { tables in
      for codes in 0..<values {
        for others in 0..<values {
          let terms = (0..<count).map { index in
            ((codes >> (2 * index) & 3) - 1) * ((others >> (2 * index) & 3) - 1) + 2
          }
          unsafe tables[values * codes + others] = UInt8(terms.reduce(0, +))
        }
      }
    }
    self.bytes = bytes
  }
}
