internal import Execution
internal import Network
internal import Planning
package import Tensors

extension ShardLearner {
  /// The network as parameters deploy it, up to its normalized layers.
  struct Deployed {
    let parameters: ParameterArrays
    let network: Network
    let evaluator: BatchedEvaluator
  }

  /// The moments of normalized layers in the network as the parameters deploy it, where every layer
  /// has its inputs from layers with the statistics so far, in place of each part's own.
  ///
  /// - Parameter images: `[N, …]`, preprocessed.
  /// - Throws: `.execution`.
  package func deployedMoments(
    _ parameters: ParameterArrays, images: Tensor
  ) throws(FineTuningError) -> ShardMoments {
    let normalized = trained.layers.indices.filter { trained.layers[$0].gain != nil }
    guard !normalized.isEmpty else {
      return ShardMoments(images: images.shape[0], sums: ParameterArrays(arrays: []))
    }
    let found: [(means: [Double], variances: [Double])]
    do throws(ExecutionError) {
      if deployed?.parameters != parameters {
        deployed = nil
        deployed = try deploying(parameters, normalized)
      }
      found = try TrainedNetwork.outputMoments(deployed!.evaluator, images)
    } catch {
      throw .execution(error)
    }
    let count = Float(images.shape[0])
    var sums: [[Float]] = []
    for (layer, moments) in zip(normalized, found) {
      let own = trained.unnormalized(moments, layer, in: deployed!.network, parameters)
      sums.append(own.means.map { $0 * count })
      sums.append(zip(own.means, own.variances).map { ($0 * $0 + $1) * count })
    }
    return ShardMoments(images: images.shape[0], sums: ParameterArrays(arrays: sums))
  }

  private func deploying(
    _ parameters: ParameterArrays, _ normalized: [Int]
  ) throws(ExecutionError) -> Deployed {
    let network: Network
    do throws(PlanningError) { network = try trained.applying(parameters) } catch {
      preconditionFailure("own parameters do not fit: \(error)")
    }
    return Deployed(
      parameters: parameters, network: network,
      evaluator: try TrainedNetwork.evaluator(
        of: normalized.map { trained.layers[$0].layer.output }, in: network))
  }
}

extension TrainedNetwork {
  /// Mean and variance of z where those of the deployed y = s · z + b are given.
  func unnormalized(
    _ moments: (means: [Double], variances: [Double]), _ layer: Int, in deployed: Network,
    _ parameters: ParameterArrays
  ) -> (means: [Float], variances: [Float]) {
    let learned = layers[layer]
    let offsets = deployed.biasValues(of: learned.layer)
    var scales = deployedRows(layer, parameters).scales
    if case .quantized(let stored)? = deployed.constants[learned.layer.weights] {
      scales = scales.indices.map { stored.scales[stored.scales.count == 1 ? 0 : $0] }
    }
    var (means, variances) = (parameters[.mean, layer], parameters[.variance, layer])
    for row in scales.indices {
      let scale = Double(scales[row])
      // A row that is one number has no others to tell of.
      guard scale > 0, variances[row] > 0 else { continue }
      means[row] = Float((moments.means[row] - Double(offsets[row])) / scale)
      variances[row] = Float(moments.variances[row] / (scale * scale))
    }
    return (means, variances)
  }
}
