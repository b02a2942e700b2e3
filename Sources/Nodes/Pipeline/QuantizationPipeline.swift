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
  /// Calibration shards.
  let calibration: [Digest]
  /// Labelled shards that accuracy is measured on; empty for none.
  let validation: [Digest]
  let progress: (PipelineProgress) -> Void

  /// - Parameters:
  ///   - network: as it was read.
  ///   - calibration: shards in the store.
  ///   - validation: labelled shards in the store.
  /// - Throws: `PipelineError` when the recipe does not fit the network or the store is read-only.
  package init(
    pool: any TaskPool, recipe: Recipe, network: Network, calibration: [Digest],
    validation: [Digest], progress: @escaping (PipelineProgress) -> Void
  ) throws(PipelineError) {
    self.pool = pool
    self.recipe = recipe
    self.calibration = calibration
    self.validation = validation
    self.progress = progress
    let reference = network.prepared()
    guard reference.inputs.count == 1 else {
      throw .planning(
        .inputCount(
          network: network.name, inputs: reference.inputs.map { reference[$0].name }))
    }
    self.reference = reference
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
  }

  /// Runs every stage.
  package func run() throws(PipelineError) -> PipelineOutcome {
    var stages: [StageAccuracy] = []
    try measure("input", network: referenceBlob, into: &stages)
    let codes = try calibrateCodes()
    if codes.hasSites {
      let blob = try keep(Self.bytes(of: codes.network))
      try measure("codes", network: blob, into: &stages)
    }
    let solved = try solveLayers(codes)
    try measure("weights", network: keep(Self.bytes(of: solved.network)), into: &stages)
    return PipelineOutcome(
      network: solved.network.closingBatch(as: original), layers: solved.outcomes,
      blocks: solved.blocks, stages: stages)
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

/// Where a run stands, for the terminal.
package struct PipelineProgress: Sendable {
  /// "evaluate input", "calibrate", "layers", …
  package let stage: String
  /// Layers; 0 of 0 in stages that do not go through them.
  package let done: Int
  package let total: Int
  /// The layer at work, or just done.
  package let detail: String
  /// The error of the layer just done: its unexplained share of the output's variance.
  package let error: Double?

  package init(stage: String, done: Int, total: Int, detail: String, error: Double? = nil) {
    self.stage = stage
    self.done = done
    self.total = total
    self.detail = detail
    self.error = error
  }
}
