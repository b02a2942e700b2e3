/// Where a run stands, for the terminal.
package struct PipelineProgress: Sendable {
  /// "evaluate input", "calibrate", "layers", …
  package let stage: String
  /// Layers, or steps of a fine-tune; 0 of 0 in stages that do not go through them.
  package let done: Int
  package let total: Int
  /// The layer at work, or just done.
  package let detail: String
  /// The error of the layer just done: its unexplained share of the output's variance.
  package let error: Double?
  /// In a fine-tune, which counts its steps.
  package let fineTuning: FineTuningProgress?
  /// Numbers to note: they are told once.
  package let metrics: [PipelineMetric]

  package init(
    stage: String, done: Int, total: Int, detail: String, error: Double? = nil,
    fineTuning: FineTuningProgress? = nil, metrics: [PipelineMetric] = []
  ) {
    self.stage = stage
    self.done = done
    self.total = total
    self.detail = detail
    self.error = error
    self.fineTuning = fineTuning
    self.metrics = metrics
  }
}

/// Where a fine-tune stands.
package struct FineTuningProgress: Sendable, Equatable {
  /// From 1.
  package let epoch: Int
  package let epochs: Int
  /// The mean over the epoch so far, or over the last one; nil before it is known.
  package let loss: Double?
  /// Images of one step.
  package let batchSize: Int
  /// Of the latent weights, in the last step.
  package let rate: Double
  /// The share of codes that differ from the start; nil before it is known.
  package let changedShare: Double?
}

/// One number of a series.
package struct PipelineMetric: Sendable, Equatable {
  package let stage: String
  package let name: String
  /// From 1.
  package let step: Int
  package let value: Double
}
