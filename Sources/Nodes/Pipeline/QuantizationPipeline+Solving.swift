internal import Coordination
internal import Network
internal import Planning
internal import Quantization
internal import Tensors
internal import Wire

extension QuantizationPipeline {
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
      let weights = try weights(of: measured.job)
      for group in 0..<measured.job.layer.groups {
        let problem = try keep(problemBytes(measured, group: group, weights))
        let rows = measured.job.layer.rowsPerGroup
        for first in stride(from: 0, to: rows, by: measured.job.rowsPerTask) {
          let range = first..<min(first + measured.job.rowsPerTask, rows)
          blocks.append((number, group, range))
          let own =
            measured.job.isSampled
            ? try keep(rowBytes(measured, group: group, range, weights))
            : samples.isEmpty ? nil : samples[group]
          tasks.append(
            try solveTask(measured, group: group, rows: range, problem: problem, samples: own))
        }
      }
    }
    let results = try perform(tasks)
    var drafts = layers.map { LayerAssembly($0) }
    for (index, block) in blocks.enumerated() {
      let result = results[index]
      let solution = try taking([tasks[index]]) { () throws(PipelineError) in
        try judged(result, layers[block.layer], group: block.group, rows: block.rows)
      }
      drafts[block.layer].place(solution, group: block.group, rows: block.rows, result: result)
    }
    return drafts.map(\.outcome)
  }

  /// The solution in a result, which the judge has recomputed.
  private func judged(
    _ result: TaskResult, _ measured: MeasuredLayer, group: Int, rows: Range<Int>
  ) throws(PipelineError) -> Solution {
    let job = measured.job
    let solution = try decode(result, at: 0) { (bytes) throws(WireError) in
      try TensorBundle(decoding: bytes).solution()
    }
    let set = weightSet(of: job)
    let objection =
      job.isSampled
      ? Judge().objection(to: solution, of: measured.columns[group], rows: rows, set: set)
      : Judge().objection(
        to: solution, of: measured.statistics[group].rows(rows), set: set,
        granularity: job.granularity)
    if let objection {
      throw .wrongResult(
        what: "layer '\(job.layer.name)' rows \(rows): \(objection)", worker: result.worker)
    }
    return solution
  }

  /// The float weights and biases of a layer, `[outputs, inputs]` and `[outputs]`.
  private func weights(
    of job: LayerJob
  ) throws(PipelineError) -> (rows: [Float], biases: [Float]) {
    guard let layer = target.layers.first(where: { $0.name == job.layer.name }) else {
      throw .planning(.unknownLayer(job.layer.name))
    }
    return (target.weightRows(of: layer).values, target.biasValues(of: layer))
  }

  /// What the rows of a group share.
  private func problemBytes(
    _ measured: MeasuredLayer, group: Int, _ weights: (rows: [Float], biases: [Float])
  ) -> [UInt8] {
    var bundle = TensorBundle()
    if measured.job.isSampled {
      bundle.append(inputsOf: measured.columns[group])
    } else {
      let layer = measured.job.layer
      let rows = group * layer.rowsPerGroup..<(group + 1) * layer.rowsPerGroup
      let entries = rows.lowerBound * layer.inputs..<rows.upperBound * layer.inputs
      bundle.append(
        problem: measured.statistics[group], weights: Array(weights.rows[entries]),
        biases: Array(weights.biases[rows]))
    }
    return bundle.encoded()
  }

  /// What some rows of a layer that is solved from samples have of their own.
  private func rowBytes(
    _ measured: MeasuredLayer, group: Int, _ rows: Range<Int>,
    _ weights: (rows: [Float], biases: [Float])
  ) -> [UInt8] {
    let layer = measured.job.layer
    let first = group * layer.rowsPerGroup + rows.lowerBound
    var bundle = TensorBundle()
    bundle.append(
      targets: measured.columns[group].targets(rows),
      weights: Array(weights.rows[first * layer.inputs..<(first + rows.count) * layer.inputs]),
      rows: rows.count)
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
    return try TaskDefinition(
      .solve(parameters), inputs: [problem] + [samples].compactMap(\.self),
      needs: job.solveNeeds(rows: rows.count, columns: measured.columns.first?.columns),
      label: "\(job.layer.name) rows \(rows.lowerBound)–\(rows.upperBound - 1)",
      stage: job.stage("solve"), layer: job.journalLayer)
  }
}

extension LayerJob {
  /// What some rows take.
  ///
  /// - Parameter columns: of a layer that is solved from samples.
  fileprivate func solveNeeds(rows: Int, columns: Int?) -> TaskNeeds {
    let inputs = Double(layer.inputs)
    let iterates = settings.method == .tsq || settings.method == .admm
    let bytes = size.bytes(rows: rows, columns: columns, iterates: iterates)
    if let columns {
      let products = inputs * Double(columns)
      return TaskNeeds(
        cost: products * (200 * Double(rows) + 2 * Double(columns)) / 2e10,
        memoryBytes: bytes, label: layer.name,
        // The products of all samples come from one call.
        longestStep: .seconds(2 * products * Double(columns) / 5e8))
    }
    return TaskNeeds(
      cost: inputs * inputs * (300 * Double(rows) + 10 * inputs) / 2e10,
      memoryBytes: bytes, label: layer.name,
      // The eigenvectors come from one call, which takes some 10 n³ operations.
      longestStep: .seconds(10 * inputs * inputs * inputs / 5e8))
  }
}
