import Nodes
import Planning
import Quantization
import Testing
import Wire

/// The plan for a budget, in the test's process.
func sensitivityPlan(
  _ order: LocalPool.Plan = .single, _ limit: WeightBudget.Limit = .averageBits(3.2),
  recipe change: (inout Recipe) -> Void = { _ in },
  tamper: ((TaskDefinition, [[UInt8]]) -> [[UInt8]])? = nil
) throws -> (plan: WeightPlan, pool: LocalPool) {
  let pool = LocalPool(order)
  if let tamper { pool.tamper = tamper }
  let data = try SmallData(pool)
  var recipe = Recipe()
  recipe.endLayers = .same
  recipe.shardSize = 40
  recipe.budget = WeightBudget(limit: limit)
  change(&recipe)
  let pipeline = try QuantizationPipeline(
    pool: pool, recipe: recipe, network: SmallNetwork().network, calibration: data.calibration,
    validation: [], progress: { _ in })
  return (try pipeline.planWeights(), pool)
}

@Suite(.timeLimit(.minutes(10))) struct `The sensitivity of layers` {
  @Test func `gives the same plan whoever works, in whatever order`() throws {
    let expected = try sensitivityPlan().plan
    for order: LocalPool.Plan in [.turns(3), .shuffled(2, seed: 5), .cold] {
      #expect(try sensitivityPlan(order).plan == expected, "\(order)")
    }
  }

  @Test func `falls with wider sets, and is measured once per layer`() throws {
    let (plan, pool) = try sensitivityPlan()
    #expect(plan.entries.map(\.layer) == SmallNetwork.layers)
    for entry in plan.entries {
      let found = try #require(entry.sensitivity)
      #expect(found.errors.count == 4)
      // Ternary, shift2, shift3, int8; two of them may find the same codes.
      #expect(found.errors[0] > found.errors[1])
      #expect(found.errors[1] >= found.errors[2] * 0.9)
      #expect(found.errors[2] > found.errors[3] * 2)
      #expect(found.outputError > 1e-5 && found.outputError < 3)
    }
    // Six layers fit one task per shard; the last two shards hold 57 images, so all three are used.
    #expect(pool.taskCounts["effect"] == 2)
    #expect(plan.spent <= 3.2)
  }

  @Test func `that is not finite is refused by the layer's name`() throws {
    let error = try #require(throws: PipelineError.self) {
      try sensitivityPlan { _ in
      } tamper: { task, outputs in
        guard task.kind == "effect" else { return outputs }
        var bundle = TensorBundle()
        for index in SmallNetwork.layers.indices {
          bundle.append("solution \(index)", .float64([index == 1 ? .nan : 1, 0, 1, 8]))
        }
        return [bundle.encoded()]
      }
    }
    #expect("\(error)".contains("'depthwise'"))
  }

  @Test func `of another number of solutions is a wrong result`() throws {
    #expect(throws: PipelineError.self) {
      try sensitivityPlan { _ in
      } tamper: { task, outputs in
        task.kind == "effect" ? [TensorBundle().encoded()] : outputs
      }
    }
  }
}
