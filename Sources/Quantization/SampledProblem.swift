/// The regression of a layer with so many inputs that their covariance does not fit the memory, by
/// the samples themselves.
///
/// The same problem as `LayerProblem` poses, for layers with far fewer samples N than inputs n, as
/// the first linear layer of a classifier has (25,088 inputs, one sample per image): all that
/// costs n² or n³ there costs n · N or N³ here.
package struct SampledProblem: Sendable, Equatable {
  package let inputs: Int
  package let outputs: Int
  package let columns: Int
  /// X̃, `[inputs, columns]`.
  package let values: [Float]
  /// T, `[outputs, columns]`.
  package let targets: [Float]
  /// The full-precision weights, `[outputs, inputs]`; the ridge pulls towards them.
  package let weights: [Float]
  package let weightSet: WeightSet
  /// The step of inputs that are codes; nil of real ones.
  package let codeStep: Float?

  /// - Precondition: sizes fit.
  package init(
    inputs: Int, outputs: Int, columns: Int, values: [Float], targets: [Float],
    weights: [Float], weightSet: WeightSet, codeStep: Float? = nil
  ) {
    precondition(values.count == inputs * columns && targets.count == outputs * columns)
    precondition(weights.count == outputs * inputs)
    self.inputs = inputs
    self.outputs = outputs
    self.columns = columns
    self.values = values
    self.targets = targets
    self.weights = weights
    self.weightSet = weightSet
    self.codeStep = codeStep
  }

  /// The subproblem of some rows.
  package func rows(_ range: Range<Int>) -> SampledProblem {
    SampledProblem(
      inputs: inputs, outputs: range.count, columns: columns, values: values,
      targets: Array(targets[range.lowerBound * columns..<range.upperBound * columns]),
      weights: Array(weights[range.lowerBound * inputs..<range.upperBound * inputs]),
      weightSet: weightSet, codeStep: codeStep)
  }

  /// What solving takes beyond the problem, in bytes: the centred samples three times, the
  /// products of samples and their factor, and a block of rows.
  package var memory: Int {
    let samples = 12 * inputs * columns + 16 * columns * columns
    return samples + SampledSystem.rowBlock * inputs * 24
  }
}
