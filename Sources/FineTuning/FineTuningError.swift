package import Execution

/// Why a fine-tune cannot begin or go on.
package enum FineTuningError: Error, Equatable {
  /// A network cannot be evaluated or gone back through.
  case execution(ExecutionError)
  /// The network has no layer whose weights could be learned.
  case nothingToLearn(network: String)
  /// Fewer images than a batch has.
  case tooFewImages(count: Int, batchSize: Int)
  /// Labels were asked for, and the data have none.
  case noLabels
  /// The networks' outputs have different shapes, or not one part per image.
  case outputsDiffer(network: [Int], reference: [Int])
  /// A number that is none: `layer` is the first with such a gradient, or nil for the loss alone.
  case diverged(step: Int, layer: String?, rate: Double)
  /// Labels belong to a network that gives one row of logits per image.
  case noLogits(outputs: Int)
  /// Block outputs are to be learned from, and the network has no block before its outputs.
  case noFeatures(network: String)
  /// The observer ended the computation.
  case cancelled
}

extension FineTuningError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .execution(let error): return error.description
    case .nothingToLearn(let network):
      return "network '\(network)' has no layer whose weights can be learned"
    case .tooFewImages(let count, let batchSize):
      return "\(count) images are fewer than a batch of \(batchSize); give more, or make the batch "
        + "smaller"
    case .noLabels: return "the data have no labels; give labelled data, or learn without them"
    case .outputsDiffer(let network, let reference):
      return "the network gives \(network) and its reference \(reference) per batch, where both "
        + "need the same shape, images first"
    case .diverged(let step, let layer, let rate):
      let place = layer.map { "a gradient or a parameter of '\($0)'" } ?? "the loss"
      return "step \(step): \(place) is not finite at learning rate \(rate); "
        + "begin again with a lower rate"
    case .noLogits(let outputs):
      return "labels need one output of one row of logits per image; the network has \(outputs) "
        + "output(s) of another kind: learn without labels"
    case .noFeatures(let network):
      return "network '\(network)' has no blocks whose outputs could be learned from: set features "
        + "to 0"
    case .cancelled: return "the computation was ended before it was complete"
    }
  }
}
