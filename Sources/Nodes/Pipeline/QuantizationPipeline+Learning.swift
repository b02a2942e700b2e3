internal import FineTuning
internal import Network
internal import Planning
internal import Quantization
internal import Tensors

/// A network whose layers have learned together, and the low-bit ones of them.
struct LearnedNetwork {
  let network: Network
  let solutions: [LayerSolution]
  let outcome: FineTuningOutcome
}

extension QuantizationPipeline {
  /// Step 1: learns weights, code steps and offsets of the network with codes from the
  /// full-precision network's outputs, straight through the codes; weights stay float.
  func learnCodes(
    _ codes: CodeNetwork, _ request: FineTuningRequest
  ) throws(PipelineError) -> (codes: CodeNetwork, outcome: FineTuningOutcome) {
    precondition(codes.hasSites, "a network without codes has none to learn")
    let learned = try learn(.codes, codes.network, solutions: [], request)
    var quantizers = codes.quantizers
    for name in codes.quantizers.keys {
      quantizers[name] = learned.network.quantizer(before: name)
    }
    return (CodeNetwork(network: learned.network, quantizers: quantizers), learned.outcome)
  }

  /// Step 3: learns all layers of the low-bit network together from the full-precision network's
  /// outputs.
  func fineTune(
    _ solved: SolvedPrefix, _ request: FineTuningRequest
  ) throws(PipelineError) -> (
    network: Network, outcomes: [LayerOutcome], fineTuning: FineTuningOutcome
  ) {
    let learned = try learn(
      .weights, solved.network, solutions: solved.outcomes.compactMap(\.solution), request)
    let outcomes = solved.outcomes.map { outcome in
      outcome.replaced(
        by: learned.solutions.first { $0.layer == outcome.name },
        quantizer: learned.network.quantizer(before: outcome.name))
    }
    return (learned.network, outcomes, learned.outcome)
  }
}
