internal import CKernels

/// Rows under coordinate descent, 16 to a panel, one row per lane.
///
/// Per row: the codes q, the target b, and the products c = H q. A row's bits depend neither on
/// the other rows nor on its lane, nor on the instruction set.
@safe
package struct DescentPanels: ~Copyable {
  /// Rows of a panel.
  package static let lanes = 16
  /// Panels that can be swept together: the matrix is read once for them.
  package static let groupLimit = 32

  package let rows: Int
  package let inputs: Int
  package let panelCount: Int
  private let padded: Int
  private let levels: [Float]
  private let limit: Float
  private let instructions: PanelInstructions
  private let codes: UnsafeMutablePointer<Float>
  private let products: UnsafeMutablePointer<Float>
  private let targets: UnsafeMutablePointer<Float>
  private let scores: UnsafeMutablePointer<Double>
  private let changes: UnsafeMutablePointer<Int32>
  private let moves: UnsafeMutablePointer<Float>
  private let list: UnsafeMutablePointer<Int32>
  private let counts: UnsafeMutablePointer<Int32>
  private let moved: UnsafeMutablePointer<UInt64>
  private var scales: [Float]?

  /// Panels with codes and products of zero.
  ///
  /// - Parameters:
  ///   - levels: what an entry may be; empty lets it move by ±1 within ±`limit`.
  ///   - scales: a scale per row that is to stay; nil eliminates it.
  package init(
    rows: Int, matrix: PanelMatrix, levels: [Float], limit: Float = 127, scales: [Float]? = nil,
    instructions: PanelInstructions = .best
  ) {
    self.rows = rows
    inputs = matrix.size
    padded = matrix.padded
    panelCount = (rows + Self.lanes - 1) / Self.lanes
    self.levels = levels
    self.limit = limit
    self.instructions = instructions
    let count = panelCount * padded * Self.lanes
    let lanes = panelCount * Self.lanes
    unsafe codes = Self.allocate(count)
    unsafe products = Self.allocate(count)
    unsafe targets = Self.allocate(count)
    unsafe scores = .allocate(capacity: 2 * lanes)
    unsafe scores.initialize(repeating: 0, count: 2 * lanes)
    unsafe changes = .allocate(capacity: lanes)
    unsafe changes.initialize(repeating: 0, count: lanes)
    // Scratch, of which a sweep writes what it reads.
    let group = min(panelCount, Self.groupLimit) * Self.lanes
    unsafe moves = .allocate(capacity: group * padded)
    unsafe list = .allocate(capacity: group * padded)
    unsafe counts = .allocate(capacity: group * (padded / 64 + 1))
    unsafe moved = .allocate(capacity: padded / 64)
    self.scales = scales.map { $0 + [Float](repeating: 0, count: lanes - $0.count) }
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    // Whole cache lines, as the kernels read them.
    let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    return unsafe bytes.initializeMemory(as: Float.self, repeating: 0, count: count)
  }

  deinit {
    unsafe codes.deallocate()
    unsafe products.deallocate()
    unsafe targets.deallocate()
    unsafe scores.deallocate()
    unsafe changes.deallocate()
    unsafe moves.deallocate()
    unsafe list.deallocate()
    unsafe counts.deallocate()
    unsafe moved.deallocate()
  }

  private func place(_ row: Int, _ input: Int) -> Int {
    precondition(row < rows && input < inputs, "outside of the panels")
    return (row / Self.lanes * padded + input) * Self.lanes + row % Self.lanes
  }

  private func productPlace(_ row: Int, _ input: Int) -> Int {
    precondition(row < rows && input < inputs, "outside of the panels")
    return (input / 64 * panelCount * Self.lanes + row) * 64 + input % 64
  }

  /// Sets the target of a row, `[inputs]`.
  package mutating func setTarget(_ row: Int, _ values: Span<Float>) {
    precondition(values.count == inputs, "one target per input")
    for input in values.indices { unsafe targets[place(row, input)] = values[input] }
  }

  /// Sets the codes of a row, `[inputs]`; `multiply` must follow.
  package mutating func setCodes(_ row: Int, _ values: Span<Int8>) {
    precondition(values.count == inputs, "one code per input")
    for input in values.indices { unsafe codes[place(row, input)] = Float(values[input]) }
  }

  /// Reads the codes of a row.
  package func readCodes(_ row: Int, into values: inout MutableSpan<Int8>) {
    precondition(values.count == inputs, "one code per input")
    for input in values.indices { values[input] = unsafe Int8(codes[place(row, input)]) }
  }

  /// Takes a row of other panels as it stands: target, codes and products.
  package mutating func takeRow(
    _ row: Int, from other: borrowing DescentPanels, row otherRow: Int
  ) {
    precondition(other.padded == padded, "panels of other size")
    for input in 0..<inputs {
      let (own, source) = (place(row, input), other.place(otherRow, input))
      unsafe targets[own] = other.targets[source]
      unsafe codes[own] = other.codes[source]
      unsafe products[productPlace(row, input)] =
        other.products[other.productPlace(otherRow, input)]
    }
  }

  /// An entry of q.
  package func code(_ row: Int, _ input: Int) -> Float { unsafe codes[place(row, input)] }

  /// An entry of c = H q.
  package func product(_ row: Int, _ input: Int) -> Float {
    unsafe products[productPlace(row, input)]
  }

  /// b·q and q·H·q of a row as of the last sweep or score.
  package func score(_ row: Int) -> (product: Double, quadratic: Double) {
    precondition(row < rows)
    return unsafe (scores[row], scores[panelCount * Self.lanes + row])
  }

  /// Entries that the last sweep changed in a row.
  package func changes(_ row: Int) -> Int {
    precondition(row < rows)
    return unsafe Int(changes[row])
  }

  /// Sets the scales that are to stay.
  package mutating func setScales(_ values: [Float]) {
    precondition(values.count == rows, "one scale per row")
    scales = values + [Float](repeating: 0, count: panelCount * Self.lanes - rows)
  }
}

extension DescentPanels {
  /// One pass over all entries of some panels: each entry takes its best level for the others.
  /// - Complexity: O(inputs) per row, and as much for each entry that moves.
  package mutating func sweep(_ matrix: PanelMatrix, panels: [Int32]) {
    unsafe call(instructions.sweep, matrix, panels)
  }

  /// Computes the products c = H q of some panels afresh.
  package mutating func multiply(_ matrix: PanelMatrix, panels: [Int32]) {
    unsafe call(instructions.multiply, matrix, panels)
  }

  /// Computes the scores of some panels from their codes and products.
  package mutating func computeScores(_ matrix: PanelMatrix, panels: [Int32]) {
    unsafe call(instructions.score, matrix, panels)
  }

  /// Moves one entry of each row of a panel by its step.
  package mutating func move(_ matrix: PanelMatrix, panel: Int32, entry: Int, steps: [Float]) {
    precondition(steps.count == Self.lanes && entry < inputs && panel < panelCount)
    unsafe withArguments(matrix, [panel]) { inputs, panels in
      unsafe instructions.move(inputs, panels, panel, Int64(entry), steps)
    }
  }

  /// Lanes that `keeps` names are copied into `best`, the others back from there.
  package mutating func exchange(
    _ matrix: PanelMatrix, panel: Int32, keeps: [Bool], best: inout Best
  ) {
    precondition(keeps.count == Self.lanes && panel < panelCount)
    precondition(best.codes.count == padded * Self.lanes, "made for other panels")
    let masks = keeps.map { $0 ? Int32(1) : 0 }
    unsafe withArguments(matrix, [panel]) { inputs, panels in
      unsafe instructions.exchange(inputs, panels, panel, masks, &best.codes, &best.products)
    }
  }

  /// A copy of one panel's codes and products.
  package struct Best {
    fileprivate var codes: [Float]
    fileprivate var products: [Float]
  }

  /// Room for a copy of one panel.
  package func makeBest() -> Best {
    let zeros = [Float](repeating: 0, count: padded * Self.lanes)
    return Best(codes: zeros, products: zeros)
  }

  @unsafe
  private mutating func call(
    _ kernel: PanelInstructions.PanelKernel, _ matrix: PanelMatrix, _ panels: [Int32]
  ) {
    precondition(
      panels.count <= min(panelCount, Self.groupLimit)
        && panels.allSatisfy { (0..<panelCount).contains(Int($0)) })
    unsafe withArguments(matrix, panels) { inputs, panels in unsafe kernel(inputs, panels) }
  }

  @unsafe
  private func withArguments(
    _ matrix: PanelMatrix, _ active: [Int32],
    _ body: (UnsafePointer<tsq_descent_inputs>, UnsafePointer<tsq_descent_panels>) -> Void
  ) {
    precondition(matrix.padded == padded && matrix.size == inputs, "a matrix of other size")
    unsafe matrix.blocks.bytes.withElements(of: Float.self) { blocks in
      unsafe matrix.diagonal.withUnsafeBufferPointer { diagonal in
        unsafe levels.withUnsafeBufferPointer { levels in
          unsafe active.withUnsafeBufferPointer { active in
            var inputs = unsafe tsq_descent_inputs(
              inputs: Int64(inputs), padded: Int64(padded), gram: blocks.baseAddress,
              diagonal: diagonal.baseAddress,
              levels: levels.baseAddress,
              level_count: Int64(levels.count), limit: limit)
            unsafe withScales { scales in
              var panels = unsafe tsq_descent_panels(
                rows: Int64(panelCount * Self.lanes), codes: codes, products: products,
                targets: targets, score_product: scores,
                score_quadratic: scores + panelCount * Self.lanes, changes: changes,
                active: active.baseAddress, active_count: Int64(active.count), moves: moves,
                list: list, counts: counts, moved: moved, scales: scales)
              unsafe body(&inputs, &panels)
            }
          }
        }
      }
    }
  }

  @unsafe
  private func withScales(_ body: (UnsafePointer<Float>?) -> Void) {
    guard let scales else { return body(nil) }
    unsafe scales.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
  }
}

/// q·H·q of up to 16 rows in double precision.
///
/// - Parameters:
///   - gram: H, `[inputs, inputs]`, symmetric; its lower triangle is read.
///   - codes: q, `[inputs, 16]`, one row per lane.
/// - Complexity: O(inputs²).
package func quadraticForms(
  _ gram: Span<Double>, codes: Span<Double>, inputs: Int,
  instructions: PanelInstructions = .best
) -> [Double] {
  precondition(gram.count == inputs * inputs && codes.count == inputs * DescentPanels.lanes)
  var result = [Double](repeating: 0, count: DescentPanels.lanes)
  unsafe gram.withUnsafeBufferPointer { gram in
    unsafe codes.withUnsafeBufferPointer { codes in
      unsafe instructions.quadratic(gram.baseAddress, Int64(inputs), codes.baseAddress, &result)
    }
  }
  return result
}
