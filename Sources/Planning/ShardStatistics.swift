package import Quantization

/// What one data shard says about one layer: per group the regression's statistics, and a sample
/// of columns, for the non-linear stage or in the place of the statistics.
package struct ShardStatistics: Sendable, Equatable {
  /// One entry per group, or none where samples stand for them; its rows are that group's outputs.
  package var groups: [LayerStatistics]
  /// One entry per group, or none when no sample was asked for. Targets are what the layer should
  /// give, before the next quantizer.
  package var samples: [RegressionColumns]
}
