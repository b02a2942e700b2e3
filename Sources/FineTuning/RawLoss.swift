package import Tensors

/// The loss of outputs that are no logits (boxes, raw heads, several of them) against others:
///
///     Σ over outputs   ‖z − t‖² / (2 ‖t‖² / N)
///
/// for a batch of N images, so that each output counts alike, whatever its unit.
package struct RawLoss: Sendable {
  package init() {}

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
    for (output, wanted) in zip(outputs, reference) {
      precondition(output.shape == wanted.shape, "outputs of another network")
      let energy = wanted.values.reduce(0.0) { $0 + Double($1) * Double($1) }
      // An output that is silent has no unit of its own.
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
