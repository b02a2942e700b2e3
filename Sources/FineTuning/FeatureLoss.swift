package import Tensors

/// The loss of a value z inside a network against that of another, t, for a batch of N images:
///
///     w · ‖z − t‖² / (2 ‖t‖² / N)
///
/// so that each value counts by its relative error, whatever its unit and size.
package struct FeatureLoss: Sendable {
  /// w.
  package let weight: Double

  package init(weight: Double) { self.weight = weight }

  /// The sum over images, and its gradient by `value`.
  ///
  /// - Parameters:
  ///   - value: `[N, …]`.
  ///   - reference: of the same shape.
  package func callAsFunction(
    _ value: Tensor, reference: Tensor
  ) -> (sum: Double, gradient: Tensor) {
    precondition(value.shape == reference.shape, "a value of another network")
    let energy = sumOfSquares(reference.values)
    // A value that is silent has no unit of its own.
    let scale = energy > 0 ? weight * Double(value.shape[0]) / energy : weight
    let factor = Float(scale)
    var gradient = value
    subtract(reference.values, from: &gradient.values)
    let error = sumOfSquares(gradient.values)
    for index in gradient.values.indices { gradient.values[index] *= factor }
    return (0.5 * scale * error, gradient)
  }

  private func subtract(_ values: [Float], from target: inout [Float]) {
    unsafe target.withUnsafeMutableBufferPointer { target in
      unsafe values.withUnsafeBufferPointer { values in
        for index in 0..<target.count { unsafe target[index] -= values[index] }
      }
    }
  }

  /// Eight sums side by side, in single precision over short pieces and in double over these.
  private func sumOfSquares(_ values: [Float]) -> Double {
    typealias Lanes = SIMD8<Float>
    let whole = values.count / Lanes.scalarCount * Lanes.scalarCount
    var sum = 0.0
    unsafe values.withUnsafeBytes { bytes in
      for start in stride(from: 0, to: whole, by: 512) {
        var lanes = Lanes()
        for index in stride(from: start, to: min(start + 512, whole), by: Lanes.scalarCount) {
          let part = unsafe bytes.loadUnaligned(fromByteOffset: 4 * index, as: Lanes.self)
          lanes += part * part
        }
        sum += Double(lanes.sum())
      }
    }
    for index in whole..<values.count { sum += Double(values[index]) * Double(values[index]) }
    return sum
  }
}
