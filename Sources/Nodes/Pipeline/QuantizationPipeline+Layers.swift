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
  ) throws(PipelineError) -> (network: Network, layers: [LayerOutcome]) {
    let codesBlob = try keep(Self.bytes(of: codes.network))
    let names = policies.map(\.layer.name)
    let jobs = codes.network.layers.filter { names.contains($0.name) }.map {
      LayerJob(layer: $0, policy: policy(of: $0), codes: codes, recipe: recipe)
    }
    var network = codes.network
    var known: [Digest] = []
    var outcomes: [LayerOutcome] = []
    let waves = recipe.order == .asymmetric ? jobs.map { [$0] } : [jobs]
    for wave in waves {
      let solvable = wave.filter { $0.set != nil }
      let inputs = [referenceBlob, codesBlob]
      progress(
        PipelineProgress(
          stage: "layers", done: outcomes.count, total: jobs.count,
          detail: solvable.first?.layer.name ?? ""))
      let measured = try measure(solvable, networks: inputs, solutions: known)
      let solved = try solve(measured)
      for job in wave {
        guard let outcome = solved.first(where: { $0.name == job.layer.name }),
          let solution = outcome.solution
        else {
          outcomes.append(LayerOutcome(untouched: job))
          continue
        }
        do throws(PlanningError) {
          network = try network.applying(solution)
        } catch {
          throw .planning(error)
        }
        if recipe.order == .asymmetric { known.append(try put(solution)) }
        outcomes.append(outcome)
        let error = outcome.error.map { "error \(percent($0))" } ?? ""
        progress(
          PipelineProgress(
            stage: "layers", done: outcomes.count, total: jobs.count,
            detail: "\(job.layer.name) \(error)"))
      }
    }
    return (network, outcomes)
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

  private func percent(_ share: Double) -> String {
    let tenths = (share * 1000).rounded()
    return tenths.isFinite ? "\(tenths / 10) %" : "unknown"
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

  /// Columns of each shard that the non-linear stage sees.
  static let sampleColumns = 2048

  init(layer: Layer, policy: LayerPolicy, codes: CodeNetwork, recipe: Recipe) {
    self.layer = layer
    self.policy = policy
    quantizer = codes.quantizers[layer.name]
    granularity = recipe.scale
    var scaleBits: Int?
    if case .set(let set) = policy.weights {
      self.set = set
      if let quantizer {
        scaleBits = Self.exactScaleBits(layer: layer, quantizer: quantizer, set: set)
      }
    } else {
      set = nil
    }
    output =
      recipe.method == .tsq && codes.network.junction(of: layer) == nil
        && CodeForm(quantizer).isSampled
      ? codes.network.soleQuantizer(after: layer.output) : nil
    settings = SolverSettings(
      method: recipe.method, admm: ADMMSettings(iterations: 300),
      baselineRefit: recipe.baselineRefit,
      scaleSignificantBits: scaleBits)
  }

  /// Significant bits that a scale may have so that every partial sum of code products, times
  /// scale and step, is exact in fp32; nil where codes are too wide for that.
  ///
  /// With it the exported network gives the same bits in every runtime, whatever the order in
  /// which it adds.
  private static func exactScaleBits(
    layer: Layer, quantizer: ActivationQuantizer, set: WeightSet
  ) -> Int? {
    guard quantizer.bits <= 4, let level = set.magnitudes.last else { return nil }
    let largest = max(quantizer.highestCode, -quantizer.lowestCode) * Int(level) * layer.inputs
    let sumBits = Int.bitWidth - largest.leadingZeroBitCount
    let bits = 24 - 6 - sumBits
    return bits >= 4 ? bits : nil
  }

  /// Rows per `solve` task: fixed by the layer's size alone, so that the split is the same however
  /// many workers there are.
  var rowsPerTask: Int {
    guard granularity == .row else { return layer.rowsPerGroup }
    let perRow = 300 * layer.inputs * layer.inputs
    let rows = max(8, 3_000_000_000 / max(perRow, 1))
    let blocks = (layer.rowsPerGroup + rows - 1) / rows
    return (layer.rowsPerGroup + blocks - 1) / blocks
  }
}

extension LayerOutcome {
  /// A layer that stays as it is.
  fileprivate init(untouched job: LayerJob) {
    self.init(
      name: job.layer.name, weights: .float, activations: job.policy.activations, solution: nil,
      error: nil, stages: [], nonlinearRows: (0, 0), seconds: 0, workers: [],
      quantizer: job.quantizer)
  }
}
