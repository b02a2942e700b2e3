internal import CKernels

/// Rows of targets that are multiplied at a time as digits, and inputs: what they have in common
/// stays in the second-level cache.
private let (digitRows, digitInputs) = (64, 128)

extension CodeChunk {
  /// Adds the products of fixed-point rows with the codes to totals, `[rows, inputs]`.
  func addCross(_ targets: FixedPointRows, _ scratch: CodeScratch, to cross: inout [Double]) {
    if targets.rows == 0 { return }
    if looksUpCross {
      addCrossByTables(targets, scratch, to: &cross)
    } else {
      addCrossByDigits(targets, scratch, to: &cross)
    }
  }

  private func addCrossByTables(
    _ targets: FixedPointRows, _ scratch: CodeScratch, to cross: inout [Double]
  ) {
    let width = inputs
    let padded = roundedUp(width, to: 16)
    scratch.reserveSums(8 * padded * 8)
    for first in Swift.stride(from: 0, to: targets.rows, by: 8) {
      let block = first..<min(first + 8, targets.rows)
      unsafe scratch.sums.withElements(of: Double.self) { sums in
        unsafe scratch.words.withElements(of: UInt32.self) { words in
          unsafe targets.values.withUnsafeBufferPointer { values in
            unsafe ckernels_cross_tables_avx512(
              values.baseAddress! + first * targets.stride, targets.stride, words.baseAddress!,
              count, sums.baseAddress!, block.count, inputs)
          }
        }
        unsafe cross.withUnsafeMutableBufferPointer { cross in
          for row in block {
            let unit = targets.units[row]
            let line = unsafe cross.baseAddress! + row * inputs
            let source = unsafe sums.baseAddress! + (row - first) * padded
            for input in 0..<width { unsafe line[input] += source[input] * unit }
          }
        }
      }
    }
  }

  /// t = t₀ + 256 t₁ + 65,536 t₂ with signed bytes, each of them multiplied exactly in Int32.
  private func addCrossByDigits(
    _ targets: FixedPointRows, _ scratch: CodeScratch, to cross: inout [Double]
  ) {
    let stride = targets.stride
    var digits = [Int8](repeating: 0, count: 3 * min(digitRows, targets.rows) * stride)
    for first in Swift.stride(from: 0, to: targets.rows, by: digitRows) {
      let rows = min(digitRows, targets.rows - first)
      unsafe targets.values.withUnsafeBufferPointer { values in
        unsafe digits.withUnsafeMutableBufferPointer { digits in
          let low = digits.baseAddress!
          unsafe ckernels_split_digits(
            values.baseAddress! + first * stride, rows * stride, low, low + rows * stride,
            low + 2 * rows * stride)
        }
      }
      packDigits(digits, stride: stride, rows: 3 * rows, scratch)
      scratch.reserveSums(3 * rows * digitInputs * 4)
      for left in Swift.stride(from: 0, to: inputs, by: digitInputs) {
        let block = left..<min(left + digitInputs, inputs)
        unsafe scratch.sums.withElements(of: Int32.self) { sums in
          unsafe multiplyDigits(scratch, rows: 3 * rows, inputs: block, into: sums.baseAddress!)
          unsafe combine(
            UnsafePointer(sums.baseAddress!), rows: first..<first + rows, inputs: block, targets,
            to: &cross)
        }
      }
    }
  }

  /// Bytes of one piece's tiles of digits.
  private func digitBytes(rows: Int) -> Int {
    roundedUp(rows, to: 16) * min(Self.pieceColumns, roundedUp(count, to: 64))
  }

  private func packDigits(_ digits: [Int8], stride: Int, rows: Int, _ scratch: CodeScratch) {
    let pieces = (count + Self.pieceColumns - 1) / Self.pieceColumns
    let size = digitBytes(rows: rows)
    scratch.reserveBytes(tiles: pieces * size, quads: 0)
    unsafe scratch.tiles.withElements(of: Int8.self) { tiles in
      unsafe digits.withUnsafeBytes { digits in
        let digits = unsafe digits.baseAddress!.assumingMemoryBound(to: UInt8.self)
        forEachPiece { piece, first, columns in
          unsafe ckernels_pack_tiles(
            digits + first, stride, tiles.baseAddress! + piece * size, rows, columns, 0)
        }
      }
    }
  }

  /// The packed digits times the codes of some inputs.
  @unsafe
  private func multiplyDigits(
    _ scratch: CodeScratch, rows: Int, inputs: Range<Int>,
    into product: UnsafeMutablePointer<Int32>
  ) {
    let size = digitBytes(rows: rows)
    unsafe scratch.tiles.withElements(of: Int8.self) { tiles in
      unsafe scratch.quads.withElements(of: UInt8.self) { quads in
        forEachPiece { piece, _, columns in
          let start = piece * pieceBytes + inputs.lowerBound * roundedUp(columns, to: 64)
          unsafe multiplyTiles(
            tiles.baseAddress! + piece * size, quads.baseAddress! + start, into: product,
            shape: ProductShape(rows: rows, columns: inputs.count, inner: columns),
            kernels: kernels, bounds: ProductBounds(code: range.right, weight: 128),
            accumulates: piece > 0)
        }
      }
    }
  }

  /// Adds the digits' products; codes that were shifted by b hold b Σ t too much.
  @unsafe
  private func combine(
    _ sums: UnsafePointer<Int32>, rows: Range<Int>, inputs block: Range<Int>,
    _ targets: FixedPointRows, to cross: inout [Double]
  ) {
    let shift = Int64(range.rightShift)
    let (width, size) = (block.count, rows.count * block.count)
    unsafe cross.withUnsafeMutableBufferPointer { cross in
      for row in rows {
        let unit = targets.units[row]
        let excess = shift * targets.sums[row]
        let line = unsafe cross.baseAddress! + row * inputs + block.lowerBound
        let low = unsafe sums + (row - rows.lowerBound) * width
        let (middle, high) = unsafe (low + size, low + 2 * size)
        for input in 0..<width {
          let upper = unsafe 256 * Int64(middle[input]) + 65_536 * Int64(high[input])
          unsafe line[input] += Double(Int64(low[input]) + upper - excess) * unit
        }
      }
    }
  }
}
