/// The regression of one group of one layer, or of a block of its rows.
///
///     minimise over αᵢ > 0, qᵢ ∈ levels, bᵢ    Σ ‖tᵢ − αᵢ qᵢ X̃ − bᵢ‖²
///
/// Rows share nothing but the input moments, except where one scale serves the layer.
package struct LayerProblem: Sendable, Equatable {
  /// Of `outputs` rows and `inputs` columns.
  package var statistics: LayerStatistics
  /// The full-precision weights W, `[outputs, inputs]`; the ridge pulls towards them.
  package var weights: [Float]
  /// The full-precision biases, `[outputs]`; only baselines without refit use them.
  package var biases: [Float]
  package var weightSet: WeightSet
  package var granularity: ScaleGranularity
  /// Samples for the non-linear stage; nil leaves it out.
  package var samples: NonlinearSamples?

  /// - Precondition: sizes fit.
  package init(
    statistics: LayerStatistics, weights: [Float], biases: [Float]? = nil,
    weightSet: WeightSet, granularity: ScaleGranularity = .row, samples: NonlinearSamples? = nil
  ) {
    precondition(
      weights.count == statistics.outputs * statistics.inputs,
      "weights do not fit \(statistics.outputs) × \(statistics.inputs)")
    self.statistics = statistics
    self.weights = weights
    self.biases = biases ?? [Float](repeating: 0, count: statistics.outputs)
    self.weightSet = weightSet
    self.granularity = granularity
    self.samples = samples
    precondition(self.biases.count == statistics.outputs, "biases do not fit")
    if let samples {
      precondition(
        samples.inputs == statistics.inputs && samples.outputs == statistics.outputs,
        "samples do not fit the statistics")
    }
  }

  /// The subproblem of some rows; the input moments are shared.
  ///
  /// Solutions of any split are the same codes as that of the whole (see `solve`).
  /// - Precondition: one scale per row, or all rows.
  package func rows(_ range: Range<Int>) -> LayerProblem {
    precondition(
      granularity == .row || range == 0..<statistics.outputs,
      "one scale for the layer couples its rows")
    let inputs = statistics.inputs
    return LayerProblem(
      statistics: statistics.rows(range),
      weights: Array(weights[range.lowerBound * inputs..<range.upperBound * inputs]),
      biases: Array(biases[range]), weightSet: weightSet, granularity: granularity,
      samples: samples?.rows(range))
  }
}
