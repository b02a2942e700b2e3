internal import Coordination
internal import Execution
internal import Network
internal import ONNX
internal import Planning
internal import Quantization
internal import Tensors
internal import Wire

/// What a worker computes: each kind of task as a pure function of its parameters and inputs.
///
/// What it keeps between tasks (parsed networks, the values of a shard at a cut, factorisations)
/// only saves time: a result is the same bytes without it. Confined to one thread.
package final class LayerWork: TaskRunner {
  private var networks = NetworkCache()
  private var frontiers = FrontierCache()
  private var solver = SolverWorkspace()

  /// The kinds of task that this build can do.
  package static let kinds: Set<String> = ["calibrate", "statistics", "solve", "evaluate"]

  package init() { setComputeThreads(1) }

  /// The numeric libraries in use; results are equal bits only where these are equal.
  package static var kernelID: String {
    Execution.numericKernelID() + "; " + Quantization.numericKernelID()
  }

  /// - Returns: the output blobs.
  /// - Throws: `TaskFailure` when inputs are damaged or the mathematics has no answer.
  package func run(
    kind: String, parameters: [UInt8], inputs: [Blob], progress: ProgressCounter
  ) throws(TaskFailure) -> [[UInt8]] {
    do {
      switch try TaskParameters(kind: kind, bytes: parameters) {
      case .calibrate(let sites):
        return try calibrate(sites, inputs)
      case .statistics(let layer, let sampleColumns):
        return try statistics(layer, sampleColumns: sampleColumns, inputs)
      case .solve(let parameters):
        return try solve(parameters, inputs)
      case .evaluate(let ranks):
        return try evaluate(ranks: ranks, inputs)
      }
    } catch let failure as TaskFailure {
      throw failure
    } catch let error as SolverError {
      throw TaskFailure(.numeric, "\(error)")
    } catch let error as WireError {
      throw TaskFailure(.corruptInput, "\(error)")
    } catch {
      throw TaskFailure(.bug, "\(error)")
    }
  }

  private func calibrate(_ sites: [String], _ inputs: [Blob]) throws -> [[UInt8]] {
    try require(inputs, atLeast: 2)
    let network = try networks.network(inputs[0])
    let values = try sites.map { name in
      guard let value = network.value(named: name) else {
        throw TaskFailure(.corruptInput, "the network has no value '\(name)'")
      }
      return value
    }
    try requireOneInput(network)
    let images = try TensorBundle(decoding: inputs[1].bytes).shardImages()
    var histograms = values.map { _ in ValueHistogram() }
    // Batch by batch: the sites of a deep network hold far more than its input.
    let part = network.computing(values, from: network.inputs)
    try forEachBatch(of: part, inputs: part.inputs.map { _ in images }) { _, found in
      for (index, tensor) in found.enumerated() { histograms[index].add(tensor.values) }
    }
    var bundle = TensorBundle()
    for (index, histogram) in histograms.enumerated() {
      bundle.append(histogram: "site \(index)", counts: histogram.counts)
    }
    return [bundle.encoded()]
  }

  private func statistics(
    _ name: String, sampleColumns: Int, _ inputs: [Blob]
  ) throws -> [[UInt8]] {
    try require(inputs, atLeast: 3)
    let reference = try networks.network(inputs[0])
    let chain = Array(inputs[3...])
    let network = try networks.network(inputs[1], solutions: chain)
    guard let layer = network.layers.first(where: { $0.name == name }),
      let counterpart = reference.layers.first(where: { $0.name == name })
    else { throw TaskFailure(.corruptInput, "the network has no layer '\(name)'") }
    try requireOneInput(network)
    try requireOneInput(reference)
    let images = { try TensorBundle(decoding: inputs[2].bytes).shardImages() }
    let before = try frontiers.frontier(
      of: network, named: inputs[1].digest, solutions: chain.map(\.digest),
      shard: inputs[2].digest, at: layer.node, images: images)
    let targets = try frontiers.frontier(
      of: reference, named: inputs[0].digest, solutions: [], shard: inputs[2].digest,
      at: counterpart.node, images: images)
    let measurement = LayerMeasurement(layer: layer, network: network, reference: reference)
    let found = try measurement(
      inputs: before, targets: targets, sampleColumns: sampleColumns)
    return found.groups.map { statistics in
      var bundle = TensorBundle()
      bundle.append(statistics)
      return bundle.encoded()
    }
      + found.samples.map { sample in
        var bundle = TensorBundle()
        bundle.append("codes", shape: [layer.inputs, sample.columns], .int8(sample.codes))
        bundle.append(
          "targets", shape: [layer.rowsPerGroup, sample.columns], .float32(sample.targets))
        return bundle.encoded()
      }
  }

  private func solve(
    _ parameters: SolveParameters, _ inputs: [Blob]
  ) throws -> [[UInt8]] {
    try require(inputs, atLeast: 1)
    let bundle = try TensorBundle(decoding: inputs[0].bytes)
    let samples = try nonlinearSamples(parameters, Array(inputs[1...]))
    let problem = try bundle.problem(parameters, samples: samples)
    let solution = try Quantization.solve(
      problem, settings: parameters.settings, workspace: &solver)
    var output = TensorBundle()
    output.append(solution)
    return [output.encoded()]
  }

  private func evaluate(ranks: Int, _ inputs: [Blob]) throws -> [[UInt8]] {
    try require(inputs, atLeast: 2)
    let network = try networks.network(inputs[0])
    let shard = try TensorBundle(decoding: inputs[1].bytes)
    let evaluator = try BatchedEvaluator(network: network, batchSize: Frontier.batchSize)
    let scores = try evaluator.run([shard.shardImages()])[0]
    let labels = try shard.shardLabels()
    let classes = scores.values.count / max(scores.shape[0], 1)
    guard labels.allSatisfy((0..<classes).contains) else {
      throw TaskFailure(.corruptInput, "a label is out of range of \(classes) classes")
    }
    let accuracy = Accuracy(scores: scores, labels: labels, ranks: ranks)
    var bundle = TensorBundle()
    bundle.append(
      "accuracy",
      .int64([accuracy.images, accuracy.correct, accuracy.correctInRanks].map { Int64($0) }))
    return [bundle.encoded()]
  }

  private func requireOneInput(_ network: Network) throws(TaskFailure) {
    guard network.inputs.count == 1 else {
      throw TaskFailure(.corruptInput, "the network has \(network.inputs.count) inputs, not one")
    }
  }

  private func require(_ inputs: [Blob], atLeast count: Int) throws(TaskFailure) {
    guard inputs.count >= count else {
      throw TaskFailure(.corruptInput, "\(inputs.count) inputs, at least \(count) needed")
    }
  }
}

/// The samples of all shards side by side; the last quarter of the columns of each shard decides
/// whether a fit is accepted.
private func nonlinearSamples(
  _ parameters: SolveParameters, _ inputs: [Blob]
) throws -> NonlinearSamples? {
  guard let output = parameters.output, !inputs.isEmpty else { return nil }
  let parts = try inputs.map { try TensorBundle(decoding: $0.bytes) }
  let shapes = try parts.map { part in
    (codes: try part.entry("codes").shape, targets: try part.entry("targets").shape)
  }
  let (inputCount, outputCount) = (shapes[0].codes[0], shapes[0].targets[0])
  let codes = try parts.map { try $0.int8("codes") }
  let targets = try parts.map { try $0.float32("targets") }
  let widths = shapes.map { $0.codes[1] }
  let fitted = widths.map { $0 - $0 / 4 }
  let order =
    zip(widths.indices, fitted).map { (part: $0, columns: 0..<$1) }
    + widths.indices.map { (part: $0, columns: fitted[$0]..<widths[$0]) }
  func joined<Value>(_ matrices: [[Value]], rows: Int) -> [Value] {
    var result: [Value] = []
    result.reserveCapacity(rows * widths.reduce(0, +))
    for row in 0..<rows {
      for (part, columns) in order {
        let start = row * widths[part]
        result.append(
          contentsOf: matrices[part][start + columns.lowerBound..<start + columns.upperBound])
      }
    }
    return result
  }
  guard fitted.reduce(0, +) < widths.reduce(0, +) else { return nil }
  return NonlinearSamples(
    inputs: inputCount, outputs: outputCount, columns: widths.reduce(0, +),
    fittedColumns: fitted.reduce(0, +), codes: joined(codes, rows: inputCount),
    inputStep: parameters.inputStep, targets: joined(targets, rows: outputCount), shortcut: nil,
    quantizer: CodeQuantizer(
      bits: output.bits, step: output.step, lowestCode: output.lowestCode,
      zeroThreshold: output.threshold))
}
