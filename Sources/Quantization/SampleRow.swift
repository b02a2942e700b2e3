/// The samples of one row over a range of columns.
struct SampleRow {
  private let samples: NonlinearSamples
  private let start: Int
  private let count: Int

  init(_ samples: NonlinearSamples, row: Int, columns: Range<Int>) {
    self.samples = samples
    start = row * samples.columns + columns.lowerBound
    count = columns.count
  }

  /// Σ (Q(t) − Q(u))² with u = fit(sums) + shortcut; `sums` are q·k per column.
  func codeError(_ sums: Span<Float>, fit: LinearFit) -> Double {
    precondition(sums.count == count)
    let quantizer = samples.quantizer
    let scale = Float(fit.scale * Double(samples.inputStep))
    let offset = Float(fit.offset)
    let targets = samples.targets.span.extracting(start..<start + count)
    var total = 0.0
    for column in 0..<count {
      var output = scale * sums[column] + offset
      if let shortcut = samples.shortcut { output += shortcut[start + column] }
      let miss = quantizer.interval(of: targets[column]) - quantizer.interval(of: output)
      total += Double(miss * miss)
    }
    return total * Double(quantizer.step) * Double(quantizer.step)
  }

  /// Writes z − u for every column into `corrections` from index `first`.
  func fillCorrections(
    _ sums: Span<Float>, fit: LinearFit, step: AuxiliaryStep, coupling: Float, at first: Int,
    of corrections: inout [Float]
  ) {
    precondition(sums.count == count)
    let quantizer = samples.quantizer
    let scale = Float(fit.scale * Double(samples.inputStep))
    let offset = Float(fit.offset)
    var corrections = corrections.mutableSpan
    for column in 0..<count {
      let added = samples.shortcut.map { $0[start + column] } ?? 0
      let output = scale * sums[column] + offset + added
      let level = quantizer.quantized(samples.targets[start + column])
      let auxiliary = quantizer.auxiliary(step, level: level, output: output, coupling: coupling)
      corrections[first + column] = auxiliary - output
    }
  }
}
