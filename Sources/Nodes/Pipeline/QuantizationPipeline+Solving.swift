internal import Coordination
internal import Network
internal import Planning
internal import Quantization
internal import Tensors
internal import Wire

/// One layer with the statistics of all shards.
struct MeasuredLayer {
  let job: LayerJob
  /// One per group.
  var statistics: [LayerStatistics]
  /// Per group, the samples of each shard; empty when none were asked for.
  var samples: [[Digest]]
  var seconds: Double
  var workers: Set<String>
}

extension QuantizationPipeline {
  /// Collects the statistics of some layers over all shards and adds them in shard order.
  func measure(
    _ jobs: [LayerJob], networks: [Digest], solutions: [Digest]
  ) throws(PipelineError) -> [MeasuredLayer] {
    var tasks: [TaskDefinition] = []
    for job in jobs {
      for (index, shard) in calibration.enumerated() {
        tasks.append(
          try TaskDefinition(
            .statistics(
              layer: job.layer.name,
              sampleColumns: job.output == nil ? 0 : LayerJob.sampleColumns),
            inputs: networks + [shard] + solutions, needs: needs(passes: 2, affinity: index),
            label: "\(job.layer.name) statistics \(index + 1)/\(calibration.count)",
            stage: "statistics", layer: job.layer.name))
      }
    }
    let results = try perform(tasks)
    return try jobs.enumerated().map { (number, job) throws(PipelineError) in
      let first = number * calibration.count
      return try reduce(job, Array(results[first..<first + calibration.count]))
    }
  }

  private func reduce(
    _ job: LayerJob, _ results: [TaskResult]
  ) throws(PipelineError) -> MeasuredLayer {
    let groups = job.layer.groups
    var measured = MeasuredLayer(
      job: job, statistics: [], samples: [[Digest]](repeating: [], count: groups), seconds: 0,
      workers: [])
    for result in results {
      measured.seconds += result.seconds
      measured.workers.insert(result.worker)
      for group in 0..<groups {
        let part = try decode(result, at: group) { (bytes) throws(WireError) in
          try TensorBundle(decoding: bytes).statistics()
        }
        if measured.statistics.count <= group {
          measured.statistics.append(part)
        } else {
          measured.statistics[group] += part
        }
        if result.outputs.count > groups {
          measured.samples[group].append(result.outputs[groups + group])
        }
      }
    }
    return measured
  }

  /// Solves measured layers block by block and puts the blocks together.
  func solve(_ layers: [MeasuredLayer]) throws(PipelineError) -> [LayerOutcome] {
    var tasks: [TaskDefinition] = []
    var blocks: [(layer: Int, group: Int, rows: Range<Int>)] = []
    for (number, measured) in layers.enumerated() {
      for group in 0..<measured.job.layer.groups {
        let problem = try keep(problemBytes(measured, group: group))
        let rows = measured.job.layer.rowsPerGroup
        for first in stride(from: 0, to: rows, by: measured.job.rowsPerTask) {
          let range = first..<min(first + measured.job.rowsPerTask, rows)
          blocks.append((number, group, range))
          tasks.append(try solveTask(measured, group: group, rows: range, problem: problem))
        }
      }
    }
    let results = try perform(tasks)
    var drafts = layers.map { LayerAssembly($0) }
    for (block, result) in zip(blocks, results) {
      let solution = try decode(result, at: 0) { (bytes) throws(WireError) in
        try TensorBundle(decoding: bytes).solution()
      }
      let statistics = layers[block.layer].statistics[block.group]
      if let objection = Judge().objection(to: solution, of: statistics.rows(block.rows)) {
        throw .wrongResult(
          what: "layer '\(layers[block.layer].job.layer.name)' rows \(block.rows): "
            + objection, worker: result.worker)
      }
      drafts[block.layer].place(solution, group: block.group, rows: block.rows, result: result)
    }
    return drafts.map(\.outcome)
  }

  private func problemBytes(
    _ measured: MeasuredLayer, group: Int
  ) throws(PipelineError) -> [UInt8] {
    let job = measured.job
    guard let layer = reference.layers.first(where: { $0.name == job.layer.name }) else {
      throw .planning(.unknownLayer(job.layer.name))
    }
    let rows = group * layer.rowsPerGroup..<(group + 1) * layer.rowsPerGroup
    var bundle = TensorBundle()
    bundle.append(
      problem: measured.statistics[group],
      weights: reference.weightRows(of: layer).rows(rows).values,
      biases: Array(reference.biasValues(of: layer)[rows]))
    return bundle.encoded()
  }

  private func solveTask(
    _ measured: MeasuredLayer, group: Int, rows: Range<Int>, problem: Digest
  ) throws(PipelineError) -> TaskDefinition {
    let job = measured.job
    guard let set = job.set else { preconditionFailure("a float layer is not solved") }
    let samples = measured.samples[group]
    let parameters = SolveParameters(
      layer: job.layer.name, group: group, rows: rows, weights: set,
      granularity: job.granularity, settings: job.settings,
      output: samples.isEmpty
        ? nil
        : job.output.map {
          CodeQuantizerParameters(
            bits: $0.bits, step: $0.step, lowestCode: $0.lowestCode, threshold: $0.threshold)
        },
      inputStep: job.quantizer?.step ?? 1)
    let inputs = Double(job.layer.inputs)
    return try TaskDefinition(
      .solve(parameters), inputs: [problem] + samples,
      needs: TaskNeeds(
        cost: inputs * inputs * (300 * Double(rows.count) + 10 * inputs) / 2e10,
        memoryBytes: job.layer.inputs * job.layer.inputs * 48 + (64 << 20), affinity: nil,
        label: job.layer.name),
      label: "\(job.layer.name) rows \(rows.lowerBound)–\(rows.upperBound - 1)", stage: "solve",
      layer: job.layer.name)
  }
}
