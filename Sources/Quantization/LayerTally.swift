package import Kernels

/// Adds up the statistics of one group of a layer, chunk by chunk.
///
/// For one thread at a time.
package final class LayerTally {
  private var total: LayerStatistics
  private let pending: CodeMoments?

  /// Empty statistics; with a step the inputs are codes, without one they are real.
  /// - Parameter scratch: may serve several tallies.
  package init(
    inputs: Int, outputs: Int, codeStep: Float?, scratch: CodeScratch = CodeScratch()
  ) {
    total = LayerStatistics(inputs: inputs, outputs: outputs, codeStep: codeStep)
    pending = codeStep.map { _ in
      CodeMoments(inputs: inputs, outputs: outputs, scratch: scratch)
    }
  }

  /// Adds samples whose inputs are codes, signed or unsigned bytes `[inputs, columns]`; targets are
  /// `[outputs, columns]`.
  package func add<Code: FixedWidthInteger & BitwiseCopyable>(
    codes: Span<Code>, targets: Span<Float>, columns: Int
  ) {
    guard let pending else { preconditionFailure("a tally of real inputs cannot take codes") }
    total.add(codes: codes, targets: targets, columns: columns, through: pending)
  }

  /// Adds samples whose inputs are real, `[inputs, columns]`.
  package func add(values: Span<Float>, targets: Span<Float>, columns: Int) {
    total.add(values: values, targets: targets, columns: columns)
  }

  /// The statistics of what was added.
  package var statistics: LayerStatistics {
    if let pending { total.flush(pending) }
    return total
  }
}
