internal import CKernels

/// Some columns of real rows as integers of 22 bits and a sign, times a power of two per row.
@safe
struct FixedPointRows {
  let rows: Int
  /// Between rows: `columns` rounded up to whole words of codes, the rest zero.
  let stride: Int
  let columns: Int
  /// `[rows, stride]`.
  let values: [Int32]
  /// What one of a row's integers stands for; NaN where the row is not finite.
  let units: [Double]
  /// The sum of each row's integers.
  let sums: [Int64]

  /// - Parameter source: `[rows, stride]`, of which `count` columns from `first` are taken.
  init(_ source: Span<Float>, rows: Int, from first: Int, count: Int, stride sourceStride: Int) {
    precondition(source.count == rows * sourceStride && first + count <= sourceStride)
    self.rows = rows
    columns = count
    let length = roundedUp(count, to: 16)
    stride = length
    var values = [Int32](repeating: 0, count: rows * length)
    var units: [Double] = []
    var sums: [Int64] = []
    for row in 0..<rows {
      unsafe source.withUnsafeBufferPointer { source in
        let line = unsafe source.baseAddress! + (row * sourceStride + first)
        let bits = unsafe ckernels_largest_bits(line, count)
        let largest = Float(bitPattern: bits)
        guard largest.isFinite, largest > 0 else {
          units.append(largest == 0 ? 1 : .nan)
          sums.append(0)
          return
        }
        // The largest becomes 2²¹ to 2²². Two factors, as one alone may leave fp32's range.
        let power = 21 - Int(largest.exponent)
        units.append(Double(sign: .plus, exponent: -power, significand: 1))
        let factors = [power / 2, power - power / 2].map {
          Float(sign: .plus, exponent: $0, significand: 1)
        }
        unsafe values.withUnsafeMutableBufferPointer { values in
          sums.append(
            unsafe ckernels_fix(
              line, count, factors[0], factors[1], values.baseAddress! + row * length))
        }
      }
    }
    self.values = values
    self.units = units
    self.sums = sums
  }
}
