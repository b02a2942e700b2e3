import Coordination
import Network
import Nodes
import Planning
import Quantization
import Tensors
import TestSupport
import Testing
import Wire

/// Tasks of each kind with their inputs, as runs of the small network have them.
private struct RealTasks {
  private(set) var definitions: [String: TaskDefinition] = [:]
  private(set) var inputs: [String: [Blob]] = [:]

  /// - Parameter kind: that a run is needed for; others may come with it.
  init(_ kind: String) throws {
    var definitions: [String: TaskDefinition] = [:]
    var inputs: [String: [Blob]] = [:]
    var pool: LocalPool?
    func keep(_ task: TaskDefinition, _ outputs: [[UInt8]]) -> [[UInt8]] {
      // Of each kind the one that reads the most.
      guard task.layer == nil || task.layer == "strided" else { return outputs }
      definitions[task.kind] = task
      // Those of steps are dropped after it.
      if let pool {
        inputs[task.kind] = task.inputs.compactMap { digest in
          pool.blobs[digest].map { Blob(digest: digest, bytes: $0) }
        }
      }
      return outputs
    }
    switch kind {
    case "gradient", "moments", "deployed-moments":
      let run = try TunedRun()
      pool = run.pool
      run.pool.tamper = keep
      _ = try run.run()
    case "effect":
      let found = try sensitivityPlan(tamper: keep)
      pool = found.pool
    default:
      let run = try SmallRun(tamper: keep)
      pool = run.pool
    }
    for (kind, task) in definitions where inputs[kind] == nil {
      inputs[kind] = try task.inputs.map { Blob(digest: $0, bytes: try pool!.blob($0)) }
    }
    (self.definitions, self.inputs) = (definitions, inputs)
  }

  func run(_ kind: String, _ progress: ProgressCounter) throws -> [[UInt8]] {
    let task = try #require(definitions[kind])
    return try LayerWork().run(
      kind: kind, parameters: task.parameters, inputs: try #require(inputs[kind]),
      progress: progress)
  }
}

@Suite(.timeLimit(.minutes(10))) struct `a real task` {
  /// Of the small data: batches of a shard, layers up to the cut, iterations of ADMM, passes over
  /// the layers that were solved alone.
  @Test(arguments: [
    ("calibrate", 1), ("statistics", 4), ("solve", 300), ("evaluate", 1), ("gradient", 2),
    ("moments", 2), ("deployed-moments", 2), ("effect", 6),
  ])
  func `tells of every step, and ends when it is taken away`(kind: String, least: UInt64) throws {
    let tasks = try RealTasks(kind)
    let progress = ProgressCounter()
    _ = try tasks.run(kind, progress)
    #expect(progress.steps >= least)
    let cancelled = ProgressCounter()
    cancelled.cancel()
    let failure = #expect(throws: TaskFailure.self) { try tasks.run(kind, cancelled) }
    #expect(failure?.failure == .transient)
    #expect(cancelled.steps == 1)
  }

  @Test func `is not taken away while it moves, however long it takes`() throws {
    let scratch = Scratch()
    let log = EventLog()
    var configuration = Cluster.configuration(workers: 1)
    configuration.workerCommand += ["--runner", "layers"]
    configuration.dispatcher.stallLimit = .seconds(1)
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation(),
      onEvent: log.note)
    let tasks = try RealTasks("evaluate")
    var task = try #require(tasks.definitions["evaluate"])
    let count = 60_000
    var random = SplitMix64(seed: 5)
    let some = random.tensor([1_000, 3, 8, 8])
    let images = Tensor.concatenating([Tensor](repeating: some, count: count / 1_000))
    let shard = TensorBundle(shard: images, labels: [Int](repeating: 0, count: count))
    task.inputs = [
      try coordinator.put(try #require(tasks.inputs["evaluate"])[0].bytes),
      try coordinator.put(shard.encoded()),
    ]
    let results = try coordinator.run([task])
    try coordinator.shutDown()
    #expect(results[0].attempt == 1)
    #expect(log.losses == [])
  }

  @Test func `of a layer with many groups gives few blobs, over processes too`() throws {
    let network = ManyGroups.network
    let inside = LocalPool()
    let expected = try ManyGroups.run(network, on: inside)
    let scratch = Scratch()
    var configuration = Cluster.configuration(workers: 2)
    configuration.workerCommand += ["--runner", "layers"]
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation())
    let found = try ManyGroups.run(network, on: coordinator)
    try coordinator.shutDown()
    #expect(found.layers.map(\.name) == ["spread", "depthwise", "squeeze", "head"])
    #expect(found.layers.map(\.error) == expected.layers.map(\.error))
    let depthwise = try #require(found.layers[1].solution)
    #expect(depthwise == expected.layers[1].solution)
    #expect(depthwise.codes.count == ManyGroups.channels * 9)
    // Sampled: the non-linear stage saw every group.
    #expect(found.layers[1].nonlinearRows.tried == ManyGroups.channels)
  }
}

/// A depthwise layer whose outputs nobody but a quantizer sees, so that every group is sampled.
private enum ManyGroups {
  static let channels = 1_024

  static var network: Network {
    var network = Network(name: "wide")
    var random = SplitMix64(seed: 9)
    let image = network.addValue(
      ValueInfo(
        name: "image", declaredShape: [.symbolic("N"), .fixed(2), .fixed(4), .fixed(4)]))
    network.inputs = [image]
    func add(_ name: String, _ operation: Operation, _ inputs: [ValueID?]) -> ValueID {
      let output = network.addValue(ValueInfo(name: name + ".out"))
      network.nodes.append(
        Node(name: name, operation: operation, inputs: inputs, outputs: [output]))
      return output
    }
    func convolution(_ kernel: Int, groups: Int) -> Operation {
      let side = [kernel / 2, kernel / 2]
      return .convolution(
        Convolution(
          kernel: [kernel, kernel], strides: [1, 1], dilations: [1, 1],
          padding: .explicit(before: side, after: side), groups: groups))
    }
    func weights(_ name: String, _ shape: [Int]) -> ValueID {
      network.addConstant(.stored(StoredTensor(random.tensor(shape, deviation: 0.5))), name: name)
    }
    let spread = add(
      "spread", convolution(1, groups: 1), [image, weights("a", [channels, 2, 1, 1])])
    let first = add("first", .relu, [spread])
    let depthwise = add(
      "depthwise", convolution(3, groups: channels), [first, weights("b", [channels, 1, 3, 3])])
    let second = add("second", .relu, [depthwise])
    let squeeze = add(
      "squeeze", convolution(1, groups: 1), [second, weights("d", [4, channels, 1, 1])])
    let third = add("third", .relu, [squeeze])
    let pool = add("pool", .globalAveragePool, [third])
    let flat = add("flat", .flatten(axis: 1), [pool])
    network.outputs = [add("head", .matMul, [flat, weights("c", [4, 3])])]
    return network
  }

  static func run(_ network: Network, on pool: any TaskPool) throws -> PipelineOutcome {
    var random = SplitMix64(seed: 10)
    let shards = try (0..<2).map { _ in
      try pool.put(TensorBundle(shard: random.tensor([6, 2, 4, 4]), labels: nil).encoded())
    }
    let pipeline = try QuantizationPipeline(
      pool: pool, recipe: Recipe(), network: network, calibration: shards, validation: [],
      progress: { _ in })
    return try pipeline.run()
  }
}
