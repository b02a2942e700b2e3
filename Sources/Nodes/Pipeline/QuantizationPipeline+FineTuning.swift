internal import FineTuning
internal import Network
internal import ONNX
internal import Planning
internal import Quantization
internal import Tensors
internal import Wire

extension QuantizationPipeline {
  /// Learns all layers of a network together, one mini-batch after the other, each split into fixed
  /// shards that workers compute.
  ///
  /// The state is kept every so many steps, and where the run is interrupted.
  ///
  /// - Parameter solutions: of its low-bit layers.
  func learn(
    _ stage: LearningStage, _ network: Network, solutions: [LayerSolution],
    _ request: FineTuningRequest
  ) throws(PipelineError) -> LearnedNetwork {
    var job = try begin(stage, network, solutions, request)
    report(job, epoch: job.epochsDone, [])
    do throws(PipelineError) {
      for epoch in job.epochsDone..<request.settings.epochs {
        try learn(&job, epoch: epoch)
      }
    } catch {
      if case .node(.interrupted) = error { try keepCheckpoint(job) }
      throw error
    }
    let parameters = try measured(&job)
    job.outcome.loss = job.lastLoss ?? 0
    job.outcome.changedShare = job.changedCodes(parameters)
    return LearnedNetwork(
      network: try deployed(job, parameters),
      solutions: job.trained.deployedForm.solutions(parameters), outcome: job.outcome)
  }

  private func begin(
    _ stage: LearningStage, _ network: Network, _ solutions: [LayerSolution],
    _ request: FineTuningRequest
  ) throws(PipelineError) -> FineTuningJob {
    var (sets, codes): ([String: WeightSet], [String: [Int8]]) = ([:], [:])
    for solution in solutions {
      sets[solution.layer] = solution.weights
      codes[solution.layer] = solution.codes
    }
    let plan = FineTuningPlan(
      settings: request.settings, projects: request.projects, sets: sets,
      imageCount: request.images.count)
    let bytes = try Self.bytes(of: network)
    var job: FineTuningJob
    do {
      // As the workers read it.
      let trained = try plan.trained(try readNetwork(bytes: bytes))
      let order = try ImageOrder(count: request.images.count, settings: request.settings)
      let blobs = [referenceBlob, try keep(bytes), try keep(plan.encoded())]
      var deployedPlan = plan
      deployedPlan.deploys = request.settings.mode == .admm
      let start = try trained.start(reference: target, images: startImages())
      job = FineTuningJob(
        stage: stage, request: request, trained: trained, order: order, networkBlob: blobs[1],
        planBlob: blobs[2], deployedPlanBlob: try keep(deployedPlan.encoded()),
        key: Digest(of: (blobs + request.images.chunks).flatMap(\.bytes)),
        codes: codes,
        state: FineTune(
          start,
          splitting: trained.splitting(
            start, settings: request.settings.splitting, totalSteps: order.totalSteps),
          totalSteps: order.totalSteps, settings: request.settings))
    } catch {
      throw PipelineError(error, stage)
    }
    job.outcome.batchSize = request.settings.batchSize
    job.outcome.steps = job.order.totalSteps
    let kept: [UInt8]?
    do throws(NodeError) { kept = try pool.checkpoint(stage.rawValue) } catch {
      throw .node(error)
    }
    if let kept, job.resume(kept) { job.outcome.resumedSteps = job.state.step }
    return job
  }

  /// Calibration images whose statistics normalized layers begin with.
  private func startImages() throws(PipelineError) -> Tensor {
    var shards: [Tensor] = []
    for shard in calibration.prefix(max(1, Self.startingImages / recipe.shardSize)) {
      let bytes = try fetch(shard)
      do throws(WireError) {
        shards.append(try TensorBundle(decoding: bytes).shardImages())
      } catch {
        throw .result(error)
      }
    }
    return .concatenating(shards)
  }

  private static let startingImages = 256

  /// The steps of an epoch that are left, and accuracy at its end.
  private func learn(_ job: inout FineTuningJob, epoch: Int) throws(PipelineError) {
    let images = job.order.order(epoch: epoch)
    let end = (epoch + 1) * job.order.stepsPerEpoch
    while job.state.step < end {
      let metrics = try takeStep(&job, epoch: epoch, images: images)
      report(job, epoch: epoch, metrics)
      if job.state.step == end { break }
      if job.state.step % job.request.checkpointSteps == 0 { try keepCheckpoint(job) }
    }
    let loss = job.epochLoss / Double(job.order.stepsPerEpoch)
    var found = [("epoch loss", loss)]
    var share: Double?
    if job.stage == .weights {
      share = job.changedCodes(job.state.deployable)
      found.append(("codes changed", share ?? 0))
    }
    if !validation.isEmpty {
      let network = try keep(Self.bytes(of: deployed(job, measured(&job))))
      if let accuracy = try accuracy("\(job.stage.rawValue) epoch \(epoch + 1)", network: network) {
        found.append(("top1", accuracy.top1))
      }
    }
    // Not before: who interrupts the measuring has it done by the resumed run.
    (job.epochsDone, job.epochLoss) = (epoch + 1, 0)
    (job.lastLoss, job.changedShare) = (loss, share)
    report(
      job, epoch: epoch,
      found.map {
        PipelineMetric(stage: job.stage.rawValue, name: $0.0, step: epoch + 1, value: $0.1)
      })
    try keepCheckpoint(job)
  }

  private func report(_ job: FineTuningJob, epoch: Int, _ metrics: [PipelineMetric]) {
    let stepsDone = max(1, job.state.step - epoch * job.order.stepsPerEpoch)
    progress(
      PipelineProgress(
        stage: job.stage.rawValue, done: job.state.step, total: job.order.totalSteps, detail: "",
        fineTuning: FineTuningProgress(
          epoch: min(epoch + 1, job.request.settings.epochs), epochs: job.request.settings.epochs,
          loss: job.epochLoss > 0 ? job.epochLoss / Double(stepsDone) : job.lastLoss,
          batchSize: job.request.settings.batchSize,
          rate: job.state.share * job.request.settings.weightRate, changedShare: job.changedShare),
        metrics: metrics))
  }

  private func keepCheckpoint(_ job: FineTuningJob) throws(PipelineError) {
    // One with a number that is none would not be taken up, and would cost the one before.
    do throws(FineTuningError) {
      try job.state.requireFinite(layers: job.trained.layers.map(\.layer.name))
    } catch {
      throw .fineTuning(error, job.stage)
    }
    do throws(NodeError) {
      try pool.keepCheckpoint(job.checkpoint, job.stage.rawValue)
    } catch {
      throw .node(error)
    }
  }

  /// The network as it is deployed with some parameters.
  private func deployed(
    _ job: FineTuningJob, _ parameters: ParameterArrays
  ) throws(PipelineError) -> Network {
    do throws(PlanningError) { return try job.trained.deployedForm.applying(parameters) } catch {
      throw .planning(error)
    }
  }
}

extension PipelineError {
  /// What can go wrong when a network is read back and made ready for training.
  fileprivate init(_ error: any Error, _ stage: LearningStage) {
    switch error {
    case let error as PipelineError: self = error
    case let error as FineTuningError: self = .fineTuning(error, stage)
    case let error as WireError: self = .result(error)
    default:
      self = .result(WireError("network", .malformed("it cannot be read back: \(error)")))
    }
  }
}
