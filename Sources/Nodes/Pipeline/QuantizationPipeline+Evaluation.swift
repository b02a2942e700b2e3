internal import Planning
internal import Tensors
internal import Wire

extension QuantizationPipeline {
  /// Measures accuracy on the validation shards and notes it under `name`.
  func measure(
    _ name: String, network: Digest, into stages: inout [StageAccuracy]
  ) throws(PipelineError) {
    guard !validation.isEmpty else { return }
    let tasks = try validation.enumerated().map { (index, shard) throws(PipelineError) in
      try TaskDefinition(
        .evaluate(ranks: 5), inputs: [network, shard], needs: needs(passes: 1, affinity: nil),
        label: "evaluate \(name) \(index + 1)/\(validation.count)", stage: "evaluate \(name)",
        layer: nil)
    }
    progress(PipelineProgress(stage: "evaluate \(name)", done: 0, total: 0, detail: ""))
    var accuracy = Accuracy()
    for (task, result) in zip(tasks, try perform(tasks)) {
      accuracy += try taking([task]) { () throws(PipelineError) in
        try decode(result, at: 0) { (bytes) throws(WireError) in try decodeAccuracy(bytes) }
      }
    }
    stages.append(StageAccuracy(name: name, accuracy: accuracy))
  }
}
