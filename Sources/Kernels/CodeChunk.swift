internal import CKernels

/// Buffers for the packed codes of a chunk, kept between chunks.
@safe
package final class CodeScratch {
  /// Bytes: left operands of a piece of the chunk, and right operands of every piece.
  private(set) var tiles = AlignedBytes(zeroed: 0)
  private(set) var quads = AlignedBytes(zeroed: 0)
  /// Tables: bytes of two or three codes, as lanes and as rows, and words of sixteen.
  private(set) var lanes = AlignedBytes(zeroed: 0)
  private(set) var rows = AlignedBytes(zeroed: 0)
  private(set) var words = AlignedBytes(zeroed: 0)
  /// Sums of a block of rows of the cross product.
  private(set) var sums = AlignedBytes(zeroed: 0)

  package init() {}

  func reserveBytes(tiles tileBytes: Int, quads quadBytes: Int) {
    if tiles.count < tileBytes { tiles = AlignedBytes(zeroed: tileBytes) }
    if quads.count < quadBytes { quads = AlignedBytes(zeroed: quadBytes) }
  }

  func reserveTables(lanes laneBytes: Int, rows rowBytes: Int, words wordBytes: Int) {
    if lanes.count < laneBytes { lanes = AlignedBytes(zeroed: laneBytes) }
    if rows.count < rowBytes { rows = AlignedBytes(zeroed: rowBytes) }
    if words.count < wordBytes { words = AlignedBytes(zeroed: wordBytes) }
  }

  func reserveSums(_ bytes: Int) {
    if sums.count < bytes { sums = AlignedBytes(zeroed: bytes) }
  }
}

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

/// Some columns of a matrix of codes, and how they are multiplied.
@safe
struct CodeChunk {
  let codes: UnsafePointer<UInt8>
  /// Between rows of codes.
  let stride: Int
  let inputs: Int
  let count: Int
  let kernels: KernelSet
  let range: CodeRange
  /// Σ of each input.
  let sums: [Int64]

  /// Columns that the products of bytes take at a time, so that blocks of them stay near the
  /// processor.
  static let pieceColumns = 2048

  init(
    _ codes: UnsafePointer<UInt8>, stride: Int, inputs: Int, count: Int, isSigned: Bool,
    kernels: KernelSet
  ) {
    unsafe self.codes = codes
    self.stride = stride
    self.inputs = inputs
    self.count = count
    self.kernels = kernels
    // Signed bytes with their highest bit flipped are unsigned ones, 128 larger.
    let flip: UInt8 = isSigned ? 128 : 0
    var sums = [Int64](repeating: 0, count: inputs)
    var ends: [UInt8] = [0, 0]
    unsafe ckernels_code_totals(codes, stride, inputs, count, flip, &sums, &ends)
    for input in sums.indices { sums[input] -= Int64(flip) * Int64(count) }
    self.sums = sums
    range = CodeRange(
      lowest: min(Int(ends[0]) - Int(flip), 0), highest: max(Int(ends[1]) - Int(flip), 0))
  }

  /// How the Gram matrix is multiplied.
  enum GramForm {
    /// Products of bytes.
    case bytes
    /// Tables of two or three codes of two bits.
    case twos, threes
  }

  var gramForm: GramForm {
    guard range.lowest == 0, range.highest <= 3 else { return .bytes }
    return kernels == .avx512 ? .threes : kernels == .avx2 ? .twos : .bytes
  }

  /// Whether tables of two codes are looked up for the cross product: where lookups run on two
  /// ports.
  var looksUpCross: Bool { gramForm == .threes && KernelSet.hasFastPopcount }

  /// Bytes of one piece's quads.
  var pieceBytes: Int {
    roundedUp(inputs, to: 16) * min(Self.pieceColumns, roundedUp(count, to: 64))
  }

  /// Calls `body` with the number, the first column and the columns of each piece.
  func forEachPiece(_ body: (Int, Int, Int) -> Void) {
    (0..<(count + Self.pieceColumns - 1) / Self.pieceColumns).forEach { piece in
      let first = piece * Self.pieceColumns
      body(piece, first, min(Self.pieceColumns, count - first))
    }
  }

  /// Packs what the products of the whole chunk read.
  func pack(into scratch: CodeScratch, needsWords: Bool) {
    switch gramForm {
    case .bytes: break
    case .twos: packTwos(into: scratch)
    case .threes: packThrees(into: scratch, needsWords: needsWords)
    }
    if looksUpCross, needsWords {
      unsafe scratch.words.withElements(of: UInt32.self) { words in
        unsafe ckernels_pack_words_avx512(
          codes, stride, inputs, count, 0, words.baseAddress!)
      }
    } else if gramForm == .bytes || needsWords {
      packQuads(into: scratch)
    }
  }

  private func packTwos(into scratch: CodeScratch) {
    let steps = (count + 1) / 2
    scratch.reserveTables(
      lanes: roundedUp(inputs, to: 64) * steps, rows: inputs * steps, words: 0)
    unsafe scratch.lanes.withElements(of: UInt8.self) { lanes in
      unsafe scratch.rows.withElements(of: UInt8.self) { rows in
        unsafe ckernels_pack_twos_avx2(
          codes, stride, inputs, count, lanes.baseAddress!, rows.baseAddress!)
      }
    }
  }

  private func packThrees(into scratch: CodeScratch, needsWords: Bool) {
    let steps = (count + 2) / 3
    scratch.reserveTables(
      lanes: roundedUp(inputs, to: 64) * steps, rows: inputs * steps * 2,
      words: needsWords ? roundedUp(inputs, to: 16) * roundedUp(count, to: 16) / 4 : 0)
    unsafe scratch.lanes.withElements(of: UInt8.self) { lanes in
      unsafe scratch.rows.withElements(of: UInt16.self) { rows in
        unsafe ckernels_pack_triples_avx512(
          codes, stride, inputs, count, 0, lanes.baseAddress!, rows.baseAddress!)
      }
    }
  }

  private func packQuads(into scratch: CodeScratch) {
    let pieces = (count + Self.pieceColumns - 1) / Self.pieceColumns
    scratch.reserveBytes(tiles: pieceBytes, quads: pieces * pieceBytes)
    let shift = UInt8(truncatingIfNeeded: range.rightShift)
    unsafe scratch.quads.withElements(of: UInt8.self) { quads in
      forEachPiece { piece, first, columns in
        let out = unsafe quads.baseAddress! + piece * pieceBytes
        if kernels.hasAVX512 {
          unsafe ckernels_pack_quads_of_rows_avx512(
            codes + first, stride, out, inputs, columns, shift)
        } else {
          unsafe ckernels_pack_quads_of_rows(codes + first, stride, out, inputs, columns, shift)
        }
      }
    }
  }
}
