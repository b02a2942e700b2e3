internal import Kernels

/// Second moments of a layer's inputs: everything a quadratic regression needs of them.
package enum InputMoments: Sendable, Equatable {
  /// Of integer codes k, value k · step: exact, so sums of shards are the same in any order.
  /// `gram` is Σ k kᵀ, `[inputs, inputs]`; `sums` is Σ k.
  case codes(gram: [Int64], sums: [Int64], step: Float)
  /// Of real inputs, in double precision; shards must be added in a fixed order.
  case values(gram: [Double], sums: [Double])

  /// The value of one unit of the moments: the code step, or 1.
  package var unit: Double {
    switch self {
    case .codes(_, _, let step): Double(step)
    case .values: 1
    }
  }

  /// The code step; nil of real inputs.
  package var codeStep: Float? {
    if case .codes(_, _, let step) = self { step } else { nil }
  }
}

/// What a layer's regression needs to know of its data: sums over N samples (columns).
///
/// X̃ are the inputs `[inputs, N]`, T the targets `[outputs, N]` of one group of one layer.
package struct LayerStatistics: Sendable, Equatable {
  package let inputs: Int
  package let outputs: Int
  package var sampleCount: Int
  package var moments: InputMoments
  /// T X̃ᵀ, `[outputs, inputs]`, in units of `moments.unit`.
  package var cross: [Double]
  /// Σ t, `[outputs]`.
  package var targetSums: [Double]
  /// Σ t², `[outputs]`.
  package var targetSquares: [Double]

  /// Empty statistics; with a step the inputs are codes, without one they are real.
  package init(inputs: Int, outputs: Int, codeStep: Float?) {
    self.inputs = inputs
    self.outputs = outputs
    sampleCount = 0
    if let codeStep {
      moments = .codes(
        gram: [Int64](repeating: 0, count: inputs * inputs),
        sums: [Int64](repeating: 0, count: inputs), step: codeStep)
    } else {
      moments = .values(
        gram: [Double](repeating: 0, count: inputs * inputs),
        sums: [Double](repeating: 0, count: inputs))
    }
    cross = [Double](repeating: 0, count: outputs * inputs)
    targetSums = [Double](repeating: 0, count: outputs)
    targetSquares = [Double](repeating: 0, count: outputs)
  }

  /// Statistics put together again from their parts.
  /// - Precondition: sizes fit.
  package init(
    inputs: Int, outputs: Int, sampleCount: Int, moments: InputMoments, cross: [Double],
    targetSums: [Double], targetSquares: [Double]
  ) {
    switch moments {
    case .codes(let gram, let sums, _):
      precondition(gram.count == inputs * inputs && sums.count == inputs, "moments do not fit")
    case .values(let gram, let sums):
      precondition(gram.count == inputs * inputs && sums.count == inputs, "moments do not fit")
    }
    precondition(cross.count == outputs * inputs, "cross products do not fit")
    precondition(targetSums.count == outputs && targetSquares.count == outputs)
    self.inputs = inputs
    self.outputs = outputs
    self.sampleCount = sampleCount
    self.moments = moments
    self.cross = cross
    self.targetSums = targetSums
    self.targetSquares = targetSquares
  }

  /// The statistics of some rows (outputs); the input moments are shared.
  package func rows(_ range: Range<Int>) -> LayerStatistics {
    LayerStatistics(
      inputs: inputs, outputs: range.count, sampleCount: sampleCount, moments: moments,
      cross: Array(cross[range.lowerBound * inputs..<range.upperBound * inputs]),
      targetSums: Array(targetSums[range]), targetSquares: Array(targetSquares[range]))
  }
}

extension LayerStatistics {
  /// Adds samples whose inputs are codes, signed or unsigned bytes.
  ///
  /// - Parameters:
  ///   - codes: `[inputs, columns]`.
  ///   - targets: `[outputs, columns]`.
  package mutating func add<Code: FixedWidthInteger & BitwiseCopyable>(
    codes: Span<Code>, targets: Span<Float>, columns: Int
  ) {
    let pending = CodeMoments(inputs: inputs, outputs: outputs)
    add(codes: codes, targets: targets, columns: columns, through: pending)
    flush(pending)
  }

  /// The same; the Gram matrix is up to date when the moments have been flushed.
  mutating func add<Code: FixedWidthInteger & BitwiseCopyable>(
    codes: Span<Code>, targets: Span<Float>, columns: Int, through pending: CodeMoments
  ) {
    withCodeTotals { gram, sums, cross in
      pending.add(
        codes, targets: targets, columns: columns, to: &gram, sums: &sums, cross: &cross)
    }
    addTargets(targets, columns: columns)
  }

  /// Adds what the moments hold back.
  mutating func flush(_ pending: CodeMoments) {
    withCodeTotals { gram, _, _ in pending.flush(to: &gram) }
  }

  private mutating func withCodeTotals(
    _ body: (inout [Int64], inout [Int64], inout [Double]) -> Void
  ) {
    guard case .codes(var gram, var sums, let step) = moments else {
      preconditionFailure("statistics of real inputs cannot take codes")
    }
    moments = .values(gram: [], sums: [])  // so that the totals are not copied
    body(&gram, &sums, &cross)
    moments = .codes(gram: gram, sums: sums, step: step)
  }

  /// Adds samples whose inputs are real.
  package mutating func add(values: Span<Float>, targets: Span<Float>, columns: Int) {
    guard case .values(var gram, var sums) = moments else {
      preconditionFailure("statistics of codes cannot take real inputs")
    }
    moments = .values(gram: [], sums: [])
    addGram(values, inputs: inputs, columns: columns, to: &gram, sums: &sums)
    moments = .values(gram: gram, sums: sums)
    addCrossProduct(
      targets, values, outputs: outputs, inputs: inputs, columns: columns, to: &cross)
    addTargets(targets, columns: columns)
  }

  private mutating func addTargets(_ targets: Span<Float>, columns: Int) {
    addSums(targets, rows: outputs, columns: columns, to: &targetSums)
    addSquares(targets, rows: outputs, columns: columns, to: &targetSquares)
    sampleCount += columns
  }

  /// Adds another shard: exact in its integers; add shards in a fixed order for equal bits of
  /// the rest.
  /// - Precondition: same layer, same kind and step of inputs.
  package static func += (left: inout LayerStatistics, right: LayerStatistics) {
    precondition(left.inputs == right.inputs && left.outputs == right.outputs, "other layer")
    switch (left.moments, right.moments) {
    case (.codes(var gram, var sums, let step), .codes(let otherGram, let otherSums, let other)):
      precondition(step == other, "shards of one layer share its code step")
      left.moments = .values(gram: [], sums: [])
      for index in gram.indices { gram[index] += otherGram[index] }
      for index in sums.indices { sums[index] += otherSums[index] }
      left.moments = .codes(gram: gram, sums: sums, step: step)
    case (.values(var gram, var sums), .values(let otherGram, let otherSums)):
      left.moments = .values(gram: [], sums: [])
      addInPlace(&gram, otherGram)
      addInPlace(&sums, otherSums)
      left.moments = .values(gram: gram, sums: sums)
    default:
      preconditionFailure("shards of one layer have inputs of one kind")
    }
    left.sampleCount += right.sampleCount
    addInPlace(&left.cross, right.cross)
    addInPlace(&left.targetSums, right.targetSums)
    addInPlace(&left.targetSquares, right.targetSquares)
  }
}

private func addInPlace(_ left: inout [Double], _ right: [Double]) {
  precondition(left.count == right.count)
  for index in left.indices { left[index] += right[index] }
}
