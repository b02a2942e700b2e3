package import Network
internal import ONNX
package import Planning
internal import Quantization
package import Tensors
internal import Wire

/// The way of a network through quantization: calibrate the codes, then measure and solve layer
/// after layer, then put the solutions back. Each step runs on the workers of `pool`.
///
/// What comes out depends on the network, the shards and the recipe alone.
package struct QuantizationPipeline {
  let pool: any TaskPool
  let recipe: Recipe
  /// Full precision, prepared.
  let reference: Network
  /// As it was read.
  private let original: Network
  let policies: [LayerPolicy]
  let referenceBlob: Digest
  /// What the layers are solved against: full precision, or the network whose codes are learned.
  private(set) var target: Network
  private(set) var targetBlob: Digest
  /// Calibration shards.
  let calibration: [Digest]
  /// Labelled shards that accuracy is measured on; empty for none.
  let validation: [Digest]
  /// Nil where codes are as they are calibrated.
  let codeLearning: FineTuningRequest?
  /// Nil for none.
  let fineTuning: FineTuningRequest?
  let progress: (PipelineProgress) -> Void

  /// - Parameters:
  ///   - network: as it was read.
  ///   - calibration: shards in the store.
  ///   - validation: labelled shards in the store.
  ///   - codeLearning: how codes are learned before the layers are solved; nil for not at all.
  ///   - fineTuning: what is done after the layers are solved; nil for nothing.
  /// - Throws: `PipelineError` when the recipe does not fit the network or the store is read-only.
  package init(
    pool: any TaskPool, recipe: Recipe, network: Network, calibration: [Digest],
    validation: [Digest], codeLearning: FineTuningRequest? = nil,
    fineTuning: FineTuningRequest? = nil,
    progress: @escaping (PipelineProgress) -> Void
  ) throws(PipelineError) {
    self.pool = pool
    self.recipe = recipe
    self.calibration = calibration
    self.validation = validation
    self.codeLearning = codeLearning
    self.fineTuning = fineTuning
    self.progress = progress
    let reference = network.prepared()
    guard reference.inputs.count == 1 else {
      throw .planning(
        .inputCount(
          network: network.name, inputs: reference.inputs.map { reference[$0].name }))
    }
    self.reference = reference
    target = reference
    original = network
    do throws(PlanningError) {
      policies = try recipe.policies(for: reference)
    } catch {
      throw .planning(error)
    }
    let bytes = try Self.bytes(of: reference)
    do throws(NodeError) {
      referenceBlob = try pool.put(bytes)
    } catch {
      throw .node(error)
    }
    targetBlob = referenceBlob
  }

  /// Runs every stage.
  package func run() throws(PipelineError) -> PipelineOutcome {
    var stages: [StageAccuracy] = []
    try measure("input", network: referenceBlob, into: &stages)
    var codes = try calibrateCodes()
    if codes.hasSites {
      let blob = try keep(Self.bytes(of: codes.network))
      try measure("codes", network: blob, into: &stages)
    }
    var (solving, learnedCodes) = (self, FineTuningOutcome?.none)
    if let codeLearning {
      (codes, learnedCodes) = try learnCodes(codes, codeLearning)
      solving.target = codes.network
      solving.targetBlob = try keep(Self.bytes(of: codes.network))
      try measure(
        LearningStage.codes.rawValue, network: solving.targetBlob, into: &stages)
    }
    let solved = try solving.solveLayers(codes)
    try measure("weights", network: keep(Self.bytes(of: solved.network)), into: &stages)
    var (result, layers) = (solved.network, solved.outcomes)
    var tuned: FineTuningOutcome?
    if let fineTuning {
      (result, layers, tuned) = try solving.fineTune(solved, fineTuning)
      try measure(
        LearningStage.weights.rawValue, network: keep(Self.bytes(of: result)), into: &stages)
    }
    return PipelineOutcome(
      network: result.closingBatch(as: original), layers: layers,
      blocks: solved.blocks, stages: stages, codeLearning: learnedCodes, fineTuning: tuned)
  }

  /// The form in which networks travel to workers.
  static func bytes(of network: Network) throws(PipelineError) -> [UInt8] {
    do throws(ONNXWriteError) {
      return try writeNetwork(network, options: WriteOptions(form: .lowBit))
    } catch {
      throw .network(error)
    }
  }
}
