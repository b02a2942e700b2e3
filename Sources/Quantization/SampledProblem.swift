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

  /// What solving takes, in bytes.
  package var memory: Int { SampledMemory.bytes(inputs: inputs, columns: columns) }
}

/// What the solution of a layer from its samples takes.
package enum SampledMemory {
  /// Samples that a layer is solved from at most: the work on their products grows with the cube.
  package static let mostColumns = 4096
  /// Fewer say too little of a layer.
  package static let fewestColumns = 256

  /// The peak, in bytes: the samples as given, centred and in two orders for the panels, once more
  /// while they are turned, their products and the factor of these, and a block of rows.
  package static func bytes(inputs: Int, columns: Int) -> Int {
    20 * inputs * columns + 24 * columns * columns + SampledSystem.rowBlock * inputs * 40
  }

  /// The samples that fit a limit of bytes; nil where they are too few.
  package static func columns(inputs: Int, limit: Int = SolverMemory.limit) -> Int? {
    guard inputs < 1 << 40 else { return nil }
    var columns = mostColumns
    while columns >= fewestColumns {
      if bytes(inputs: inputs, columns: columns) <= limit { return columns }
      columns -= fewestColumns
    }
    return nil
  }
}
