internal import CKernels

/// Rows of targets that are multiplied at a time as digits.
private let digitRows = 64

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
    let size = digitRows * inputs
    let tileBytes = digitRows * Self.pieceColumns
    scratch.reserveBytes(tiles: max(tileBytes, pieceBytes), quads: 0)
    scratch.reserveSums(3 * size * 4)
    var digits = [Int8](repeating: 0, count: 3 * digitRows * stride)
    for first in Swift.stride(from: 0, to: targets.rows, by: digitRows) {
      let rows = min(digitRows, targets.rows - first)
      unsafe targets.values.withUnsafeBufferPointer { values in
        unsafe digits.withUnsafeMutableBufferPointer { digits in
          let low = digits.baseAddress!
          unsafe ckernels_split_digits(
            values.baseAddress! + first * stride, rows * stride, low, low + digitRows * stride,
            low + 2 * digitRows * stride)
        }
      }
      unsafe scratch.sums.withElements(of: Int32.self) { sums in
        unsafe digits.withUnsafeBufferPointer { digits in
          for digit in 0..<3 {
            unsafe multiplyDigit(
              digits.baseAddress! + digit * digitRows * stride, stride: stride, rows: rows,
              scratch, into: sums.baseAddress! + digit * size)
          }
        }
        unsafe combine(
          UnsafePointer(sums.baseAddress!), size: size, rows: first..<first + rows, targets,
          to: &cross)
      }
    }
  }

  /// One digit of some rows times all codes.
  @unsafe
  private func multiplyDigit(
    _ digits: UnsafePointer<Int8>, stride: Int, rows: Int, _ scratch: CodeScratch,
    into product: UnsafeMutablePointer<Int32>
  ) {
    unsafe scratch.tiles.withElements(of: Int8.self) { tiles in
      unsafe scratch.quads.withElements(of: UInt8.self) { quads in
        forEachPiece { piece, first, columns in
          unsafe digits.withMemoryRebound(to: UInt8.self, capacity: rows * stride) { digits in
            unsafe ckernels_pack_tiles(
              digits + first, stride, tiles.baseAddress!, rows, columns, 0)
          }
          unsafe multiplyTiles(
            tiles.baseAddress!, quads.baseAddress! + piece * pieceBytes, into: product,
            shape: ProductShape(rows: rows, columns: inputs, inner: columns), kernels: kernels,
            bounds: ProductBounds(code: range.right, weight: 128), accumulates: piece > 0)
        }
      }
    }
  }

  /// Adds the digits' products; codes that were shifted by b hold b Σ t too much.
  @unsafe
  private func combine(
    _ sums: UnsafePointer<Int32>, size: Int, rows: Range<Int>, _ targets: FixedPointRows,
    to cross: inout [Double]
  ) {
    let shift = Int64(range.rightShift)
    let width = inputs
    unsafe cross.withUnsafeMutableBufferPointer { cross in
      for row in rows {
        let unit = targets.units[row]
        let excess = shift * targets.sums[row]
        let line = unsafe cross.baseAddress! + row * inputs
        let low = unsafe sums + (row - rows.lowerBound) * inputs
        let (middle, high) = unsafe (low + size, low + 2 * size)
        for input in 0..<width {
          let upper = unsafe 256 * Int64(middle[input]) + 65_536 * Int64(high[input])
          unsafe line[input] += Double(Int64(low[input]) + upper - excess) * unit
        }
      }
    }
  }
}
