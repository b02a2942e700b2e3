internal import FineTuning
internal import Planning
internal import Tensors
internal import Wire

extension QuantizationPipeline {
  /// One step: the parameters go out, the gradients of all shards come back, the parameters move.
  ///
  /// - Returns: a point of the loss curve, if one is due.
  func takeStep(
    _ job: inout FineTuningJob, epoch: Int, images: [Int]
  ) throws(PipelineError) -> [PipelineMetric] {
    let step = job.state.step
    var bundle = TensorBundle()
    bundle.append("parameters", arrays: job.state.parameters.arrays)
    let blob = pool.putEphemeral(bundle.encoded())
    defer { pool.drop([blob]) }
    let tasks = try job.order.shards(step: step, order: images).enumerated().map {
      (index, numbers) throws(PipelineError) in
      try TaskDefinition(
        .gradient(GradientParameters(epoch: epoch, images: numbers)),
        inputs: [referenceBlob, job.networkBlob, job.planBlob, blob]
          + job.request.images.chunks(of: numbers),
        needs: needs(passes: 4, affinity: nil), label: "step \(step + 1), shard \(index + 1)",
        stage: "fine-tune", layer: nil, isEphemeral: true)
    }
    let results = try perform(tasks)
    defer { pool.drop(results.flatMap(\.outputs)) }
    let sizes = job.state.parameters.arrays.map(\.count)
    let shards = try results.map { (result) throws(PipelineError) in
      let shard = try decode(result, at: 0) { (bytes) throws(WireError) in
        try TensorBundle(decoding: bytes).shardGradient()
      }
      guard shard.gradients.arrays.map(\.count) == sizes,
        shard.images == job.request.settings.shardSize
      else {
        throw .wrongResult(what: "a gradient of another network", worker: result.worker)
      }
      return shard
    }
    let (loss, rate): (Double, Double)
    do throws(FineTuningError) {
      rate = job.state.share
      loss = try job.state.take(shards, layers: job.trained.layers.map(\.layer.name))
    } catch {
      throw .fineTuning(error)
    }
    // What no worker could compute is not sent to any; the checkpoint is of a step before.
    if let layer = job.trained.outOfRange(job.state.parameters) {
      throw .fineTuning(
        .diverged(step: step, layer: layer, rate: rate * job.request.settings.weightRate))
    }
    job.outcome.computeSeconds += results.reduce(0) { $0 + $1.seconds }
    job.epochLoss += loss
    job.spanLoss += loss
    guard (step + 1) % job.span == 0 else { return [] }
    defer { job.spanLoss = 0 }
    return [
      PipelineMetric(
        stage: "fine-tune", name: "loss", step: step + 1, value: job.spanLoss / Double(job.span))
    ]
  }
}

extension TensorBundle {
  /// Appends the gradient of a shard.
  mutating func append(_ shard: ShardGradient) {
    append("loss", .float64([shard.loss]))
    append("images", .int64([Int64(shard.images)]))
    append("gradients", arrays: shard.gradients.arrays)
  }

  /// - Throws: `WireError` when it is none; numbers that are not finite are for the step to name.
  func shardGradient() throws(WireError) -> ShardGradient {
    let images = try int64("images", shape: [1])[0]
    guard (1...1 << 20).contains(images) else {
      throw WireError("images", .malformed("a shard of \(images) images"))
    }
    return ShardGradient(
      loss: try float64("loss", shape: [1])[0], images: Int(images),
      gradients: ParameterArrays(arrays: try arrays("gradients")))
  }
}
