package import Quantization

/// What one data shard says about one layer: per group the regression's statistics, and a sample
/// of columns for the non-linear stage.
package struct ShardStatistics: Sendable, Equatable {
  /// One entry per group; its rows are that group's outputs.
  package var groups: [LayerStatistics]
  /// One entry per group, or none when no sample was asked for.
  package var samples: [ColumnSample]
}

/// Some columns of a layer group's regression: inputs as codes, outputs before the next quantizer.
package struct ColumnSample: Sendable, Equatable {
  package var columns: Int
  /// Input codes `[inputs, columns]`.
  package var codes: [Int8]
  /// Targets `[outputs, columns]`: what the layer should give.
  package var targets: [Float]
}
