/// The inputs of some columns of a regression, `[inputs, columns]`: codes, value code · step, or
/// values.
package enum ColumnValues: Sendable, Equatable {
  case signed([Int8])
  case unsigned([UInt8])
  case real([Float])

  package var count: Int {
    switch self {
    case .signed(let codes): codes.count
    case .unsigned(let codes): codes.count
    case .real(let values): values.count
    }
  }

  /// As values.
  package func values(step: Float?) -> [Float] {
    let step = step ?? 1
    return switch self {
    case .signed(let codes): codes.map { Float($0) * step }
    case .unsigned(let codes): codes.map { Float($0) * step }
    case .real(let values): values
    }
  }
}

/// Columns of the regression of a layer group, in the place of their sums where these would not fit
/// the memory: all that the layer is solved from and judged by.
package struct RegressionColumns: Sendable, Equatable {
  package let inputs: Int
  package let outputs: Int
  package let columns: Int
  package let values: ColumnValues
  /// The step of codes; nil of real values.
  package let step: Float?
  /// `[outputs, columns]`.
  package let targets: [Float]

  /// - Precondition: sizes fit, and codes have a step.
  package init(
    inputs: Int, outputs: Int, columns: Int, values: ColumnValues, step: Float?,
    targets: [Float]
  ) {
    precondition(values.count == inputs * columns && targets.count == outputs * columns)
    if case .real = values { precondition(step == nil) } else { precondition(step != nil) }
    self.inputs = inputs
    self.outputs = outputs
    self.columns = columns
    self.values = values
    self.step = step
    self.targets = targets
  }

  /// The columns of several shards side by side, in their order; nil where they are not of one
  /// layer, or their inputs are not of one kind.
  package init?(joining parts: [RegressionColumns]) {
    guard let first = parts.first,
      parts.allSatisfy({
        $0.inputs == first.inputs && $0.outputs == first.outputs && $0.step == first.step
      })
    else { return nil }
    var values: ColumnValues
    switch first.values {
    case .signed:
      let codes = parts.compactMap { if case .signed(let codes) = $0.values { codes } else { nil } }
      values = .signed(joined(codes, rows: first.inputs))
    case .unsigned:
      let codes = parts.compactMap {
        if case .unsigned(let codes) = $0.values { codes } else { nil }
      }
      values = .unsigned(joined(codes, rows: first.inputs))
    case .real:
      let reals = parts.compactMap { if case .real(let reals) = $0.values { reals } else { nil } }
      values = .real(joined(reals, rows: first.inputs))
    }
    let columns = parts.reduce(0) { $0 + $1.columns }
    guard values.count == first.inputs * columns else { return nil }
    self.init(
      inputs: first.inputs, outputs: first.outputs, columns: columns, values: values,
      step: first.step, targets: joined(parts.map(\.targets), rows: first.outputs))
  }

  /// The targets of some rows, `[rows, columns]`.
  package func targets(_ rows: Range<Int>) -> [Float] {
    Array(targets[rows.lowerBound * columns..<rows.upperBound * columns])
  }
}

/// Matrices of so many rows side by side.
private func joined<Value>(_ parts: [[Value]], rows: Int) -> [Value] {
  guard parts.count != 1 else { return parts[0] }
  var result: [Value] = []
  result.reserveCapacity(parts.reduce(0) { $0 + $1.count })
  for row in 0..<rows {
    for part in parts {
      let width = part.count / rows
      result += part[row * width..<(row + 1) * width]
    }
  }
  return result
}
