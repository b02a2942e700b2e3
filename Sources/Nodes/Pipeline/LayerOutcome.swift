package import Network
package import Planning
package import Quantization

/// What became of one layer, for the journal and the report.
package struct LayerOutcome: Sendable {
  package let name: String
  package let weights: WeightChoice
  package let activations: ActivationChoice
  /// nil for a layer that stays float.
  package let solution: LayerSolution?
  /// Unexplained share of the output's variance on the calibration data, by codes and weights.
  package let error: Double?
  /// Squared error after each stage of the solver, summed over rows.
  package let stages: [StageReport]
  /// Rows on which the non-linear stage was accepted, and rows it was tried on.
  package let nonlinearRows: (accepted: Int, tried: Int)
  /// Seconds of work in all its tasks.
  package let seconds: Double
  /// Workers that took part.
  package let workers: [String]
  /// The quantizer whose codes the layer reads.
  package let quantizer: ActivationQuantizer?
  /// The samples that the layer was solved from; nil where it was solved from sums over all.
  package let sampleCount: Int?
}

extension LayerOutcome {
  /// The same with another solution and quantizer; the error and stages are those of the solver.
  func replaced(by solution: LayerSolution?, quantizer: ActivationQuantizer?) -> LayerOutcome {
    LayerOutcome(
      name: name, weights: weights, activations: activations,
      solution: solution ?? self.solution, error: error, stages: stages,
      nonlinearRows: nonlinearRows, seconds: seconds, workers: workers, quantizer: quantizer,
      sampleCount: sampleCount)
  }
}

/// Accuracy after a stage of the run.
package struct StageAccuracy: Sendable {
  package let name: String
  package let accuracy: Accuracy
}

/// What a run gives.
package struct PipelineOutcome: Sendable {
  /// The network with low-bit weights and code sites.
  package let network: Network
  package let layers: [LayerOutcome]
  /// The blocks that were refined, in order.
  package let blocks: [BlockOutcome]
  package let stages: [StageAccuracy]
  /// What learning the codes came to; nil where they were not learned.
  package let codeLearning: FineTuningOutcome?
  /// What the fine-tune came to; nil where there was none.
  package let fineTuning: FineTuningOutcome?
}
