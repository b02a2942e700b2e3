/// Recomputes what a low-bit layer does, from raw samples and answer alone, in the plainest way.
///
/// Shares no code with the solvers it judges.
package struct Judge {
  package let inputs: Int
  package let outputs: Int
  package let columns: Int
  /// X̃, `[inputs, columns]`, in units of value.
  package let samples: [Double]
  /// T, `[outputs, columns]`.
  package let targets: [Double]

  package init(inputs: Int, outputs: Int, columns: Int, samples: [Double], targets: [Double]) {
    precondition(samples.count == inputs * columns && targets.count == outputs * columns)
    self.inputs = inputs
    self.outputs = outputs
    self.columns = columns
    self.samples = samples
    self.targets = targets
  }

  /// Output of one row on every column: scale · (codes · x) + offset.
  package func outputs(codes: [Int], scale: Double, offset: Double) -> [Double] {
    precondition(codes.count == inputs)
    return (0..<columns).map { column in
      var sum = 0.0
      for input in 0..<inputs {
        sum += Double(codes[input]) * samples[input * columns + column]
      }
      return scale * sum + offset
    }
  }

  /// Σ (t − output)² of one row.
  package func residual(row: Int, codes: [Int], scale: Double, offset: Double) -> Double {
    let found = outputs(codes: codes, scale: scale, offset: offset)
    var sum = 0.0
    for column in 0..<columns {
      let difference = targets[row * columns + column] - found[column]
      sum += difference * difference
    }
    return sum
  }

  /// Σ (t − mean t)² of one row.
  package func energy(row: Int) -> Double {
    let line = targets[row * columns..<(row + 1) * columns]
    let mean = line.reduce(0, +) / Double(columns)
    return line.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  }

  /// Σ over rows of residual, and of energy.
  package func totals(
    codes: [Int8], scales: [Float], offsets: [Float]
  ) -> (residual: Double, energy: Double) {
    precondition(codes.count == outputs * inputs)
    var residual = 0.0
    var energy = 0.0
    for row in 0..<outputs {
      residual += self.residual(
        row: row, codes: codes[row * inputs..<(row + 1) * inputs].map { Int($0) },
        scale: Double(scales[row]), offset: Double(offsets[row]))
      energy += self.energy(row: row)
    }
    return (residual, energy)
  }

  /// Σ (y − Q(output + shortcut))² of one row, y = Q(target); `quantize` is Q.
  package func codeError(
    row: Int, codes: [Int], scale: Double, offset: Double, shortcut: [Double]? = nil,
    columns range: Range<Int>, quantize: (Double) -> Double
  ) -> Double {
    let found = outputs(codes: codes, scale: scale, offset: offset)
    var sum = 0.0
    for column in range {
      let added = shortcut.map { $0[row * columns + column] } ?? 0
      let difference =
        quantize(targets[row * columns + column]) - quantize(found[column] + added)
      sum += difference * difference
    }
    return sum
  }
}
