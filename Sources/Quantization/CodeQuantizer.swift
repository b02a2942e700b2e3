/// The quantizer of the outputs a layer feeds: which code a value gets, and each code's interval.
///
/// Code k = lowestCode … highestCode stands for k · step. Thresholds lie halfway between
/// neighbours, except that a zero threshold ε, where given, separates 0 from ±1 (TSQ, B1).
package struct CodeQuantizer: Sendable, Equatable {
  package let step: Float
  package let lowestCode: Int
  /// Ascending; a value above threshold i has at least code lowestCode + i + 1.
  package let thresholds: [Float]

  package init(bits: Int, step: Float, lowestCode: Int = 0, zeroThreshold: Float? = nil) {
    precondition(step > 0 && (1...8).contains(bits))
    self.step = step
    self.lowestCode = lowestCode
    thresholds = (0..<(1 << bits) - 1).map { index in
      let below = lowestCode + index
      if let zeroThreshold, below == 0 { return zeroThreshold }
      if let zeroThreshold, below == -1 { return -zeroThreshold }
      return (Float(below) + 0.5) * step
    }
  }

  package var codeCount: Int { thresholds.count + 1 }

  /// The index of the interval of `value`, 0 ..< codeCount.
  func interval(of value: Float) -> Int {
    var index = 0
    for threshold in thresholds where value > threshold { index += 1 }
    return index
  }

  /// The value that a code's interval stands for.
  func level(_ interval: Int) -> Float { Float(lowestCode + interval) * step }

  /// The value that `value` is replaced by.
  package func quantized(_ value: Float) -> Float { level(interval(of: value)) }
}

/// Sampled columns for the non-linear stage.
package struct NonlinearSamples: Sendable, Equatable {
  package let inputs: Int
  package let outputs: Int
  package let columns: Int
  /// Columns before this one are fitted, the rest decide whether the fit is accepted.
  package let fittedColumns: Int
  /// `[inputs, columns]`, value code · inputStep.
  package let codes: [Int8]
  package let inputStep: Float
  /// What the quantizer should see, `[outputs, columns]`: the clean network's value before it,
  /// shortcut included.
  package let targets: [Float]
  /// What a residual branch adds before the quantizer, `[outputs, columns]`.
  package let shortcut: [Float]?
  package let quantizer: CodeQuantizer

  /// - Precondition: sizes fit; both parts hold columns.
  package init(
    inputs: Int, outputs: Int, columns: Int, fittedColumns: Int, codes: [Int8],
    inputStep: Float, targets: [Float], shortcut: [Float]?, quantizer: CodeQuantizer
  ) {
    precondition(codes.count == inputs * columns && targets.count == outputs * columns)
    precondition(shortcut.map { $0.count == outputs * columns } ?? true)
    precondition(fittedColumns > 0 && fittedColumns < columns, "both parts need columns")
    self.inputs = inputs
    self.outputs = outputs
    self.columns = columns
    self.fittedColumns = fittedColumns
    self.codes = codes
    self.inputStep = inputStep
    self.targets = targets
    self.shortcut = shortcut
    self.quantizer = quantizer
  }

  /// The samples of some rows (outputs).
  package func rows(_ range: Range<Int>) -> NonlinearSamples {
    let part = range.lowerBound * columns..<range.upperBound * columns
    return NonlinearSamples(
      inputs: inputs, outputs: range.count, columns: columns, fittedColumns: fittedColumns,
      codes: codes, inputStep: inputStep, targets: Array(targets[part]),
      shortcut: shortcut.map { Array($0[part]) }, quantizer: quantizer)
  }
}
