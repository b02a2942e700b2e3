import Datasets
import Messaging
import Network
import Nodes
import ONNX
import Planning
import Reporting
import RunStore
import Tensors

/// One run of `tsq quantize`: opens and checks everything, then works, then writes.
///
/// What can be wrong with model, data, recipe and output is found before any worker starts.
struct QuantizeRun {
  let request: QuantizeRequest
  let recipe: Recipe
  let recipeText: String
  let network: Network
  /// The network in the form that is quantized.
  let prepared: Network
  /// Those of the data that the network is calibrated on.
  let calibration: Dataset
  let validation: Dataset?
  /// What is wrong with images that were left out.
  let skipped: [DatasetError]
  /// Nil where nothing is learned over the whole network.
  let fineTune: FineTuneSetup?
  let identity: ProgramIdentity
  let modelDigest: Digest
  let dataDigest: Digest

  init(_ request: QuantizeRequest, file: RecipeFile) throws(CommandFailure) {
    self.request = request
    let (recipe, preprocessing) = (try file.resolved(), try file.preprocessing())
    network = try CommandFailure.mapping { try readNetwork(path: request.model) }
    // Before the data, which may be large: is there anything to do, and does the recipe fit?
    prepared = network.prepared()
    do throws(PlanningError) {
      _ = try recipe.policies(for: prepared)
    } catch {
      throw CommandFailure(PipelineError.planning(error))
    }
    let source = try DataSource(network: network, preprocessing: preprocessing)
    let data = try source.open(request.data, labels: nil, split: .training)
    var fitted = recipe
    fitted.fitShards(valuesPerImage: data.sampleShape.reduce(1, *))
    self.recipe = fitted
    let validation =
      request.validation.isEmpty
      ? nil
      : try source.openLabelled(request.validation, labels: request.validationLabels)
    try CommandFailure.mapping { [prepared] in
      try prepared.requireQuantizable(sampleShape: data.sampleShape)
    }
    try MemoryBudget.require(request.memory, fitted, prepared, sampleShape: data.sampleShape)
    // Before there is a run folder, which would be left behind.
    var leave = LeaveToSkip(images: request.skipImages)
    calibration = try leave.use(
      data.calibrationSubset(count: data.count, seed: recipe.seed), keeping: recipe.calibration)
    self.validation = try validation.map { (given) throws(CommandFailure) in try leave.use(given) }
    fineTune = try FineTuneSetup(
      request.learning, file, source: source, data: data, prepared: prepared, recipe: recipe, &leave
    )
    skipped = leave.skipped
    try MemoryBudget.require(request.memory, fineTune)
    recipeText = try RecipeFile.text(
      of: recipe, preprocessing: preprocessing, fineTune: fineTune)
    identity = try ProgramVersion.identity()
    modelDigest = try Self.digest(ofModel: request.model)
    let (validationData, learned) = (validation, fineTune?.ownData)
    dataDigest = try CommandFailure.mapping {
      var hash = SHA256()
      hash.update(try data.contentDigest().bytes)
      if let validationData { hash.update(try validationData.contentDigest().bytes) }
      if let learned {
        // Told from validation data, which may be the same files.
        hash.update(Array("fine-tune".utf8))
        hash.update(try learned.contentDigest().bytes)
      }
      return hash.finish()
    }
    try OutputFiles(request.output).check(
      against: [request.model] + request.data + request.validation + request.learning.data
        + [request.validationLabels, request.recipePath].compactMap(\.self),
      isPlanned: recipe.budget != nil)
  }

  /// Works, and writes the network, the record and the report.
  ///
  /// - Parameters:
  ///   - cancellation: asks the run to stop.
  ///   - began: what its seconds count from.
  /// - Returns: what `record.json` holds, or the plan where only that was asked for.
  func run(
    _ cancellation: Cancellation, since began: ContinuousClock.Instant
  ) throws(CommandFailure) -> Result {
    let folder = try openFolder()
    defer { folder.removeIfTemporary() }
    let progress = RunProgress(folder: folder.run, started: began)
    let coordinator: Coordinator
    do throws(CommandFailure) {
      coordinator = try startCoordinator(folder.run, cancellation, progress)
    } catch {
      folder.removeIfNew()
      throw error
    }
    progress.coordinator = coordinator
    let outcome: Outcome
    do throws(CommandFailure) {
      outcome = try work(coordinator, progress, folder.run)
    } catch {
      let error = folder.explaining(error)
      progress.finish()
      progress.conclude(error)
      // The first failure is what the user should read.
      do throws(NodeError) {
        try coordinator.shutDown()
      } catch let second where CommandFailure(second).message != error.message {
        progress.note("\(second)")
      } catch {}
      throw error
    }
    progress.finish()
    do throws(CommandFailure) {
      try CommandFailure.mapping { try coordinator.shutDown() }
    } catch {
      progress.conclude(error)
      throw error
    }
    guard let network = outcome.network else {
      progress.conclude()
      guard let plan = outcome.plan else { preconditionFailure("a run gives something") }
      return .plan(plan)
    }
    let record: RunRecord
    do throws(CommandFailure) {
      record = try write(network, outcome.plan, progress: progress, folder: folder.run)
    } catch {
      progress.conclude(error)
      throw error
    }
    progress.conclude()
    return .network(record)
  }

  /// What a run was asked for.
  enum Result {
    case network(RunRecord)
    case plan(WeightPlan)
  }

  /// What the pipeline gave.
  private struct Outcome {
    /// Nil where only a plan was asked for.
    var network: PipelineOutcome?
    var plan: WeightPlan?
  }

  private func openFolder() throws(CommandFailure) -> OpenFolder {
    let weights = try CommandFailure.mapping {
      // Weights may lie outside the model's file.
      let bytes = try writeNetwork(network, options: WriteOptions(form: .lowBit))
      // What cannot be exported is told before the work, not after it.
      try checkExport(bytes: bytes, against: network)
      return Digest(of: bytes)
    }
    let fingerprint = [
      "model": modelDigest.hexadecimal, "weights": weights.hexadecimal,
      "data": dataDigest.hexadecimal, "recipe": recipeText,
      "program": ProgramVersion.current + "/" + identity.solverVersion,
      "kernel": identity.kernel,
    ]
    let folder = try OpenFolder(
      path: request.runFolder, resume: request.resume, fingerprint: fingerprint)
    do throws(RunStoreError) {
      try folder.run.write(.recipe, recipeText)
    } catch {
      folder.removeIfNew()
      folder.removeIfTemporary()
      throw CommandFailure(error)
    }
    return folder
  }

  private func startCoordinator(
    _ folder: RunFolder, _ cancellation: Cancellation, _ progress: RunProgress
  ) throws(CommandFailure) -> Coordinator {
    try CommandFailure.mapping {
      var configuration = try request.workers.configuration(
        identity: identity, workerOptions: MemoryBudget.arguments(request.memory))
      configuration.localWorkerBytes = MemoryBudget.bytes(request.memory)
      configuration.copiesStragglers = request.copiesStragglers
      configuration.cacheByteLimit = 160 << 20
      return try Coordinator(
        configuration: configuration, folder: folder, cancellation: cancellation,
        onEvent: { progress.note($0) }, onWait: { progress.tick() })
    }
  }

  private func work(
    _ coordinator: Coordinator, _ progress: RunProgress, _ folder: RunFolder
  ) throws(CommandFailure) -> Outcome {
    try CommandFailure.mapping {
      let shards = ShardWriter(pool: coordinator, size: recipe.shardSize)
      progress.stage("reading data")
      let learning = request.planOnly ? nil : try fineTune?.requests(coordinator)
      let calibration = try shards.write(self.calibration, labelled: false)
      func pipeline(_ recipe: Recipe, isWhole: Bool) throws -> QuantizationPipeline {
        try QuantizationPipeline(
          pool: coordinator, recipe: recipe, network: network, calibration: calibration,
          validation: isWhole
            ? try validation.map { try shards.write($0, labelled: true) } ?? [] : [],
          codeLearning: isWhole ? learning?.codes : nil,
          fineTuning: isWhole ? learning?.weights : nil,
          progress: { progress.update($0) })
      }
      var result = Outcome()
      var chosenRecipe = recipe
      if recipe.budget != nil {
        let planned = try plan(pipeline(recipe, isWhole: false), folder)
        (result.plan, chosenRecipe) = (planned.plan, planned.recipe)
      }
      if !request.planOnly {
        result.network = try pipeline(chosenRecipe, isWhole: true).run()
      }
      return result
    }
  }

  /// The model file's own bytes.
  private static func digest(ofModel path: String) throws(CommandFailure) -> Digest {
    do throws(FileError) {
      let file = try MappedFile(path: path)
      var hash = SHA256()
      file.withBytes { hash.update($0) }
      return hash.finish()
    } catch {
      throw CommandFailure(.missingInput, "\(error)")
    }
  }
}
