import FineTuning
import Network
import Nodes
import ONNX
import Planning
import Quantization
import Tensors
import TestSupport
import Testing
import Wire

/// A run of the small network with a fine-tune of two epochs of five steps.
struct TunedRun {
  let pool: LocalPool
  private let data: SmallData
  private let request: FineTuningRequest
  private let learnsCodes: Bool
  private let isTuned: Bool

  /// - Parameters:
  ///   - checkpoint: of an earlier run.
  ///   - learnsCodes: whether codes are learned before, by the same settings.
  ///   - shardsPerTask: that one task covers.
  ///   - isTuned: whether the solved network is fine-tuned.
  init(
    _ plan: LocalPool.Plan = .single, checkpoint: [UInt8]? = nil, labelled: Bool = true,
    learnsCodes: Bool = false, isTuned: Bool = true, shardsPerTask: Int = 1,
    change: (inout FineTuningSettings) -> Void = { _ in }
  ) throws {
    pool = LocalPool(plan)
    (self.learnsCodes, self.isTuned) = (learnsCodes, isTuned)
    data = try SmallData(pool)
    var settings = FineTuningSettings(
      epochs: 2, shards: 2, shardSize: 4, weightRate: 0.02, labelWeight: labelled ? 0.5 : 0,
      shift: 1, statistics: 16, seed: 3)
    change(&settings)
    var random = SplitMix64(seed: 9)
    let images = random.tensor([42, 3, 8, 8])
    let labels = (0..<42).map { _ in random.integer(0...4) }
    // The last chunk has fewer.
    var chunks: [Digest] = []
    for start in stride(from: 0, to: 42, by: 10) {
      let rows = start..<min(start + 10, 42)
      let bytes = ImageChunk.encoding(
        first: start, labels: labelled ? Array(labels[rows]) : nil, images: images.rows(rows))
      chunks.append(try pool.put(bytes))
    }
    request = FineTuningRequest(
      settings: settings, projects: false, checkpointSteps: 3, shardsPerTask: shardsPerTask,
      images: StoredImages(chunks: chunks, chunkSize: 10, count: 42))
    if let checkpoint {
      try pool.keepCheckpoint(checkpoint, isTuned ? "fine-tune" : "learn-codes")
    }
  }

  func run(progress: @escaping (PipelineProgress) -> Void = { _ in }) throws -> PipelineOutcome {
    try QuantizationPipeline(
      pool: pool, recipe: Recipe(), network: SmallNetwork().network,
      calibration: data.calibration, validation: data.validation,
      codeLearning: learnsCodes ? request : nil, fineTuning: isTuned ? request : nil,
      progress: progress
    ).run()
  }
}

func bytes(_ outcome: PipelineOutcome) throws -> [UInt8] {
  try writeNetwork(outcome.network, options: WriteOptions(form: .lowBit))
}

@Suite(.timeLimit(.minutes(10))) struct `a fine-tune` {
  @Test func `gives the same bytes whoever computes its shards`() throws {
    let one = try TunedRun().run()
    let expected = try bytes(one)
    for plan: LocalPool.Plan in [.turns(3), .shuffled(2, seed: 5), .cold] {
      let other = try TunedRun(plan).run()
      #expect(try bytes(other) == expected, "\(plan)")
      #expect(other.stages.map(\.accuracy) == one.stages.map(\.accuracy), "\(plan)")
    }
    #expect(one.stages.map(\.name) == ["input", "codes", "weights", "fine-tune"])
    // It is another network than without, and its layers are accounted for as they are.
    #expect(try bytes(SmallRun().outcome) != expected)
    for layer in one.layers {
      // The head's weights lie transposed in the network.
      guard let solution = layer.solution, layer.name != "head" else { continue }
      let found = try #require(one.network.layers.first { $0.name == layer.name })
      guard case .quantized(let stored)? = one.network.constants[found.weights] else {
        Issue.record("\(layer.name) is not quantized")
        continue
      }
      #expect(stored.codes == solution.codes, "\(layer.name)")
    }
  }

  @Test func `measures statistics before accuracy and before it is deployed`() throws {
    let tuned = try TunedRun()
    let expected = try bytes(tuned.run())
    // Two epochs of four shards; the network of the last is the deployed one.
    #expect(tuned.pool.taskCounts["moments"] == 8)
    #expect(tuned.pool.taskCounts["deployed-moments"] == 8)
    let running = try TunedRun { $0.statistics = 0 }
    #expect(try bytes(running.run()) != expected)
    #expect(running.pool.taskCounts["moments"] == nil)
    let wrong = try TunedRun()
    wrong.pool.tamper = { task, outputs in
      guard task.kind == "moments" else { return outputs }
      var bundle = TensorBundle()
      bundle.append("images", .int64([4]))
      bundle.append("moments", arrays: [[1], [1]])
      return [bundle.encoded()]
    }
    do {
      _ = try wrong.run()
      Issue.record("moments of another network were taken")
    } catch PipelineError.wrongResult(_, let worker) { #expect(worker == "here") }
  }

  @Test func `leaves nothing of its steps behind`() throws {
    let tuned = try TunedRun()
    var taken = 0
    _ = try tuned.run { if $0.fineTuning != nil { taken = max(taken, $0.done) } }
    #expect(taken == 10)
    #expect(tuned.pool.taskCounts["gradient"] == 20)
    for bytes in tuned.pool.blobs.values {
      guard bytes.starts(with: Array("tsqB".utf8)) else { continue }
      let bundle = try TensorBundle(decoding: bytes)
      #expect(!bundle.contains("parameters") && !bundle.contains("gradients"))
      #expect(!bundle.contains("moments"))
    }
  }

  /// Projection and dual update after every second step.
  private static func admm(_ settings: inout FineTuningSettings) {
    settings.mode = .admm
    settings.splitting.dualSteps = 2
  }

  @Test func `by ADMM gives the same bytes whoever computes its shards`() throws {
    let one = try TunedRun(change: Self.admm)
    let expected = try bytes(one.run())
    // Prediction and correction of ten steps.
    #expect(one.pool.taskCounts["gradient"] == 40)
    for plan: LocalPool.Plan in [.turns(3), .shuffled(2, seed: 5), .cold] {
      #expect(try bytes(TunedRun(plan, change: Self.admm).run()) == expected, "\(plan)")
    }
    #expect(try bytes(TunedRun().run()) != expected)
    let plain = try TunedRun {
      Self.admm(&$0)
      $0.splitting.extragradient = false
    }
    #expect(try bytes(plain.run()) != expected)
    #expect(plain.pool.taskCounts["gradient"] == 20)
  }

  @Test(arguments: ["step 4, shard 2", "step 6 corrected, shard 1"])
  func `by ADMM goes on from a checkpoint to the same bytes`(interrupted: String) throws {
    let expected = try bytes(TunedRun(change: Self.admm).run())
    let first = try TunedRun(change: Self.admm)
    first.pool.before = { (task) throws(NodeError) in
      if task.label == interrupted { throw .interrupted }
    }
    #expect(throws: PipelineError.self) { try first.run() }
    let checkpoint = try #require(first.pool.checkpoints["fine-tune"])
    let second = try TunedRun(.cold, checkpoint: checkpoint, change: Self.admm)
    let outcome = try second.run()
    #expect((outcome.fineTuning?.resumedSteps ?? 0) > 2)
    #expect(try bytes(outcome) == expected)
  }

  @Test func `of scales alone changes no code`() throws {
    let outcome = try TunedRun { $0.mode = .scales }.run()
    #expect(outcome.fineTuning?.changedShare == 0)
    #expect(try bytes(outcome) != bytes(SmallRun().outcome))
  }

  @Test(arguments: [1, 4, 6, 8])
  func `goes on from a checkpoint to the same bytes`(steps: Int) throws {
    let whole = try TunedRun()
    let expected = try bytes(whole.run())
    let first = try TunedRun()
    first.pool.before = { (task) throws(NodeError) in
      if task.label == "step \(steps + 1), shard 2" { throw .interrupted }
    }
    #expect(throws: PipelineError.self) { try first.run() }
    let checkpoint = try #require(first.pool.checkpoints["fine-tune"])
    let second = try TunedRun(.cold, checkpoint: checkpoint)
    let outcome = try second.run()
    // What was interrupted is not lost.
    #expect(outcome.fineTuning?.resumedSteps == steps)
    #expect(second.pool.taskCounts["gradient"] == 2 * (10 - steps))
    #expect(try bytes(outcome) == expected)
  }

  @Test func `does not go on from what is no checkpoint of it`() throws {
    let first = try TunedRun()
    let expected = try bytes(first.run())
    let checkpoint = try #require(first.pool.checkpoints["fine-tune"])
    let other = try TunedRun(checkpoint: checkpoint) { $0.weightRate = 0.01 }
    #expect(try bytes(other.run()) != expected)
    #expect(other.pool.taskCounts["gradient"] == 20)
    let damaged = try TunedRun(checkpoint: Array(checkpoint.dropLast(9)))
    #expect(try bytes(damaged.run()) == expected)
    #expect(damaged.pool.taskCounts["gradient"] == 20)
  }

  @Test(arguments: [(2, 3), (4, 2), (8, 1)])
  func `gives the same bytes where a task covers several shards`(
    shardsPerTask: Int, tasks: Int
  ) throws {
    func fiveShards(_ settings: inout FineTuningSettings) {
      (settings.shards, settings.shardSize) = (5, 2)
    }
    let one = try TunedRun(change: fiveShards)
    let expected = try bytes(one.run())
    let steps = 8
    #expect(one.pool.taskCounts["gradient"] == 5 * steps)
    let several = try TunedRun(
      .shuffled(2, seed: 4), shardsPerTask: shardsPerTask, change: fiveShards)
    #expect(try bytes(several.run()) == expected)
    #expect(several.pool.taskCounts["gradient"] == tasks * steps)
  }

  @Test func `from block outputs gives the same bytes whoever works, and after a resume`() throws {
    func weighed(_ settings: inout FineTuningSettings) { settings.features = 0.5 }
    let expected = try bytes(TunedRun(change: weighed).run())
    #expect(try bytes(TunedRun().run()) != expected)
    for plan: LocalPool.Plan in [.turns(3), .shuffled(2, seed: 5), .cold] {
      #expect(try bytes(TunedRun(plan, change: weighed).run()) == expected, "\(plan)")
    }
    let first = try TunedRun(change: weighed)
    first.pool.before = { (task) throws(NodeError) in
      if task.label == "step 7, shard 2" { throw .interrupted }
    }
    #expect(throws: PipelineError.self) { try first.run() }
    let checkpoint = try #require(first.pool.checkpoints["fine-tune"])
    let second = try TunedRun(.cold, checkpoint: checkpoint, change: weighed)
    let outcome = try second.run()
    #expect(outcome.fineTuning?.resumedSteps == 6)
    #expect(try bytes(outcome) == expected)
  }

  @Test func `whose gradient is too large is ended, and goes on from the checkpoint`() throws {
    let expected = try bytes(TunedRun().run())
    let bad = try TunedRun()
    bad.pool.tamper = { task, outputs in
      guard task.label == "step 5, shard 1" else { return outputs }
      return [largeGradient(like: outputs[0])]
    }
    do {
      _ = try bad.run()
      Issue.record("it went on")
    } catch PipelineError.fineTuning(.diverged(let step, let layer, let rate), .weights) {
      // Its square is more than fp32 holds.
      #expect(step == 4 && layer == SmallNetwork.layers[0] && rate > 0)
    }
    let checkpoint = try #require(bad.pool.checkpoints["fine-tune"])
    let outcome = try TunedRun(checkpoint: checkpoint).run()
    #expect(outcome.fineTuning?.resumedSteps == 3)
    #expect(try bytes(outcome) == expected)
  }

  @Test func `learns from labels only where it is asked to`() throws {
    let with = try bytes(TunedRun().run())
    let without = try bytes(TunedRun(labelled: false).run())
    #expect(with != without)
    #expect(throws: PipelineError.self) {
      try TunedRun(labelled: false) { $0.labelWeight = 1 }.run()
    }
  }

  @Test func `tells where it stands`() throws {
    var metrics: [PipelineMetric] = []
    var last: FineTuningProgress?
    let outcome = try TunedRun().run { progress in
      metrics += progress.metrics
      last = progress.fineTuning ?? last
    }
    let names = Dictionary(grouping: metrics, by: \.name)
    #expect(names["loss"]?.map(\.step) == Array(1...10))
    for name in ["epoch loss", "top1", "codes changed"] {
      #expect(names[name]?.map(\.step) == [1, 2], "\(name)")
    }
    #expect(last?.epoch == 2 && last?.epochs == 2)
    #expect(outcome.fineTuning?.loss == names["epoch loss"]?.last?.value)
    let mean = (names["loss"] ?? []).suffix(5).reduce(0) { $0 + $1.value } / 5
    #expect(abs(mean - (outcome.fineTuning?.loss ?? .nan)) < 1e-9)
    #expect((outcome.fineTuning?.changedShare ?? 0) > 0)
    #expect(names["top1"]?.last?.value == outcome.stages.last?.accuracy.top1)
  }

  @Test func `that diverges is ended, its last checkpoint kept`() throws {
    let tuned = try TunedRun { $0.scaleRate = 20 }
    do {
      _ = try tuned.run()
      Issue.record("it did not diverge")
    } catch PipelineError.fineTuning(.diverged(let step, _, let rate), .weights) {
      #expect(step > 0 && rate > 0)
    }
    let wrong = try TunedRun()
    wrong.pool.tamper = { task, outputs in
      task.kind == "gradient" && task.label.hasPrefix("step 5,")
        ? [Array(outputs[0].dropLast(8))] : outputs
    }
    #expect(throws: PipelineError.self) { try wrong.run() }
    #expect(wrong.pool.checkpoints["fine-tune"] != nil)
  }
}

/// The gradient of a shard with one number that is finite and has no square.
private func largeGradient(like bytes: [UInt8]) -> [UInt8] {
  do {
    let bundle = try TensorBundle(decoding: bytes)
    var arrays = try bundle.arrays("gradients")
    arrays[0][0] = 1e30
    var changed = TensorBundle()
    changed.append("loss", .float64(try bundle.float64("loss", shape: [1])))
    changed.append("images", .int64(try bundle.int64("images", shape: [1])))
    changed.append("gradients", arrays: arrays)
    return changed.encoded()
  } catch {
    Issue.record("\(error)")
    return bytes
  }
}
