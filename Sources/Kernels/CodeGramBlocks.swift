// The upper blocks of a Gram matrix of codes.
//
//   for each chunk, in pieces: pack X as tiles and as quads
//     for each 256 × 256 block on or above the diagonal: block += tiles · quads, in Int32
//   before 65,536 columns have been added, the most whose products fit Int32, and at the end:
//     the totals, and their mirror image, += block
//
// Kernels multiply signed by unsigned bytes, so x enters once as x + a, signed, and once as x + b,
// unsigned; one of a, b is 0, and products of sums take the shift back:
//
//   Σ (xᵢ + a)(xⱼ + b) = Σ xᵢ xⱼ + a Σ xⱼ + b Σ xᵢ
//
// Tables of 2-bit codes give Σ ((xᵢ − 1)(xⱼ − 1) + 2) = Σ xᵢ xⱼ − Σ xᵢ − Σ xⱼ + 3 · samples.

internal import CKernels

private let blockRows = 256
/// 255 · 128 · 65,536 < 2³¹.
private let exactColumns = 1 << 16

/// The upper blocks in Int32, and what they hold too little.
struct GramBlocks: ~Copyable {
  private let inputs: Int
  /// Blocks (top, left) with top ≤ left, by rows of blocks, `blockRows`² each.
  private let products: AlignedBytes
  /// To be added to every entry of a row, of a column, and to all.
  private var rowShifts: [Int64]
  private var columnShifts: [Int64]
  private var shift: Int64 = 0
  private var columns = 0

  init(inputs: Int) {
    self.inputs = inputs
    let count = (inputs + blockRows - 1) / blockRows
    let size = inputs < blockRows ? inputs * inputs : blockRows * blockRows
    // The first product of each block overwrites it.
    products = AlignedBytes(uninitialized: count * (count + 1) / 2 * size * 4)
    rowShifts = [Int64](repeating: 0, count: inputs)
    columnShifts = rowShifts
  }

  func hasRoom(for count: Int) -> Bool { columns + count <= exactColumns }

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

  /// Adds the products of a packed chunk.
  mutating func add(_ chunk: CodeChunk, _ scratch: CodeScratch) {
    switch chunk.gramForm {
    case .bytes: addBytes(chunk, scratch)
    case .twos:
      addTwos(chunk, scratch)
      takeBack(chunk, samples: roundedUp(chunk.count, to: 2))
    case .threes:
      addThrees(chunk, scratch)
      takeBack(chunk, samples: roundedUp(chunk.count, to: 3))
    }
    columns += chunk.count
  }

  private mutating func addTwos(_ chunk: CodeChunk, _ scratch: CodeScratch) {
    let steps = (chunk.count + 1) / 2
    let accumulates: Int32 = columns > 0 ? 1 : 0
    unsafe scratch.lanes.withElements(of: UInt8.self) { lanes in
      unsafe scratch.rows.withElements(of: UInt8.self) { rows in
        unsafe products.withElements(of: Int32.self) { products in
          unsafe LookupTables.ofTwos.bytes.withElements(of: UInt8.self) { tables in
            forEachBlock { index, top, left, block in
              unsafe ckernels_gram_twos_avx2(
                lanes.baseAddress! + left * steps, rows.baseAddress! + top * steps,
                tables.baseAddress!, chunk.count,
                products.baseAddress! + index * blockRows * blockRows, block.columns, block.rows,
                block.columns, accumulates)
            }
          }
        }
      }
    }
  }

  private mutating func addThrees(_ chunk: CodeChunk, _ scratch: CodeScratch) {
    let steps = (chunk.count + 2) / 3
    let accumulates: Int32 = columns > 0 ? 1 : 0
    unsafe scratch.lanes.withElements(of: UInt8.self) { lanes in
      unsafe scratch.rows.withElements(of: UInt16.self) { rows in
        unsafe products.withElements(of: Int32.self) { products in
          unsafe LookupTables.ofTriples.bytes.withElements(of: UInt8.self) { tables in
            forEachBlock { index, top, left, block in
              unsafe ckernels_gram_tables_avx512(
                lanes.baseAddress! + left * steps, rows.baseAddress! + top * steps,
                tables.baseAddress!, chunk.count,
                products.baseAddress! + index * blockRows * blockRows, block.columns, block.rows,
                block.columns, accumulates)
            }
          }
        }
      }
    }
  }

  /// Takes back what tables hold too much.
  private mutating func takeBack(_ chunk: CodeChunk, samples: Int) {
    for input in 0..<inputs {
      rowShifts[input] += chunk.sums[input]
      columnShifts[input] += chunk.sums[input]
    }
    shift -= 3 * Int64(samples)
  }

  private mutating func addBytes(_ chunk: CodeChunk, _ scratch: CodeScratch) {
    let range = chunk.range
    let left = UInt8(truncatingIfNeeded: range.leftShift)
    let bounds = ProductBounds(code: range.right, weight: range.left)
    let hasProducts = columns > 0
    unsafe scratch.tiles.withElements(of: Int8.self) { tiles in
      unsafe scratch.quads.withElements(of: UInt8.self) { quads in
        unsafe products.withElements(of: Int32.self) { products in
          chunk.forEachPiece { piece, first, count in
            unsafe ckernels_pack_tiles(
              chunk.codes + first, chunk.stride, tiles.baseAddress!, inputs, count, left)
            let depth = roundedUp(count, to: 64)
            let quads = unsafe quads.baseAddress! + piece * chunk.pieceBytes
            forEachBlock { index, top, left, block in
              let shape = ProductShape(rows: block.rows, columns: block.columns, inner: count)
              unsafe multiplyTiles(
                tiles.baseAddress! + top * depth, quads + left * depth,
                into: products.baseAddress! + index * blockRows * blockRows, shape: shape,
                kernels: chunk.kernels, bounds: bounds, accumulates: hasProducts || piece > 0)
            }
          }
        }
      }
    }
    for input in 0..<inputs {
      rowShifts[input] -= Int64(range.rightShift) * chunk.sums[input]
      columnShifts[input] -= Int64(range.leftShift) * chunk.sums[input]
    }
  }

  /// Adds every block and its mirror image to the totals, and begins anew.
  mutating func flush(to gram: inout [Int64]) {
    if columns == 0 { return }
    for input in rowShifts.indices { rowShifts[input] += shift }
    let square = GramSquares(inputs: inputs, rowShifts: rowShifts, columnShifts: columnShifts)
    unsafe products.withElements(of: Int32.self) { products in
      unsafe gram.withUnsafeMutableBufferPointer { gram in
        let (totals, values) = (gram.baseAddress!, products.baseAddress!)
        forEachBlock { index, top, left, block in
          unsafe square.add(
            values + index * blockRows * blockRows, block, top: top, left: left, to: totals)
        }
      }
    }
    for input in rowShifts.indices {
      rowShifts[input] = 0
      columnShifts[input] = 0
    }
    (shift, columns) = (0, 0)
  }
}

/// Adds blocks to a symmetric matrix in squares small enough for the first-level cache.
private struct GramSquares {
  let inputs: Int
  let rowShifts: [Int64]
  let columnShifts: [Int64]
  private static let side = 32

  init(inputs: Int, rowShifts: [Int64], columnShifts: [Int64]) {
    self.inputs = inputs
    self.rowShifts = rowShifts
    self.columnShifts = columnShifts
  }

  @unsafe
  func add(
    _ values: UnsafePointer<Int32>, _ block: ProductShape, top: Int, left: Int,
    to totals: UnsafeMutablePointer<Int64>
  ) {
    for row in stride(from: 0, to: block.rows, by: Self.side) {
      let first = top == left ? row : 0
      for column in stride(from: first, to: block.columns, by: Self.side) {
        unsafe addSquare(
          values, stride: block.columns, rows: row..<min(row + Self.side, block.rows),
          columns: column..<min(column + Self.side, block.columns), top: top, left: left,
          to: totals)
      }
    }
  }

  /// Adds a square of a block, on or above the diagonal, and its mirror image.
  @unsafe
  private func addSquare(
    _ values: UnsafePointer<Int32>, stride: Int, rows: Range<Int>, columns: Range<Int>, top: Int,
    left: Int, to totals: UnsafeMutablePointer<Int64>
  ) {
    let isOnDiagonal = top + rows.lowerBound == left + columns.lowerBound
    for row in rows {
      let line = unsafe totals + ((top + row) * inputs + left)
      let source = unsafe values + row * stride
      let shift = rowShifts[top + row]
      for column in (isOnDiagonal ? row : columns.lowerBound)..<columns.upperBound {
        unsafe line[column] &+= Int64(source[column]) &+ shift &+ columnShifts[left + column]
      }
    }
    for column in columns {
      let line = unsafe totals + ((left + column) * inputs + top)
      let source = unsafe values + column
      let shift = columnShifts[left + column]
      for row in rows.lowerBound..<(isOnDiagonal ? column : rows.upperBound) {
        unsafe line[row] &+= Int64(source[row * stride]) &+ shift &+ rowShifts[top + row]
      }
    }
  }
}
