package import Execution
package import Network
internal import Quantization

/// Why a network cannot be planned or measured.
package enum PlanningError: Error, Sendable {
  case noLayers(String)
  case unknownPattern(String, layers: [String])
  case unknownLayer(String)
  /// The covariance of its inputs does not fit a worker, and its samples do not serve.
  case tooWide(layer: String, inputs: Int, reason: String)
  case nonFiniteValues(site: String)
  /// No choice of weight sets keeps the budget; `smallest` is in its unit.
  case budgetTooSmall(WeightBudget, smallest: Double)
  /// A value does not have one row per image along its first axis.
  case notBatched(value: String, shape: [Int])
  /// Images are fed to exactly one input.
  case inputCount(network: String, inputs: [String])
  case solutionMismatch(layer: String, reason: String)
  case network(NetworkError)
  case execution(ExecutionError)
  /// The observer ended the measurement.
  case cancelled
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
    case .tooWide(let layer, let inputs, let reason):
      "layer '\(layer)' has \(inputs) inputs, whose covariance does not fit the memory, and "
        + "\(reason); keep the layer float by an entry under 'layers' in the recipe"
    case .nonFiniteValues(let site):
      "the data gives NaN or infinity at '\(site)'; check the preprocessing"
    case .budgetTooSmall(let budget, let smallest):
      "no choice of weight sets \(Self.keeping(budget, smallest)); raise it, or free the layers "
        + "that the recipe decides ('first-last: same', entries under 'layers')"
    case .notBatched(let value, let shape):
      "value '\(value)' of shape \(shape) does not have one row per image along its first axis; "
        + "only networks that treat each image by itself can be quantized"
    case .inputCount(let network, let inputs):
      "network '\(network)' has \(inputs.count) inputs (\(inputs.joined(separator: ", "))); a "
        + "network to quantize reads its images from one"
    case .solutionMismatch(let layer, let reason):
      "the solution of layer '\(layer)' does not fit it: \(reason)"
    case .network(let error): "\(error)"
    case .execution(let error): "\(error)"
    case .cancelled: "the measurement was ended before it was complete"
    }
  }

  private static func keeping(_ budget: WeightBudget, _ smallest: Double) -> String {
    switch budget.limit {
    case .averageBits(let bits):
      // Rounded up, so that a budget of the figure that is named is enough.
      let least = (smallest * 10_000).rounded(.up) / 10_000
      return "keeps the budget of \(bits) bits per weight; the smallest possible is \(least) bits"
    case .bytes(let bytes):
      return
        "keeps the weights within \(bytes) bytes; the smallest possible is \(Int(smallest)) bytes"
    }
  }
}
