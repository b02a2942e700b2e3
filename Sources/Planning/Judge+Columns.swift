package import Quantization

extension Judge {
  /// The squared error of some rows, from the columns themselves:
  ///
  ///     Σ (t − α q·x̃ − b)²
  ///
  /// where q·x̃ of codes is an exact integer.
  ///
  /// - Parameters:
  ///   - codes: `[rows, inputs]`.
  ///   - rows: of the columns' outputs.
  /// - Complexity: O(rows · inputs · columns).
  package func residuals(
    of rows: Range<Int>, codes: [Int8], scales: [Float], offsets: [Float],
    in columns: RegressionColumns
  ) -> [Double] {
    rows.enumerated().map { index, row in
      let own = codes[index * columns.inputs..<(index + 1) * columns.inputs]
      let sums = self.sums(own, columns)
      let alpha = Double(scales[index]) * Double(columns.step ?? 1)
      var total = 0.0
      for column in 0..<columns.columns {
        let target = Double(columns.targets[row * columns.columns + column])
        let miss = target - alpha * sums[column] - Double(offsets[index])
        total += miss * miss
      }
      return total
    }
  }

  /// q·x̃ of every column, in units of the step.
  private func sums(_ codes: ArraySlice<Int8>, _ columns: RegressionColumns) -> [Double] {
    let width = columns.columns
    // As long as no sum of the widest codes can leave 32 bits.
    let isShort = columns.inputs < Int(Int32.max) / (128 * 255)
    switch columns.values {
    case .signed(let values):
      return isShort
        ? sums(codes, values, width, Int32.self) : sums(codes, values, width, Int64.self)
    case .unsigned(let values):
      return isShort
        ? sums(codes, values, width, Int32.self) : sums(codes, values, width, Int64.self)
    case .real(let values):
      var sums = [Double](repeating: 0, count: width)
      for (input, code) in codes.enumerated() where code != 0 {
        add(values.span.extracting(input * width..<(input + 1) * width), Double(code), &sums)
      }
      return sums
    }
  }

  @inline(__always)
  private func sums<Code: FixedWidthInteger, Sum: FixedWidthInteger>(
    _ codes: ArraySlice<Int8>, _ values: [Code], _ width: Int, _: Sum.Type
  ) -> [Double] {
    var result = [Sum](repeating: 0, count: width)
    for (input, code) in codes.enumerated() where code != 0 {
      let line = values.span.extracting(input * width..<(input + 1) * width)
      let factor = Sum(truncatingIfNeeded: code)
      var sums = result.mutableSpan
      for column in line.indices {
        sums[column] &+= factor &* Sum(truncatingIfNeeded: line[column])
      }
    }
    return result.map { Double($0) }
  }

  private func add(_ values: Span<Float>, _ factor: Double, _ sums: inout [Double]) {
    var sums = sums.mutableSpan
    for column in values.indices { sums[column] += factor * Double(values[column]) }
  }

  /// What is wrong with a solution of some rows that was found from columns; nil when codes and
  /// scales are allowed and every row's report holds.
  package func objection(
    to solution: Solution, of columns: RegressionColumns, rows: Range<Int>, set: WeightSet
  ) -> String? {
    guard solution.inputs == columns.inputs, solution.rows == rows.count,
      solution.report.rows.count == solution.rows
    else { return "it has other sizes than the problem" }
    let levels = Set(set.levels)
    if let stray = solution.codes.first(where: { !levels.contains($0) }) {
      return "the code \(stray) is not in the set '\(set.rawValue)'"
    }
    guard solution.scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      return "a scale is not positive"
    }
    let found = residuals(
      of: rows, codes: solution.codes, scales: solution.scales, offsets: solution.offsets,
      in: columns)
    for (index, row) in rows.enumerated() {
      var squares = 0.0
      for target in columns.targets[row * columns.columns..<(row + 1) * columns.columns] {
        squares += Double(target) * Double(target)
      }
      let reported = solution.report.rows[index].residual
      // Written so that NaN objects.
      guard abs(found[index] - reported) <= Self.tolerance * (squares + 1e-12) else {
        return "row \(row) reports a squared error of \(reported), recomputed \(found[index])"
      }
    }
    return nil
  }
}
