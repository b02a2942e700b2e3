internal import Planning
internal import Tensors
internal import Wire

extension QuantizationPipeline {
  /// Measures accuracy on the validation shards and notes it under `name`.
  func measure(
    _ name: String, network: Digest, into stages: inout [StageAccuracy]
  ) throws(PipelineError) {
    guard let accuracy = try accuracy(name, network: network) else { return }
    stages.append(StageAccuracy(name: name, accuracy: accuracy))
  }

  /// Accuracy on the validation shards; nil where there are none.
  func accuracy(_ name: String, network: Digest) throws(PipelineError) -> Accuracy? {
    guard !validation.isEmpty else { return nil }
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
    return accuracy
  }
}
