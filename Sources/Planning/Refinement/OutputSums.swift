internal import Quantization

/// Sums of the learned layers' outputs over the images of a share.
struct OutputSums {
  /// Per layer and output.
  private var sums: [[Double]]
  /// Positions that were added, per layer.
  private var counts: [Int]

  init(_ state: RefinementState) {
    sums = state.layers.map { [Double](repeating: 0, count: $0.offsets.count) }
    counts = state.layers.map { _ in 0 }
  }

  /// Adds the outputs of a batch, `[images, outputs, …]`, that has passed the block forward.
  mutating func add(_ pass: BlockPass) {
    for step in pass.model.steps {
      guard case .learned(let place, _, _, let slot) = step else { continue }
      let outputs = sums[place].count
      let values = pass.values[slot]
      let positions = values.count / (pass.model.batchSize * outputs)
      for start in 0..<pass.model.batchSize * outputs {
        let part = values[start * positions..<(start + 1) * positions]
        sums[place][start % outputs] += part.reduce(0.0) { $0 + Double($1) }
      }
      counts[place] += pass.model.batchSize * positions
    }
  }

  /// The state with the centres of its layers, whose outputs are
  /// scale · (levels · input) + offset.
  func centred(_ state: RefinementState) -> RefinementState {
    var result = state
    for (place, layer) in state.layers.enumerated() where counts[place] > 0 {
      let scales = layer.scales
      result.layers[place].centres = layer.offsets.indices.map { row in
        let mean = sums[place][row] / Double(counts[place])
        let scale = scales[scales.count == 1 ? 0 : row]
        return Float((mean - Double(layer.offsets[row])) / Double(scale))
      }
    }
    return result
  }
}
