package import Execution
package import Network

/// Why a network cannot be planned or measured.
package enum PlanningError: Error, Sendable {
  case noLayers(String)
  case unknownPattern(String, layers: [String])
  case unknownLayer(String)
  case nonFiniteValues(site: String)
  case solutionMismatch(layer: String, reason: String)
  case network(NetworkError)
  case execution(ExecutionError)
}

extension PlanningError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noLayers(let network):
      "network '\(network)' has no convolution or linear layer with constant weights to quantize"
    case .unknownPattern(let pattern, let layers):
      "no layer is called '\(pattern)'; the layers are: \(layers.joined(separator: ", "))"
    case .unknownLayer(let name):
      "the network has no layer '\(name)'"
    case .nonFiniteValues(let site):
      "the calibration data gives NaN or infinity at '\(site)'; check the preprocessing"
    case .solutionMismatch(let layer, let reason):
      "the solution of layer '\(layer)' does not fit it: \(reason)"
    case .network(let error): "\(error)"
    case .execution(let error): "\(error)"
    }
  }
}
