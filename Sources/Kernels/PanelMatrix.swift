/// A square fp32 matrix as panel kernels read it: by columns, each beginning at another cache set.
package struct PanelMatrix: Sendable {
  package let size: Int
  /// `size` rounded up to whole blocks of 64.
  package let padded: Int
  /// What the entries were multiplied by.
  package let factor: Double
  /// `[padded, stride]`: entry (i, j) lies at j · stride + i; zero beyond `size`.
  let columns: [Float]
  let diagonal: [Float]

  /// Between columns: an odd number of cache lines, so that a block's columns do not evict each
  /// other.
  var stride: Int { padded + 16 }

  /// Takes a row-major matrix, `[size, size]`, times `factor`.
  /// - Parameter transposes: takes the transpose instead.
  package init(_ matrix: Span<Double>, size: Int, factor: Double = 1, transposes: Bool) {
    precondition(matrix.count == size * size, "the matrix does not fit \(size) × \(size)")
    let padded = (size + 63) / 64 * 64
    let stride = padded + 16
    var columns = [Float](repeating: 0, count: padded * stride)
    var diagonal = [Float](repeating: 0, count: padded)
    var target = columns.mutableSpan
    for row in 0..<size {
      let line = matrix.extracting(row * size..<(row + 1) * size)
      if transposes {
        var column = target._mutatingExtracting(row * stride..<row * stride + size)
        for index in line.indices { column[index] = Float(line[index] * factor) }
      } else {
        for index in line.indices { target[index * stride + row] = Float(line[index] * factor) }
      }
    }
    for index in 0..<size { diagonal[index] = Float(matrix[index * size + index] * factor) }
    self.size = size
    self.padded = padded
    self.factor = factor
    self.columns = columns
    self.diagonal = diagonal
  }

  /// A symmetric matrix, row-major, times `factor`.
  package init(symmetric matrix: Span<Double>, size: Int, factor: Double = 1) {
    self.init(matrix, size: size, factor: factor, transposes: true)
  }

  /// The entry (row, column), times `factor`.
  package func entry(_ row: Int, _ column: Int) -> Float { columns[column * stride + row] }

  /// The entry (index, index), times `factor`.
  package func diagonalEntry(_ index: Int) -> Float { diagonal[index] }
}
