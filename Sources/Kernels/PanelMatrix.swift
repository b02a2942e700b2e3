/// A symmetric fp32 matrix as panel kernels read it, by blocks of 64 rows.
package struct PanelMatrix: Sendable {
  package let size: Int
  /// `size` rounded up to whole blocks of 64.
  package let padded: Int
  /// What the entries were multiplied by.
  package let factor: Double
  /// `[padded / 64, padded, 64]`: entry (i, j) lies at ((i / 64) · padded + j) · 64 + i mod 64,
  /// zero beyond `size`. What a block's products need of the matrix lies together.
  let blocks: SharedFloats
  let diagonal: [Float]

  /// Takes a symmetric matrix, row-major, `[size, size]`, times `factor`.
  package init(symmetric matrix: Span<Double>, size: Int, factor: Double = 1) {
    precondition(matrix.count == size * size, "the matrix does not fit \(size) × \(size)")
    let padded = (size + 63) / 64 * 64
    self.size = size
    self.padded = padded
    self.factor = factor
    diagonal = (0..<padded).map { $0 < size ? Float(matrix[$0 * size + $0] * factor) : 0 }
    blocks = unsafe SharedFloats(count: padded * padded) { blocks in
      for row in 0..<size {
        let line = matrix.extracting(row * size..<(row + 1) * size)
        for first in stride(from: 0, to: size, by: 64) {
          let start = first * padded + row * 64
          for index in first..<min(first + 64, size) {
            unsafe blocks[start + index - first] = Float(line[index] * factor)
          }
        }
      }
    }
  }

  /// The entry (row, column), times `factor`.
  package func entry(_ row: Int, _ column: Int) -> Float {
    precondition(row < size && column < size, "outside of the matrix")
    return unsafe blocks.bytes.withElements(of: Float.self) { values in
      unsafe values[(row / 64 * padded + column) * 64 + row % 64]
    }
  }

  /// The entry (index, index), times `factor`.
  package func diagonalEntry(_ index: Int) -> Float { diagonal[index] }
}

/// Numbers on whole cache lines, shared by the copies of a matrix.
final class SharedFloats: Sendable {
  let bytes: AlignedBytes

  /// Zeros that `fill` may write to.
  init(count: Int, fill: (UnsafeMutableBufferPointer<Float>) -> Void) {
    let bytes = AlignedBytes(zeroed: count * MemoryLayout<Float>.stride)
    unsafe bytes.withElements(of: Float.self) { unsafe fill($0) }
    self.bytes = bytes
  }
}
