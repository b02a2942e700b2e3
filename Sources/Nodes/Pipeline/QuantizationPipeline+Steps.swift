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
    let batch = job.order.shards(step: step, order: images)
    let layers = job.trained.layers.map(\.layer.name)
    var shards = try gradients(
      &job, job.state.parameters, batch, epoch: epoch, label: "step \(step + 1)")
    let rate = job.state.share
    if job.state.looksAhead {
      let predicted: ParameterArrays
      do throws(FineTuningError) {
        predicted = try job.state.prediction(shards, layers: layers)
      } catch {
        throw .fineTuning(error, job.stage)
      }
      shards = try gradients(
        &job, predicted, batch, epoch: epoch, label: "step \(step + 1) corrected")
    }
    let loss: Double
    do throws(FineTuningError) {
      loss = try job.state.take(shards, layers: layers)
    } catch {
      throw .fineTuning(error, job.stage)
    }
    // What no worker could compute is not sent to any; the checkpoint is of a step before.
    if let layer = job.trained.outOfRange(job.state.parameters) {
      throw .fineTuning(
        .diverged(step: step, layer: layer, rate: rate * job.request.settings.weightRate),
        job.stage)
    }
    job.epochLoss += loss
    job.spanLoss += loss
    guard (step + 1) % job.span == 0 else { return [] }
    defer { job.spanLoss = 0 }
    return [
      PipelineMetric(
        stage: job.stage.rawValue, name: "loss", step: step + 1,
        value: job.spanLoss / Double(job.span))
    ]
  }

  /// The gradients of the shards of a step at some parameters.
  private func gradients(
    _ job: inout FineTuningJob, _ parameters: ParameterArrays, _ shards: [[Int]], epoch: Int,
    label: String
  ) throws(PipelineError) -> [ShardGradient] {
    let sizes = parameters.arrays.map(\.count)
    let perTask = job.request.shardsPerTask
    let parts = stride(from: 0, to: shards.count, by: perTask).map { start in
      GradientParameters(
        epoch: epoch, images: shards[start..<min(start + perTask, shards.count)].flatMap(\.self))
    }
    return try onShards(
      &job, parameters, parts.map { .gradient($0) }, plan: job.planBlob, label: label
    ) { (bundle, index) throws(WireError) in
      let shard = try bundle.shardGradient()
      return shard.gradients.arrays.map(\.count) == sizes
        && shard.images == parts[index].images.count ? shard : nil
    }
  }

  /// The parameters as they are deployed: with mean and variance of normalized layers measured on
  /// images anew, first with each part normalized by itself, which no old statistics disturb, then
  /// in the network as those deploy it.
  func measured(_ job: inout FineTuningJob) throws(PipelineError) -> ParameterArrays {
    if let deployed = job.deployed, deployed.step == job.state.step { return deployed.parameters }
    let trained = job.trained
    let shardSize = job.request.settings.shardSize
    let images = job.order.statisticsShards.map { GradientParameters(epoch: 0, images: $0) }
    var parameters = job.state.deployable
    for (pass, tasks) in [
      images.map { TaskParameters.moments($0) }, images.map { .deployedMoments($0) },
    ].enumerated() {
      let shards = try onShards(
        &job, parameters, tasks, plan: job.deployedPlanBlob,
        label: "statistics after step \(job.state.step), pass \(pass + 1)"
      ) { (bundle, _) throws(WireError) in
        let moments = try bundle.shardMoments()
        return trained.fits(moments) && moments.images == shardSize ? moments : nil
      }
      parameters = trained.measured(parameters, by: shards)
    }
    job.deployed = (job.state.step, parameters)
    return parameters
  }

  /// Runs tasks on the shards of images that they name, all with the same parameters.
  ///
  /// - Parameter read: reads a result, and takes its number; nil where it is of another network, or
  ///   cannot be.
  /// - Returns: what was read from each result, in order.
  private func onShards<Part>(
    _ job: inout FineTuningJob, _ parameters: ParameterArrays, _ shards: [TaskParameters],
    plan: Digest, label: String, _ read: (TensorBundle, Int) throws(WireError) -> Part?
  ) throws(PipelineError) -> [Part] {
    guard !shards.isEmpty else { return [] }
    var bundle = TensorBundle()
    bundle.append("parameters", arrays: parameters.arrays)
    let blob = pool.putEphemeral(bundle.encoded())
    defer { pool.drop([blob]) }
    var tasks: [TaskDefinition] = []
    for (index, shard) in shards.enumerated() {
      tasks.append(
        try TaskDefinition(
          shard,
          inputs: [referenceBlob, job.networkBlob, plan, blob]
            + job.request.images.chunks(of: shard.images),
          needs: needs(
            passes: 4 * Double(shard.images.count) / Double(job.request.settings.shardSize),
            affinity: nil, memoryBytes: job.request.memoryBytes),
          label: "\(label), shard \(index + 1)",
          stage: job.stage.rawValue, layer: nil, isEphemeral: true))
    }
    return try reading(tasks, &job, label: label, read)
  }

  /// Runs ephemeral tasks, and reads each result while the others are still computed.
  private func reading<Part>(
    _ tasks: [TaskDefinition], _ job: inout FineTuningJob, label: String,
    _ read: (TensorBundle, Int) throws(WireError) -> Part?
  ) throws(PipelineError) -> [Part] {
    var parts = [Part?](repeating: nil, count: tasks.count)
    var failure: PipelineError?
    let results = try perform(tasks) { index, result in
      defer { pool.drop(result.outputs) }
      do throws(PipelineError) {
        parts[index] = try decode(result, at: 0) { (bytes) throws(WireError) in
          try read(try TensorBundle(decoding: bytes), index)
        }
        if parts[index] == nil {
          throw .wrongResult(what: "\(label): numbers of another network", worker: result.worker)
        }
      } catch {
        failure = failure ?? error
      }
    }
    job.outcome.computeSeconds += results.reduce(0) { $0 + $1.seconds }
    if let failure { throw failure }
    return parts.map { part in
      guard let part else { preconditionFailure("\(label): a task was not told of") }
      return part
    }
  }
}

extension TaskParameters {
  /// The images that the task is about; none of a task on a shard of its own.
  fileprivate var images: [Int] {
    switch self {
    case .gradient(let parameters), .moments(let parameters), .deployedMoments(let parameters):
      parameters.images
    case .calibrate, .statistics, .solve, .refine, .compare, .effect, .evaluate: []
    }
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
    ShardGradient(
      loss: try float64("loss", shape: [1])[0], images: try imageCount(),
      gradients: ParameterArrays(arrays: try arrays("gradients")))
  }

  /// Appends the moments of a shard.
  mutating func append(_ shard: ShardMoments) {
    append("images", .int64([Int64(shard.images)]))
    append("moments", arrays: shard.sums.arrays)
  }

  /// - Throws: `WireError` when there are none.
  func shardMoments() throws(WireError) -> ShardMoments {
    ShardMoments(
      images: try imageCount(), sums: ParameterArrays(arrays: try arrays("moments")))
  }

  private func imageCount() throws(WireError) -> Int {
    let images = try int64("images", shape: [1])[0]
    guard (1...1 << 20).contains(images) else {
      throw WireError("images", .malformed("a shard of \(images) images"))
    }
    return Int(images)
  }
}
