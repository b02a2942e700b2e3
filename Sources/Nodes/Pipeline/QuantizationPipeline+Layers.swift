internal import Network
internal import Planning
internal import Quantization
internal import Tensors
internal import Wire

extension QuantizationPipeline {
  /// Step 2: measures and solves the layers and puts the solutions into the code network.
  ///
  /// In the asymmetric order a layer's inputs come from the network with all earlier solutions in
  /// place; in the concurrent order all layers are measured in the network with float weights.
  func solveLayers(
    _ codes: CodeNetwork
  ) throws(PipelineError) -> SolvedPrefix {
    let codesBlob = try keep(Self.bytes(of: codes.network))
    let names = policies.map(\.layer.name)
    let jobs = codes.network.layers.filter { names.contains($0.name) }.map {
      LayerJob(layer: $0, policy: policy(of: $0), codes: codes, recipe: recipe)
    }
    var progressed = SolvedPrefix(codes.network)
    let waves = recipe.order == .asymmetric ? jobs.map { [$0] } : [jobs]
    let blocks = recipe.refinesBlocks ? codes.network.blocks : []
    for wave in waves {
      let solvable = wave.filter { $0.set != nil }
      report(
        progressed, of: jobs.count,
        wave.count > 1 ? "together" : solvable.first?.layer.name ?? "")
      let measured = try measure(
        solvable, networks: [targetBlob, codesBlob],
        solutions: recipe.order == .asymmetric ? progressed.known : [])
      if wave.count > 1 { report(progressed, of: jobs.count, "all measured") }
      let solved = try solve(measured)
      for job in wave {
        guard let outcome = solved.first(where: { $0.name == job.layer.name }),
          let solution = outcome.solution
        else {
          progressed.outcomes.append(LayerOutcome(untouched: job))
          continue
        }
        try progressed.apply(solution, blob: put(solution))
        progressed.outcomes.append(outcome)
        report(progressed, of: jobs.count, job.layer.name, error: outcome.error)
      }
      if let number = blocks.firstIndex(where: { $0.layers.last == wave.last?.layer.name }) {
        try refine(blocks[number], number: number, &progressed, codesBlob: codesBlob)
        report(progressed, of: jobs.count, "\(wave.last?.layer.name ?? "") refined")
      }
    }
    return progressed
  }

  private func report(
    _ progressed: SolvedPrefix, of total: Int, _ detail: String, error: Double? = nil
  ) {
    progress(
      PipelineProgress(
        stage: "layers", done: progressed.outcomes.count, total: total, detail: detail,
        error: error))
  }

  /// Refines a block whose layers are solved, where its graph allows it.
  private func refine(
    _ block: Block, number: Int, _ progressed: inout SolvedPrefix,
    codesBlob: Digest
  ) throws(PipelineError) {
    let outcomes = progressed.outcomes.suffix(block.layers.count)
    // Of a layer that is solved from samples the weights alone are large.
    let learned = outcomes.filter { outcome in
      outcome.solution.map { $0.weights != .int8 } ?? false && outcome.sampleCount == nil
    }
    var prefix = progressed.beforeBlock
    for outcome in outcomes {
      guard let solution = outcome.solution, !learned.contains(where: { $0.name == outcome.name })
      else { continue }
      try prefix.apply(solution, blob: put(solution))
    }
    let names = learned.map(\.name)
    // Solutions may add nodes, so that the block lies elsewhere by now.
    guard let found = prefix.network.blocks.first(where: { $0.layers == block.layers }),
      let plan = BlockPlan(block: found, network: prefix.network, learned: names)
    else {
      progressed.markBlock()
      return
    }
    let solutions = learned.compactMap(\.solution)
    let refined = try refine(
      BlockJob(
        plan: plan, network: prefix.network, known: prefix.known, solutions: solutions,
        scaleBits: names.map { name in
          prefix.network.quantizer(before: name) == nil ? nil : ExactSums.usefulBits.upperBound
        }, number: number), codesBlob: codesBlob)
    if refined.outcome.isAccepted {
      for solution in refined.solutions { try prefix.apply(solution, blob: put(solution)) }
      prefix.outcomes = progressed.outcomes.map { outcome in
        guard block.layers.contains(outcome.name) else { return outcome }
        return outcome.replaced(
          by: refined.solutions.first { $0.layer == outcome.name },
          quantizer: prefix.network.quantizer(before: outcome.name))
      }
      prefix.blocks = progressed.blocks
      progressed = prefix
    }
    progressed.blocks.append(refined.outcome)
    progressed.markBlock()
  }

  private func policy(of layer: Layer) -> LayerPolicy {
    guard let policy = policies.first(where: { $0.layer.name == layer.name }) else {
      preconditionFailure("no policy for layer '\(layer.name)'")
    }
    return policy
  }

  private func put(_ solution: LayerSolution) throws(PipelineError) -> Digest {
    var bundle = TensorBundle()
    bundle.append(solution)
    return try keep(bundle.encoded())
  }
}

/// One layer on its way through measuring and solving.
struct LayerJob {
  let layer: Layer
  let policy: LayerPolicy
  /// nil for a layer that stays float.
  let set: WeightSet?
  let quantizer: ActivationQuantizer?
  let settings: SolverSettings
  /// The quantizer that alone sees the output, where the solver may lower the code error.
  let output: ActivationQuantizer?
  let granularity: ScaleGranularity
  /// Whether it only tries what a set of weights would do; the journal counts it to no layer.
  var isTrial = false

  /// Whether it is solved from samples, as its statistics would not fit the memory.
  let isSampled: Bool
  /// Columns of each shard that the non-linear stage sees; 0 where it does not run.
  private let nonlinearColumns: Int
  /// Shards that a `statistics` task measures together: more than one where the sums are large.
  let shardsPerTask: Int

  private static let columnsPerGroup = 2048
  private static let entriesPerShard = 2_500_000

  init(layer: Layer, policy: LayerPolicy, codes: CodeNetwork, recipe: Recipe) {
    self.layer = layer
    self.policy = policy
    quantizer = codes.quantizers[layer.name]
    granularity = recipe.scale
    if case .set(let set) = policy.weights { self.set = set } else { set = nil }
    isSampled = self.set != nil && recipe.solvesFromSamples(layer)
    output =
      !isSampled && recipe.method == .tsq && codes.network.junction(of: layer) == nil
        && CodeForm(quantizer).isSampled
      ? codes.network.soleQuantizer(after: layer.output) : nil
    nonlinearColumns = output == nil ? 0 : Self.columnsPerGroup / recipe.shardsPerGroup
    let entries = isSampled ? 0 : layer.inputs * layer.inputs * layer.groups
    shardsPerTask = max(1, min(recipe.shardsPerGroup, entries / Self.entriesPerShard))
    settings = recipe.solver.settings(
      method: recipe.method, inputs: layer.inputs, refit: recipe.baselineRefit,
      largestExactCode: quantizer.map { max($0.highestCode, -$0.lowestCode) })
  }

  /// What the journal says of its tasks.
  func stage(_ name: String) -> String { isTrial ? "sensitivity" : name }
  var journalLayer: String? { isTrial ? nil : layer.name }

  /// Columns to keep of each of so many shards.
  func sampleColumns(shards: Int) -> Int {
    guard isSampled else { return nonlinearColumns }
    guard let most = SampledMemory.columns(inputs: layer.inputs) else {
      preconditionFailure("a layer that no samples serve is refused before")
    }
    return max(1, most / max(shards, 1))
  }

  /// How it is cut into tasks, and what they take.
  var size: SolveSize { SolveSize(layer, granularity: granularity, isSampled: isSampled) }

  /// Rows per `solve` task.
  var rowsPerTask: Int { size.rowsPerTask }
}

extension LayerOutcome {
  /// A layer that stays as it is.
  fileprivate init(untouched job: LayerJob) {
    self.init(
      name: job.layer.name, weights: .float, activations: job.policy.activations, solution: nil,
      error: nil, stages: [], nonlinearRows: (0, 0), seconds: 0, workers: [],
      quantizer: job.quantizer, sampleCount: nil)
  }
}
