internal import Network
package import Planning
internal import Quantization
internal import Tensors
internal import Wire

extension QuantizationPipeline {
  /// Images that the trial solutions rest on, and that their effect on the output is measured on,
  /// at least: whole shards, the former from the first on, the latter from the last on.
  private static let trialImages = 256
  private static let effectImages = 64
  /// Solutions that a task tries, for one pass of the network as it is.
  private static let solutionsPerTask = 8

  /// Chooses a set of weights for every layer that the recipe's budget decides.
  ///
  /// In the full-precision network each layer is solved alone with each candidate set, and the
  /// first set's solution is put into the network alone (`LayerSensitivity`).
  ///
  /// - Throws: `PipelineError`, also when no choice keeps the budget.
  package func planWeights() throws(PipelineError) -> WeightPlan {
    guard let budget = recipe.budget else { preconditionFailure("a plan is made for a budget") }
    let free = policies.filter(recipe.isFree)
    var errors: [[Double]] = []
    var solutions: [Digest] = []
    let trial = varied(calibration: shards(holding: Self.trialImages, of: calibration)) {
      // The best of codes is not needed to compare sets, but codes that data has seen.
      if $0.method == .tsq { $0.method = .descent }
    }
    for (index, policy) in free.enumerated() {
      progress(
        PipelineProgress(
          stage: "sensitivity", done: index, total: free.count, detail: policy.layer.name))
      let outcomes = try trial.trySets(budget.sets, for: policy)
      guard let solution = outcomes.first?.solution else {
        preconditionFailure("a layer with a set of weights is solved")
      }
      var bundle = TensorBundle()
      bundle.append(solution)
      solutions.append(try keep(bundle.encoded()))
      errors.append(outcomes.map { $0.error ?? 0 })
    }
    progress(
      PipelineProgress(
        stage: "sensitivity", done: free.count, total: free.count, detail: "of the output"))
    let effects = try effects(of: solutions)
    let sensitivities = try free.indices.map { (index) throws(PipelineError) in
      guard effects[index].isFinite, errors[index].allSatisfy(\.isFinite) else {
        throw .planning(.nonFiniteValues(site: free[index].layer.name))
      }
      return LayerSensitivity(
        layer: free[index].layer.name, errors: errors[index], outputError: effects[index])
    }
    do throws(PlanningError) {
      return try recipe.weightPlan(policies, sensitivities)
    } catch {
      throw .planning(error)
    }
  }

  /// The first shards that hold so many images together.
  private func shards(holding images: Int, of shards: [Digest]) -> [Digest] {
    Array(shards.prefix((images + recipe.shardSize - 1) / recipe.shardSize))
  }

  /// Solves a layer of the full-precision network with each of some sets.
  private func trySets(
    _ sets: [WeightSet], for policy: LayerPolicy
  ) throws(PipelineError) -> [LayerOutcome] {
    let network = CodeNetwork(network: reference, quantizers: [:])
    let jobs = sets.map { set in
      var policy = policy
      policy.weights = .set(set)
      var job = LayerJob(layer: policy.layer, policy: policy, codes: network, recipe: recipe)
      job.isTrial = true
      return job
    }
    // What is measured is the same for every set.
    let found = try measure([jobs[0]], networks: [referenceBlob, referenceBlob], solutions: [])
    return try solve(jobs.map { job in found[0].tried(as: job) })
  }

  /// The output's error, as a share of its variance, that each solution makes alone; the mean over
  /// outputs.
  private func effects(of solutions: [Digest]) throws(PipelineError) -> [Double] {
    let images = shards(holding: Self.effectImages, of: calibration.reversed())
    var tasks: [TaskDefinition] = []
    var places: [Range<Int>] = []
    for first in stride(from: 0, to: solutions.count, by: Self.solutionsPerTask) {
      let range = first..<min(first + Self.solutionsPerTask, solutions.count)
      for (number, shard) in images.enumerated() {
        places.append(range)
        tasks.append(
          try TaskDefinition(
            .effect, inputs: [referenceBlob, shard] + solutions[range],
            needs: needs(passes: Double(1 + range.count), affinity: nil),
            label: "effect of layers \(first + 1)–\(range.upperBound), shard \(number + 1)",
            stage: "sensitivity", layer: nil))
      }
    }
    let outputs = reference.outputs.count
    var sums = solutions.map { _ in [OutputError](repeating: OutputError(), count: outputs) }
    for (index, result) in try perform(tasks).enumerated() {
      let parts = try taking([tasks[index]]) { () throws(PipelineError) in
        try decode(result, at: 0) { (bytes) throws(WireError) in
          let bundle = try TensorBundle(decoding: bytes)
          return try places[index].indices.map { (place) throws(WireError) in
            try bundle.outputErrors(
              solution: place - places[index].lowerBound, outputs: outputs)
          }
        }
      }
      for (solution, part) in zip(places[index], parts) {
        for output in 0..<outputs { sums[solution][output] += part[output] }
      }
    }
    return sums.map { errors in
      errors.reduce(0) { $0 + $1.share } / Double(max(1, outputs))
    }
  }
}
