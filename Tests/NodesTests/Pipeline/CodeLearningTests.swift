import FineTuning
import Network
import Nodes
import Planning
import Tensors
import TestSupport
import Testing

/// Step 1: codes are learned with float weights before the layers are solved.
@Suite(.timeLimit(.minutes(10))) struct `learning codes` {
  @Test func `gives the same bytes whoever computes its shards`() throws {
    let one = try TunedRun(learnsCodes: true, isTuned: false)
    let outcome = try one.run()
    let expected = try bytes(outcome)
    #expect(one.pool.taskCounts["gradient"] == 20)
    for plan: LocalPool.Plan in [.turns(3), .shuffled(2, seed: 5), .cold] {
      let other = try TunedRun(plan, learnsCodes: true, isTuned: false).run()
      #expect(try bytes(other) == expected, "\(plan)")
    }
    #expect(outcome.stages.map(\.name) == ["input", "codes", "learn-codes", "weights"])
    #expect(outcome.codeLearning?.steps == 10 && outcome.fineTuning == nil)
    #expect(try bytes(SmallRun().outcome) != expected)
  }

  @Test func `gives the layers learned codes to read`() throws {
    let learned = try TunedRun(learnsCodes: true, isTuned: false) { $0.scaleRate = 0.05 }.run()
    let calibrated = try SmallRun().outcome
    var moved = 0
    for (layer, before) in zip(learned.layers, calibrated.layers) {
      #expect(layer.name == before.name)
      guard let quantizer = layer.quantizer, let old = before.quantizer else { continue }
      #expect(quantizer.bits == old.bits && quantizer.step > 0)
      // What the record says is what the network has.
      #expect(learned.network.quantizer(before: layer.name)?.step == quantizer.step)
      if quantizer.step != old.step { moved += 1 }
    }
    #expect(moved > 1)
  }

  @Test func `is told as a stage of its own`() throws {
    var stages: Set<String> = []
    var metrics: [PipelineMetric] = []
    let outcome = try TunedRun(learnsCodes: true).run { progress in
      if progress.fineTuning != nil { stages.insert(progress.stage) }
      metrics += progress.metrics
    }
    #expect(stages == ["learn-codes", "fine-tune"])
    #expect(
      outcome.stages.map(\.name) == ["input", "codes", "learn-codes", "weights", "fine-tune"])
    for stage in stages {
      let own = metrics.filter { $0.stage == stage }
      #expect(own.filter { $0.name == "loss" }.map(\.step) == Array(1...10), "\(stage)")
      #expect(own.filter { $0.name == "top1" }.map(\.step) == [1, 2], "\(stage)")
    }
    // Float weights have no codes that could change.
    #expect(!metrics.contains { $0.stage == "learn-codes" && $0.name == "codes changed" })
    let losses = metrics.filter { $0.stage == "learn-codes" && $0.name == "epoch loss" }
    #expect(losses.count == 2 && losses[1].value < losses[0].value)
    #expect(outcome.codeLearning?.loss == losses[1].value)
  }

  @Test func `goes on from a checkpoint to the same bytes`() throws {
    let expected = try bytes(TunedRun(learnsCodes: true, isTuned: false).run())
    let first = try TunedRun(learnsCodes: true, isTuned: false)
    first.pool.before = { (task) throws(NodeError) in
      if task.label == "step 8, shard 1" { throw .interrupted }
    }
    #expect(throws: PipelineError.self) { try first.run() }
    let checkpoint = try #require(first.pool.checkpoints["learn-codes"])
    let second = try TunedRun(
      .cold, checkpoint: checkpoint, learnsCodes: true, isTuned: false)
    let outcome = try second.run()
    #expect(outcome.codeLearning?.resumedSteps == 7)
    #expect(try bytes(outcome) == expected)
  }

  @Test func `that diverges names its stage`() throws {
    do {
      _ = try TunedRun(learnsCodes: true, isTuned: false) { $0.scaleRate = 20 }.run()
      Issue.record("it did not diverge")
    } catch PipelineError.fineTuning(.diverged(let step, _, _), .codes) {
      #expect(step > 0)
    }
  }
}
