/// Why a regression could not be solved; each names the layer's part that is at fault.
package enum SolverError: Error, Equatable, CustomStringConvertible {
  case noSamples
  case notFinite(quantity: String)
  case noEigenvectors(order: Int)
  case notFactorizable(order: Int)
  case tooWide(inputs: Int, bytes: Int, limit: Int)
  /// The observer ended the solution.
  case cancelled

  package var description: String {
    switch self {
    case .noSamples:
      "the statistics hold no samples; give at least one calibration image"
    case .notFinite(let quantity):
      "the \(quantity) of this layer are not finite; check the calibration data and the model's "
        + "weights for NaN or infinity"
    case .noEigenvectors(let order):
      "the eigenvalue iteration did not converge on the \(order) × \(order) input covariance; "
        + "use method 'descent' for this layer"
    case .notFactorizable(let order):
      "the \(order) × \(order) input covariance stays indefinite however large the ridge; "
        + "the statistics of this layer are damaged"
    case .tooWide(let inputs, let bytes, let limit):
      "a layer of \(inputs) inputs needs \(bytes >> 20) MiB for its covariance, more than "
        + "\(limit >> 20) MiB; keep it float"
    case .cancelled: "the solution was ended before it was found"
    }
  }
}
