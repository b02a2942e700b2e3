import Network
import Nodes
import Planning
import Quantization
import Tensors
import TestSupport
import Testing
import Wire

/// Changes the arrays of one bundle.
private func edited(
  _ bytes: [UInt8], _ name: String, _ change: (TensorBundle.Elements) -> TensorBundle.Elements
) -> [UInt8] {
  var result = TensorBundle()
  do {
    for entry in try TensorBundle(decoding: bytes).entries {
      result.append(
        entry.name, shape: entry.shape,
        entry.name == name ? change(entry.elements) : entry.elements)
    }
  } catch { Issue.record("\(error)") }
  return result.encoded()
}

/// Runs with the outputs of one kind of task changed.
private func failure(
  _ kind: String, layer: String? = nil, _ change: @escaping ([[UInt8]]) -> [[UInt8]]
) -> PipelineError? {
  do {
    _ = try SmallRun(tamper: { task, outputs in
      task.kind == kind && (layer == nil || task.layer == layer) ? change(outputs) : outputs
    })
    return nil
  } catch {
    return error as? PipelineError
  }
}

private func isWrongResult(_ error: PipelineError?, mentions text: String) -> Bool {
  guard case .wrongResult(let what, let worker)? = error else { return false }
  return worker == "here" && what.contains(text)
}

private func isUnreadable(_ error: PipelineError?) -> Bool {
  if case .result? = error { true } else { false }
}

/// The tasks that are forgotten when the outputs of one kind of task are changed.
private func forgotten(
  _ kind: String, layer: String?, _ change: @escaping ([[UInt8]]) -> [[UInt8]]
) throws -> (labels: [String], error: PipelineError?) {
  let pool = LocalPool()
  pool.tamper = { task, outputs in
    task.kind == kind && (layer == nil || task.layer == layer) ? change(outputs) : outputs
  }
  let data = try SmallData(pool)
  let pipeline = try QuantizationPipeline(
    pool: pool, recipe: Recipe(), network: SmallNetwork().network, calibration: data.calibration,
    validation: data.validation, progress: { _ in })
  let error = #expect(throws: PipelineError.self) { try pipeline.run() }
  return (pool.rejected, error)
}

@Suite(.timeLimit(.minutes(10))) struct `a worker that errs` {
  @Test(
    arguments: [
      ("calibrate", nil, ["calibrate 1/3"]),
      ("statistics", "strided", (1...3).map { "strided statistics \($0)/3" }),
      ("solve", "strided", ["strided rows 0–7"]), ("evaluate", nil, ["evaluate input 1/2"]),
    ] as [(String, String?, [String])])
  func `has its results forgotten, so that a resumed run does them again`(
    kind: String, layer: String?, labels: [String]
  ) throws {
    let cut = try forgotten(kind, layer: layer) { outputs in outputs.map { Array($0.dropLast(8)) } }
    #expect(cut.labels == labels)
    #expect(cut.error?.description.contains("continue with --resume") == true)
  }

  @Test func `may have sent samples that cannot be read`() throws {
    let cut = try forgotten("statistics", layer: "strided") { outputs in
      [outputs[0]] + outputs.dropFirst().map { Array($0.dropLast(8)) }
    }
    #expect(cut.labels == (1...3).map { "strided statistics \($0)/3" })
  }

  @Test func `is noticed by one flipped code`() {
    let error = failure("solve", layer: "strided") { outputs in
      [
        edited(outputs[0], "codes") { elements in
          guard case .int8(var codes) = elements else { return elements }
          codes[3] = codes[3] == 0 ? 1 : -codes[3]
          return .int8(codes)
        }
      ]
    }
    #expect(isWrongResult(error, mentions: "strided"))
  }

  @Test func `is noticed by a code outside the set`() {
    let error = failure("solve", layer: "strided") { outputs in
      [
        edited(outputs[0], "codes") { elements in
          guard case .int8(let codes) = elements else { return elements }
          return .int8(codes.map { 2 * $0 })
        }
      ]
    }
    #expect(isWrongResult(error, mentions: "not in the set"))
  }

  @Test func `is noticed by a scale or an error that is not a number`() {
    #expect(
      isUnreadable(
        failure("solve") { [edited($0[0], "scales") { .float32($0.floats.map { _ in .nan }) }] }))
    #expect(
      isUnreadable(
        failure("solve") { [edited($0[0], "stage final") { _ in .float64([.nan]) }] }))
  }

  @Test func `is noticed by the statistics of another layer`() {
    var other: [[UInt8]] = []
    let error = failure("statistics") { outputs in
      if other.isEmpty { other = outputs }
      // The stem's, for the layers after it.
      return outputs.count == 1 ? other : outputs
    }
    #expect(isWrongResult(error, mentions: "another layer"))
  }

  @Test func `is noticed by another code step`() {
    var count = 0
    let error = failure("statistics", layer: "strided") { outputs in
      count += 1
      guard count == 2 else { return outputs }
      return [edited(outputs[0], "group 0 step") { _ in .float32([9]) }] + outputs.dropFirst()
    }
    #expect(isWrongResult(error, mentions: "another kind"))
  }

  @Test func `is noticed by too few or too many outputs`() {
    #expect(isWrongResult(failure("statistics") { _ in [] }, mentions: "0 outputs"))
    #expect(isWrongResult(failure("statistics") { $0 + [[1]] }, mentions: "outputs"))
    for kind in ["calibrate", "solve", "evaluate"] {
      #expect(isUnreadable(failure(kind) { _ in [] }))
    }
  }

  @Test(arguments: ["calibrate", "statistics", "solve", "evaluate"])
  func `is noticed by cut bytes`(kind: String) {
    let error = failure(kind) { outputs in outputs.map { Array($0.dropLast(8)) } }
    #expect(isUnreadable(error))
  }

  @Test(arguments: [[60, 70, 60], [60, 10, 5], [-1, -1, -1], [.max, 0, 0]] as [[Int64]])
  func `is noticed by counts that do not fit each other`(counts: [Int64]) {
    let error = failure("evaluate") { outputs in
      [edited(outputs[0], "accuracy") { _ in .int64(counts) }]
    }
    #expect(isUnreadable(error))
  }
}

extension TensorBundle.Elements {
  fileprivate var floats: [Float] {
    if case .float32(let values) = self { values } else { [] }
  }
}

@Suite(.timeLimit(.minutes(10))) struct `a run that cannot be` {
  @Test func `names the site where the data gives infinity`() throws {
    let pool = LocalPool()
    var random = SplitMix64(seed: 3)
    var images = random.tensor([5, 3, 8, 8])
    images.values[100] = .infinity
    let shard = try pool.put(TensorBundle(shard: images, labels: nil).encoded())
    let pipeline = try QuantizationPipeline(
      pool: pool, recipe: Recipe(), network: SmallNetwork().network, calibration: [shard],
      validation: [], progress: { _ in })
    let error = #expect(throws: PipelineError.self) { try pipeline.run() }
    #expect(error?.description.contains("'image'") == true)
  }

  @Test func `names the inputs of a network that has two`() throws {
    var network = SmallNetwork().network
    let second = network.addValue(
      ValueInfo(name: "second", declaredShape: [.symbolic("N"), .fixed(5)]))
    network.inputs.append(second)
    let sum = network.addValue(ValueInfo(name: "both"))
    network.nodes.append(
      Node(
        name: "both", operation: .add, inputs: [network.outputs[0], second], outputs: [sum]))
    network.outputs = [sum]
    let error = #expect(throws: PipelineError.self) {
      try QuantizationPipeline(
        pool: LocalPool(), recipe: Recipe(), network: network, calibration: [], validation: [],
        progress: { _ in })
    }
    #expect(error?.description.contains("image, second") == true)
  }

  @Test(arguments: ["calibrate", "statistics", "solve", "evaluate"])
  func `fails with damaged inputs, without a trap`(kind: String) throws {
    let run = try SmallRun()
    let work = LayerWork()
    let parameters: TaskParameters =
      switch kind {
      case "calibrate": .calibrate(sites: ["stem.relu.out"])
      case "statistics": .statistics(StatisticsParameters(layer: "strided", sampleColumns: 10))
      case "evaluate": .evaluate(ranks: 5)
      default:
        .solve(
          SolveParameters(
            layer: "strided", group: 0, rows: 0..<8, weights: .ternary, granularity: .row,
            settings: SolverSettings(),
            output: CodeQuantizerParameters(bits: 2, step: 1, lowestCode: 0, threshold: nil),
            inputStep: 1))
      }
    let blobs = run.pool.blobs.sorted { $0.key < $1.key }.map {
      Blob(digest: $0.key, bytes: $0.value)
    }
    // Every blob of a run in every place: networks for shards, solutions for problems.
    let bytes = try parameters.encoded()
    var failures = 0
    for count in 0...4 {
      for blob in blobs {
        do throws(TaskFailure) {
          _ = try work.run(
            kind: kind, parameters: bytes, inputs: [Blob](repeating: blob, count: count),
            progress: ProgressCounter())
        } catch {
          failures += 1
        }
      }
    }
    #expect(failures > 3 * blobs.count)
  }
}
