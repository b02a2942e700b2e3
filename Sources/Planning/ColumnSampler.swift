internal import Quantization

/// Takes an evenly spread sample of regression columns while the chunks of a shard go by.
struct ColumnSampler {
  private let inputs: Int
  private let outputs: Int
  private let step: Float?
  /// Column numbers within the shard, ascending.
  private let chosen: [Int]
  // `[columns, inputs]` so far; one form is in use.
  private var signed: [Int8] = []
  private var unsigned: [UInt8] = []
  private var real: [Float] = []
  private var targetColumns: [Float] = []

  init(inputs: Int, outputs: Int, step: Float?, available: Int, wanted: Int) {
    self.inputs = inputs
    self.outputs = outputs
    self.step = step
    let count = min(available, wanted)
    // Middles of equal stretches: no column twice, and no bias to a border.
    chosen = (0..<count).map { (2 * $0 + 1) * available / (2 * count) }
  }

  /// Looks at the columns `first ..< first + columns` of the shard.
  /// - Parameters:
  ///   - codes: `[inputs, columns]`.
  ///   - targets: `[outputs, columns]`.
  mutating func take(codes: Span<Int8>, targets: Span<Float>, columns: Int, first: Int) {
    for column in taken(columns, first) {
      for row in 0..<inputs { signed.append(codes[row * columns + column]) }
    }
    take(targets, columns: columns, first: first)
  }

  /// The same of unsigned codes.
  mutating func take(codes: Span<UInt8>, targets: Span<Float>, columns: Int, first: Int) {
    for column in taken(columns, first) {
      for row in 0..<inputs { unsigned.append(codes[row * columns + column]) }
    }
    take(targets, columns: columns, first: first)
  }

  /// The same of values.
  mutating func take(values: Span<Float>, targets: Span<Float>, columns: Int, first: Int) {
    for column in taken(columns, first) {
      for row in 0..<inputs { real.append(values[row * columns + column]) }
    }
    take(targets, columns: columns, first: first)
  }

  private mutating func take(_ targets: Span<Float>, columns: Int, first: Int) {
    for column in taken(columns, first) {
      for row in 0..<outputs { targetColumns.append(targets[row * columns + column]) }
    }
  }

  /// Chosen columns among those of a chunk, as numbers within it.
  private func taken(_ columns: Int, _ first: Int) -> [Int] {
    chosen.filter { $0 >= first && $0 < first + columns }.map { $0 - first }
  }

  /// The columns taken so far, as matrices.
  var sample: RegressionColumns {
    let count = outputs == 0 ? 0 : targetColumns.count / outputs
    let values: ColumnValues
    if step == nil {
      values = .real(transposed(real, rows: count, columns: inputs))
    } else if !unsigned.isEmpty {
      values = .unsigned(transposed(unsigned, rows: count, columns: inputs))
    } else {
      values = .signed(transposed(signed, rows: count, columns: inputs))
    }
    return RegressionColumns(
      inputs: inputs, outputs: outputs, columns: count, values: values, step: step,
      targets: transposed(targetColumns, rows: count, columns: outputs))
  }
}
