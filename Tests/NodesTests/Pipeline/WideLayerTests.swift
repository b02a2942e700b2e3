import Network
import Nodes
import ONNX
import Planning
import Quantization
import Tensors
import TestSupport
import Testing
import Wire

/// Layers whose sums would not fit the memory, which is made small for it.
@Suite(.timeLimit(.minutes(10))) struct `a layer with too many inputs for its sums` {
  /// Enough for the sums of up to 50 inputs: `strided` has 54, `stem` 27 and `depthwise` 9.
  private static let memory = Double(32 * 50 * 50) / Double(1 << 30)

  private static func wide(_ recipe: inout Recipe) { recipe.solver.memory = memory }

  @Test func `is solved from samples about as well, and the others as before`() throws {
    let whole = try SmallRun { $0.refinement = Recipe.Refinement.none }
    let wide = try SmallRun {
      $0.refinement = Recipe.Refinement.none
      Self.wide(&$0)
    }
    for name in SmallNetwork.layers {
      let outcome = try #require(wide.layer(name))
      let expected = try #require(whole.layer(name))
      // 97 images with 4 × 4 positions.
      #expect(outcome.sampleCount == (name == "strided" ? 97 * 16 : nil))
      let error = try #require(outcome.error)
      #expect(error <= 1.15 * (try #require(expected.error)) + 1e-3, "\(name)")
    }
    #expect(wide.layer("strided")?.stages.map(\.stage) == ["projection", "final"])
    for name in ["stem", "depthwise", "pointwise"] {
      #expect(wide.layer(name)?.solution == whole.layer(name)?.solution)
    }
  }

  @Test(arguments: [Recipe.Order.asymmetric, .concurrent], [ActivationChoice.bits(2), .float])
  func `gives the same bytes whoever works`(
    order: Recipe.Order, activations: ActivationChoice
  ) throws {
    func run(_ plan: LocalPool.Plan) throws -> SmallRun {
      try SmallRun(plan) {
        $0.order = order
        $0.activations = activations
        $0.solver.memory = 0
      }
    }
    let one = try run(.single)
    #expect(one.outcome.layers.allSatisfy { $0.sampleCount != nil })
    let expected = try writeNetwork(one.outcome.network, options: WriteOptions(form: .lowBit))
    for plan: LocalPool.Plan in [.turns(3), .shuffled(2, seed: 6), .cold] {
      let other = try run(plan)
      let bytes = try writeNetwork(other.outcome.network, options: WriteOptions(form: .lowBit))
      #expect(bytes == expected, "\(plan)")
      #expect(Set(other.pool.blobs.keys) == Set(one.pool.blobs.keys), "\(plan)")
    }
  }

  @Test func `is left out of what its block learns`() throws {
    let run = try SmallRun(recipe: Self.wide)
    #expect(run.outcome.blocks.allSatisfy { !$0.layers.contains("strided") })
    #expect(run.outcome.blocks.contains { $0.layers.contains("pointwise") })
  }

  @Test func `is refused where a worker reports an error that it does not have`() throws {
    let error = #expect(throws: PipelineError.self) {
      try SmallRun(
        recipe: Self.wide,
        tamper: { task, outputs in
          guard task.kind == "solve", task.layer == "strided" else { return outputs }
          do {
            var solution = try TensorBundle(decoding: outputs[0]).solution()
            solution.report.rows[1].residual *= 0.9
            var bundle = TensorBundle()
            bundle.append(solution)
            return [bundle.encoded()]
          } catch {
            return outputs
          }
        })
    }
    #expect(error?.description.contains("'strided'") == true)
    #expect(error?.description.contains("row 1 reports") == true)
  }

  @Test func `is refused where columns are of another layer`() throws {
    let error = #expect(throws: PipelineError.self) {
      try SmallRun(
        recipe: Self.wide,
        tamper: { task, outputs in
          guard task.kind == "statistics", task.layer == "strided" else { return outputs }
          var bundle = TensorBundle()
          bundle.append(
            RegressionColumns(
              inputs: 53, outputs: 8, columns: 1, values: .signed([Int8](repeating: 1, count: 53)),
              step: 1, targets: [Float](repeating: 0, count: 8)), group: 0)
          return [bundle.encoded()]
        })
    }
    #expect(error?.description.contains("columns of another layer") == true)
  }
}

@Suite struct `shards that are measured together` {
  private func outputs(
    _ work: LayerWork, _ parameters: StatisticsParameters, _ inputs: [Blob]
  ) throws -> [TensorBundle] {
    try work.run(
      kind: "statistics", parameters: TaskParameters.statistics(parameters).encoded(),
      inputs: inputs, progress: ProgressCounter()
    ).map { try TensorBundle(decoding: $0) }
  }

  @Test(arguments: ["strided", "grouped", "stem"], [false, true])
  func `give the sums of all, and the columns of each`(
    layer: String, samplesOnly: Bool
  ) throws {
    let pool = LocalPool()
    let data = try SmallData(pool)
    let reference = SmallNetwork().network.foldingBatchNormalization()
    var recipe = Recipe()
    recipe.endLayers = .same
    let codes = reference.insertingCodes(
      reference.codeSites(for: try recipe.policies(for: reference)).map {
        ($0, ActivationQuantizer(bits: 2, step: 0.5))
      })
    let networks = try [reference, codes].map { network in
      let bytes = try writeNetwork(network, options: WriteOptions(form: .lowBit))
      return Blob(digest: Digest(of: bytes), bytes: bytes)
    }
    let shards = try data.calibration.map { Blob(digest: $0, bytes: try pool.blob($0)) }
    func parameters(_ count: Int) -> StatisticsParameters {
      StatisticsParameters(
        layer: layer, sampleColumns: 30, shardCount: count, samplesOnly: samplesOnly)
    }
    let together = try outputs(LayerWork(), parameters(3), networks + shards)
    let work = LayerWork()
    let single = try shards.map { try outputs(work, parameters(1), networks + [$0]) }
    let groups = layer == "grouped" ? 2 : 1
    let sumCount = samplesOnly ? 0 : groups
    if !samplesOnly {
      for group in 0..<groups {
        var sum = try single[0][group].statistics(group: group)
        for shard in 1..<3 { sum += try single[shard][group].statistics(group: group) }
        #expect(try together[group].statistics(group: group) == sum)
      }
    }
    let columns = layer == "stem" && !samplesOnly ? 0 : groups
    #expect(together.count == sumCount + 3 * columns)
    for shard in 0..<3 {
      #expect(single[shard].count == sumCount + columns)
      for group in 0..<columns {
        let found = try together[sumCount + shard * groups + group].columns(group: group)
        #expect(try single[shard][sumCount + group].columns(group: group) == found)
        #expect(found.columns == 30)
      }
    }
  }
}
