import FineTuning
import Network
import Nodes
import Planning
import Quantization
import Reporting
import RunStore
import Tensors

extension QuantizeRun {
  /// Exports the network, checks the files, and writes record and report.
  func write(
    _ outcome: PipelineOutcome, _ plan: WeightPlan?, progress: RunProgress, folder: RunFolder
  ) throws(CommandFailure) -> RunRecord {
    let bytes = try OutputFiles(request.output).write(outcome.network)
    var record = self.record(outcome, bytes: bytes, progress: progress)
    record.plan = plan.map { PlanRecord($0) }
    try CommandFailure.mapping {
      for (position, layer) in record.layers.enumerated() {
        try folder.recordLayer(layer.entry(position: position))
      }
      for stage in outcome.stages {
        try folder.recordMetric(
          MetricRecord(stage: stage.name, name: "top1", value: stage.accuracy.top1))
      }
      try folder.write(.record, record.json.indented + "\n")
      try folder.write(.report, try HTMLReport(record: record, folder: folder).text)
    }
    return record
  }

  private func record(
    _ outcome: PipelineOutcome, bytes: Int, progress: RunProgress
  ) -> RunRecord {
    var accuracy = AccuracyRecord(
      input: outcome.stages.first?.accuracy.top1, output: outcome.stages.last?.accuracy.top1)
    accuracy.stages = outcome.stages.map {
      AccuracyRecord.Stage(
        name: $0.name, top1: $0.accuracy.top1, top5: $0.accuracy.top5, images: $0.accuracy.images)
    }
    let untouched = outcome.layers.filter { $0.solution == nil }.map(\.name)
    return RunRecord(
      output: request.output, bytes: bytes, seconds: progress.seconds,
      workers: progress.workers.count, seed: recipe.seed, kernel: identity.kernel,
      program: ProgramVersion.current,
      model: RunRecord.Source(path: request.model, sha256: modelDigest.hexadecimal),
      data: RunRecord.Source(
        path: request.data.joined(separator: ", "), sha256: dataDigest.hexadecimal),
      accuracy: accuracy, layers: outcome.layers.map { layerRecord($0, in: outcome.network) },
      blocks: outcome.blocks.map {
        BlockRecord(
          layers: $0.layers, errorBefore: $0.errorBefore, errorAfter: $0.errorAfter,
          accepted: $0.isAccepted, changedCodes: $0.changedCodes, seconds: $0.seconds)
      },
      learnCodes: progress.record(
        outcome.codeLearning, .codes, epochs: fineTune?.codes?.epochs ?? 0),
      fineTune: progress.record(
        outcome.fineTuning, .weights, epochs: fineTune?.weights?.epochs ?? 0),
      recipe: recipeText,
      versions: ["tsq": ProgramVersion.current, "solver": identity.solverVersion],
      notes: skippedNotes + untouched.map { "layer '\($0)' stays in float" }
        + outcome.layers.compactMap { layer in
          layer.sampleCount.map {
            "layer '\(layer.name)' has too many inputs for sums over all samples; it was solved "
              + "from \($0) of them"
          }
        }
        + prepared.uncoveredLayers.map { layer in
          let operation = prepared.nodes[layer.node].operation.operatorName
          return
            "node '\(layer.name)' (\(operation)) has weights and stays in float: \(layer.reason)"
        })
  }

  private var skippedNotes: [String] {
    guard !skipped.isEmpty else { return [] }
    let count = skipped.count == 1 ? "1 image" : "\(skipped.count) images"
    return ["\(count) that cannot be decoded left out"] + skipped.map { "left out: \($0)" }
  }

  private func layerRecord(_ outcome: LayerOutcome, in network: Network) -> LayerRecord {
    let before = prepared.layers.first { $0.name == outcome.name }
    let after = network.layers.first { $0.name == outcome.name }
    var bits: Int?
    if let quantizer = outcome.quantizer { bits = quantizer.bits }
    let weights = before.map { prepared.weightRows(of: $0).values } ?? []
    var record = LayerRecord(
      name: outcome.name, weights: outcome.weights.name, activations: bits,
      zeros: outcome.solution?.zeroFraction, error: outcome.error,
      shape: before.flatMap { prepared.constants[$0.weights]?.shape } ?? [],
      bytes: storedBytes(outcome, floatCount: weights.count), seconds: outcome.seconds,
      worker: outcome.workers.isEmpty ? nil : outcome.workers.joined(separator: ", "))
    record.weightsBefore = Histogram(of: weights)
    if let solution = outcome.solution, let after {
      record.codes = LayerRecord.CodeCount.counting(solution.codes)
      record.weightsAfter = Histogram(of: network.weightRows(of: after).values)
    }
    return record
  }

  private func storedBytes(_ outcome: LayerOutcome, floatCount: Int) -> Int {
    guard let solution = outcome.solution else { return floatCount * 4 }
    return solution.weights.storage.byteCount(of: solution.codes.count)
      + 4 * (solution.scales.count + solution.offsets.count)
  }
}
