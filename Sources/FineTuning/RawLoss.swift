package import Tensors

/// The loss of outputs that are no logits (boxes, raw heads, several of them) against others:
///
///     Σ over outputs   ‖z − t‖² / (2 ‖t‖² / N)
///
/// for a batch of N images, so that each output counts alike, whatever its unit. An output that is
/// nothing but the rounding of the loudest one is measured in that one's unit.
package struct RawLoss: Sendable {
  package init() {}

  /// Mean squares that far below the loudest output's are the rounding of fp32 numbers.
  private static let silence = 0x1p-40

  /// The sum over images, and its gradient by each output.
  ///
  /// - Parameters:
  ///   - outputs: `[N, …]` each.
  ///   - reference: of the same shapes.
  package func callAsFunction(
    _ outputs: [Tensor], reference: [Tensor]
  ) -> (sum: Double, gradients: [Tensor]) {
    var sum = 0.0
    var gradients: [Tensor] = []
    let powers = reference.map { wanted in
      wanted.values.reduce(0.0) { $0 + Double($1) * Double($1) }
        / Double(max(wanted.values.count, 1))
    }
    let loudest = powers.max() ?? 0
    for (place, (output, wanted)) in zip(outputs, reference).enumerated() {
      precondition(output.shape == wanted.shape, "outputs of another network")
      let power = powers[place] > Self.silence * loudest ? powers[place] : loudest
      let energy = power * Double(wanted.values.count)
      let weight = energy > 0 ? Double(output.shape[0]) / energy : 1
      var gradient = Tensor(shape: output.shape)
      for index in gradient.values.indices {
        let difference = Double(output.values[index]) - Double(wanted.values[index])
        sum += 0.5 * weight * difference * difference
        gradient.values[index] = Float(weight * difference)
      }
      gradients.append(gradient)
    }
    return (sum, gradients)
  }
}
