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
  /// Per range of groups (`GroupBlobs`), the samples of each shard; empty when none were asked for.
  var samples: [[Digest]]
  /// The tasks that measured it, one per shard.
  let tasks: [TaskDefinition]
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
      let range = first..<first + calibration.count
      let own = Array(tasks[range])
      // Of shards that do not fit each other either may be wrong, so all are forgotten.
      return try taking(own) { () throws(PipelineError) in
        try reduce(job, Array(results[range]), of: own)
      }
    }
  }

  private func reduce(
    _ job: LayerJob, _ results: [TaskResult], of tasks: [TaskDefinition]
  ) throws(PipelineError) -> MeasuredLayer {
    let ranges = GroupBlobs.ranges(groups: job.layer.groups)
    var measured = MeasuredLayer(
      job: job, statistics: [],
      samples: job.output == nil ? [] : [[Digest]](repeating: [], count: ranges.count),
      tasks: tasks, seconds: 0, workers: [])
    for result in results {
      measured.seconds += result.seconds
      measured.workers.insert(result.worker)
      let expected = job.output == nil ? ranges.count : 2 * ranges.count
      guard result.outputs.count == expected else {
        throw .wrongResult(
          what: "layer '\(job.layer.name)': \(result.outputs.count) outputs, not \(expected)",
          worker: result.worker)
      }
      for (index, range) in ranges.enumerated() {
        let parts = try decode(result, at: index) { (bytes) throws(WireError) in
          let bundle = try TensorBundle(decoding: bytes)
          return try range.map { (group) throws(WireError) in try bundle.statistics(group: group) }
        }
        for (group, part) in zip(range, parts) { try add(part, group, to: &measured, result) }
        if job.output != nil {
          measured.samples[index].append(result.outputs[ranges.count + index])
        }
      }
    }
    return measured
  }

  /// Adds what one shard says of a group.
  private func add(
    _ part: LayerStatistics, _ group: Int, to measured: inout MeasuredLayer, _ result: TaskResult
  ) throws(PipelineError) {
    let layer = measured.job.layer
    let first = measured.statistics.count > group ? measured.statistics[group] : nil
    guard part.inputs == layer.inputs, part.outputs == layer.rowsPerGroup,
      first.map({ $0.isSummable(with: part) }) ?? true
    else {
      throw .wrongResult(
        what: "layer '\(layer.name)': statistics of another layer or another kind",
        worker: result.worker)
    }
    if first == nil {
      measured.statistics.append(part)
    } else {
      measured.statistics[group] += part
    }
  }

  /// Stores the samples of all shards side by side, one blob per group; none where none were taken.
  private func mergeSamples(of measured: MeasuredLayer) throws(PipelineError) -> [Digest] {
    var merged: [Digest] = []
    let ranges = GroupBlobs.ranges(groups: measured.job.layer.groups)
    for (range, shards) in zip(ranges, measured.samples) {
      var parts = [[SamplePart]](repeating: [], count: range.count)
      for shard in shards {
        let bytes = try fetch(shard)
        do throws(WireError) {
          let bundle = try TensorBundle(decoding: bytes)
          for group in range {
            parts[group - range.lowerBound].append(try SamplePart(bundle, group: group))
          }
        } catch { throw .result(error) }
      }
      for group in parts {
        let bundle: TensorBundle
        do throws(WireError) { bundle = try TensorBundle(merging: group) } catch {
          throw .result(error)
        }
        merged.append(try keep(bundle.encoded()))
      }
    }
    return merged
  }

  /// Solves measured layers block by block and puts the blocks together.
  func solve(_ layers: [MeasuredLayer]) throws(PipelineError) -> [LayerOutcome] {
    var tasks: [TaskDefinition] = []
    var blocks: [(layer: Int, group: Int, rows: Range<Int>)] = []
    for (number, measured) in layers.enumerated() {
      let samples = try taking(measured.tasks) { () throws(PipelineError) in
        try mergeSamples(of: measured)
      }
      for group in 0..<measured.job.layer.groups {
        let problem = try keep(problemBytes(measured, group: group))
        let rows = measured.job.layer.rowsPerGroup
        for first in stride(from: 0, to: rows, by: measured.job.rowsPerTask) {
          let range = first..<min(first + measured.job.rowsPerTask, rows)
          blocks.append((number, group, range))
          tasks.append(
            try solveTask(
              measured, group: group, rows: range, problem: problem,
              samples: samples.isEmpty ? nil : samples[group]))
        }
      }
    }
    let results = try perform(tasks)
    var drafts = layers.map { LayerAssembly($0) }
    for (index, block) in blocks.enumerated() {
      let result = results[index]
      let statistics = layers[block.layer].statistics[block.group].rows(block.rows)
      let solution = try taking([tasks[index]]) { () throws(PipelineError) in
        try judged(result, layers[block.layer].job, rows: block.rows, statistics)
      }
      drafts[block.layer].place(solution, group: block.group, rows: block.rows, result: result)
    }
    return drafts.map(\.outcome)
  }

  /// The solution in a result, which the judge has recomputed.
  private func judged(
    _ result: TaskResult, _ job: LayerJob, rows: Range<Int>, _ statistics: LayerStatistics
  ) throws(PipelineError) -> Solution {
    let solution = try decode(result, at: 0) { (bytes) throws(WireError) in
      try TensorBundle(decoding: bytes).solution()
    }
    let objection = Judge().objection(
      to: solution, of: statistics, set: weightSet(of: job), granularity: job.granularity)
    if let objection {
      throw .wrongResult(
        what: "layer '\(job.layer.name)' rows \(rows): \(objection)", worker: result.worker)
    }
    return solution
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

  private func weightSet(of job: LayerJob) -> WeightSet {
    guard let set = job.set else { preconditionFailure("a float layer is not solved") }
    return set
  }

  private func solveTask(
    _ measured: MeasuredLayer, group: Int, rows: Range<Int>, problem: Digest, samples: Digest?
  ) throws(PipelineError) -> TaskDefinition {
    let job = measured.job
    let set = weightSet(of: job)
    let parameters = SolveParameters(
      layer: job.layer.name, group: group, rows: rows, weights: set,
      granularity: job.granularity, settings: job.settings,
      output: job.output.map {
        CodeQuantizerParameters(
          bits: $0.bits, step: $0.step, lowestCode: $0.lowestCode, threshold: $0.threshold)
      },
      inputStep: job.quantizer?.step ?? 1)
    let inputs = Double(job.layer.inputs)
    return try TaskDefinition(
      .solve(parameters), inputs: [problem] + [samples].compactMap(\.self),
      needs: TaskNeeds(
        cost: inputs * inputs * (300 * Double(rows.count) + 10 * inputs) / 2e10,
        memoryBytes: job.layer.inputs * job.layer.inputs * 48 + (64 << 20), affinity: nil,
        label: job.layer.name,
        // The eigenvectors come from one call, which takes some 10 n³ operations.
        longestStep: .seconds(10 * inputs * inputs * inputs / 5e8)),
      label: "\(job.layer.name) rows \(rows.lowerBound)–\(rows.upperBound - 1)", stage: "solve",
      layer: job.layer.name)
  }
}

extension LayerStatistics {
  /// Whether both are of one layer with one kind and step of inputs.
  fileprivate func isSummable(with other: LayerStatistics) -> Bool {
    guard inputs == other.inputs, outputs == other.outputs else { return false }
    return switch (moments, other.moments) {
    case (.codes(_, _, let step), .codes(_, _, let otherStep)): step == otherStep
    case (.values, .values): true
    default: false
    }
  }
}
