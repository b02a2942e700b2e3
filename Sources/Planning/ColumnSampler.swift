/// Takes an evenly spread sample of regression columns while the chunks of a shard go by.
struct ColumnSampler {
  private let inputs: Int
  private let outputs: Int
  /// Column numbers within the shard, ascending.
  private let chosen: [Int]
  private var codeColumns: [Int8] = []
  private var targetColumns: [Float] = []

  init(inputs: Int, outputs: Int, available: Int, wanted: Int) {
    self.inputs = inputs
    self.outputs = outputs
    let count = min(available, wanted)
    // Middles of equal stretches: no column twice, and no bias to a border.
    chosen = (0..<count).map { (2 * $0 + 1) * available / (2 * count) }
  }

  /// Looks at the columns `first ..< first + columns` of the shard.
  /// - Parameters:
  ///   - codes: `[inputs, columns]`.
  ///   - targets: `[outputs, columns]`.
  mutating func take(codes: Span<Int8>, targets: Span<Float>, columns: Int, first: Int) {
    for column in chosen where column >= first && column < first + columns {
      for row in 0..<inputs { codeColumns.append(codes[row * columns + column - first]) }
      for row in 0..<outputs { targetColumns.append(targets[row * columns + column - first]) }
    }
  }

  /// The columns taken so far, as matrices.
  var sample: ColumnSample {
    let count = inputs == 0 ? 0 : codeColumns.count / inputs
    return ColumnSample(
      columns: count, codes: transposed(codeColumns, rows: count, columns: inputs),
      targets: transposed(targetColumns, rows: count, columns: outputs))
  }
}
