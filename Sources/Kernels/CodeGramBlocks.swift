// The blocked product behind `addCodeGram`.
//
//   for each 65,536 columns, the most whose products fit Int32
//     for each 2,048 of them: pack X as tiles and as quads
//       for each 256 × 256 block on or above the diagonal: block += tiles · quads, in Int32
//     for each block: the totals, and their mirror image, += block

internal import CKernels

/// The smallest and the largest code.
struct CodeRange {
  let lowest: Int
  let highest: Int

  /// What makes codes signed bytes: x + leftShift.
  var leftShift: Int { highest > 127 ? -128 : 0 }
  /// What makes codes unsigned bytes: x + rightShift.
  var rightShift: Int { -lowest }
  /// The largest magnitude of x + leftShift and of x + rightShift.
  var left: Int { max(highest + leftShift, -lowest - leftShift) }
  var right: Int { highest + rightShift }
}

private let blockRows = 256
private let gramColumns = 2048
/// 255 · 128 · 65,536 < 2³¹.
private let exactColumns = 1 << 16

/// Adds X·Xᵀ of codes that are bytes of either kind, given the sums of their rows.
func addGram(
  _ codes: Span<UInt8>, range: CodeRange, rowSums: [Int64], columns: Int, to gram: inout [Int64],
  kernels: KernelSet
) {
  let inputs = rowSums.count
  if inputs == 0 || columns == 0 { return }
  precondition(KernelSet.available.contains(kernels), "this machine lacks \(kernels)")
  var blocks = GramBlocks(inputs: inputs, chunk: min(columns, gramColumns))
  for start in stride(from: 0, to: columns, by: exactColumns) {
    let end = min(start + exactColumns, columns)
    for first in stride(from: start, to: end, by: gramColumns) {
      unsafe codes.withUnsafeBufferPointer { codes in
        unsafe blocks.add(
          codes.baseAddress! + first, stride: columns, count: min(gramColumns, end - first),
          range: range, kernels: kernels, isFirst: first == start)
      }
    }
    blocks.addTotals(to: &gram)
  }
  if range.leftShift != 0 || range.rightShift != 0 {
    removeShifts(range, rowSums: rowSums, columns: columns, from: &gram)
  }
}

/// Takes a Σ xⱼ + b Σ xᵢ back; one of a and b is 0, so the upper triangle decides for both.
private func removeShifts(
  _ range: CodeRange, rowSums: [Int64], columns: Int, from gram: inout [Int64]
) {
  let inputs = rowSums.count
  let (left, right) = (Int64(range.leftShift), Int64(range.rightShift))
  var totals = gram.mutableSpan
  for row in 0..<inputs {
    for column in 0..<inputs {
      let (upper, lower) = (min(row, column), max(row, column))
      totals[row * inputs + column] -= left * rowSums[lower] + right * rowSums[upper]
    }
  }
}

/// The upper blocks of a Gram matrix in Int32, and a chunk of the codes packed both ways.
private struct GramBlocks: ~Copyable {
  let inputs: Int
  /// Blocks (top, left) with top ≤ left, by rows of blocks, `blockRows`² each.
  let products: AlignedBytes
  let tiles: AlignedBytes
  let quads: AlignedBytes

  init(inputs: Int, chunk: Int) {
    self.inputs = inputs
    let count = (inputs + blockRows - 1) / blockRows
    let size = inputs < blockRows ? inputs * inputs : blockRows * blockRows
    products = AlignedBytes(zeroed: count * (count + 1) / 2 * size * 4)
    let packed = roundedUp(inputs, to: 16) * roundedUp(chunk, to: 64)
    tiles = AlignedBytes(zeroed: packed)
    quads = AlignedBytes(zeroed: packed)
  }

  /// Calls `body` with the index, the first row, the first column and the size of each block.
  private func forEachBlock(_ body: (Int, Int, Int, ProductShape) -> Void) {
    var index = 0
    for top in stride(from: 0, to: inputs, by: blockRows) {
      for left in stride(from: top, to: inputs, by: blockRows) {
        let shape = ProductShape(
          rows: min(blockRows, inputs - top), columns: min(blockRows, inputs - left), inner: 0)
        body(index, top, left, shape)
        index += 1
      }
    }
  }

  /// Adds the products of `count` columns; the first ones replace what is there.
  @unsafe
  mutating func add(
    _ codes: UnsafePointer<UInt8>, stride: Int, count: Int, range: CodeRange, kernels: KernelSet,
    isFirst: Bool
  ) {
    let left = UInt8(truncatingIfNeeded: range.leftShift)
    let right = UInt8(truncatingIfNeeded: range.rightShift)
    let depth = roundedUp(count, to: 64)
    let bounds = ProductBounds(code: range.right, weight: range.left)
    unsafe tiles.withElements(of: Int8.self) { tiles in
      unsafe quads.withElements(of: UInt8.self) { quads in
        unsafe products.withElements(of: Int32.self) { products in
          unsafe ckernels_pack_tiles(codes, stride, tiles.baseAddress!, inputs, count, left)
          if kernels.hasAVX512 {
            unsafe ckernels_pack_quads_of_rows_avx512(
              codes, stride, quads.baseAddress!, inputs, count, right)
          } else {
            unsafe ckernels_pack_quads_of_rows(
              codes, stride, quads.baseAddress!, inputs, count, right)
          }
          forEachBlock { index, top, left, block in
            let shape = ProductShape(rows: block.rows, columns: block.columns, inner: count)
            unsafe multiplyTiles(
              tiles.baseAddress! + top * depth, quads.baseAddress! + left * depth,
              into: products.baseAddress! + index * blockRows * blockRows, shape: shape,
              kernels: kernels, bounds: bounds, accumulates: !isFirst)
          }
        }
      }
    }
  }

  /// Adds every block and its mirror image to the totals.
  func addTotals(to gram: inout [Int64]) {
    let inputs = inputs
    unsafe products.withElements(of: Int32.self) { products in
      unsafe gram.withUnsafeMutableBufferPointer { gram in
        let (totals, values) = (gram.baseAddress!, products.baseAddress!)
        forEachBlock { index, top, left, block in
          let values = unsafe values + index * blockRows * blockRows
          for row in stride(from: 0, to: block.rows, by: squareSide) {
            let first = top == left ? row : 0
            for column in stride(from: first, to: block.columns, by: squareSide) {
              unsafe addSquare(
                values, stride: block.columns,
                rows: row..<min(row + squareSide, block.rows),
                columns: column..<min(column + squareSide, block.columns), top: top, left: left,
                inputs: inputs, to: totals)
            }
          }
        }
      }
    }
  }
}

/// Sides of the squares in which a block is mirrored, small enough for the first-level cache.
private let squareSide = 32

/// Adds a square of a block, on or above the diagonal, and its mirror image.
@unsafe
private func addSquare(
  _ values: UnsafePointer<Int32>, stride: Int, rows: Range<Int>, columns: Range<Int>, top: Int,
  left: Int, inputs: Int, to totals: UnsafeMutablePointer<Int64>
) {
  let isOnDiagonal = top + rows.lowerBound == left + columns.lowerBound
  for row in rows {
    let line = unsafe totals + ((top + row) * inputs + left)
    let source = unsafe values + row * stride
    for column in (isOnDiagonal ? row : columns.lowerBound)..<columns.upperBound {
      unsafe line[column] &+= Int64(source[column])
    }
  }
  for column in columns {
    let line = unsafe totals + ((left + column) * inputs + top)
    let source = unsafe values + column
    for row in rows.lowerBound..<(isOnDiagonal ? column : rows.upperBound) {
      unsafe line[row] &+= Int64(source[row * stride])
    }
  }
}
