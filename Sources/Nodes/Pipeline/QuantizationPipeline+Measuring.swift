internal import Coordination
internal import Network
internal import Planning
internal import Quantization
internal import Tensors
internal import Wire

/// One layer with the statistics of all shards, or with columns that stand for them.
struct MeasuredLayer {
  let job: LayerJob
  /// One per group; none of a layer that is solved from samples.
  var statistics: [LayerStatistics]
  /// One per group of a layer that is solved from samples.
  var columns: [RegressionColumns]
  /// Per range of groups (`GroupBlobs`), the samples of each shard; empty when none were asked for.
  var samples: [[Digest]]
  /// The tasks that measured it, one per shard.
  let tasks: [TaskDefinition]
  var seconds: Double
  var workers: Set<String>

  /// The same numbers for another choice of weights.
  func tried(as job: LayerJob) -> MeasuredLayer {
    MeasuredLayer(
      job: job, statistics: statistics, columns: columns, samples: samples, tasks: tasks,
      seconds: seconds, workers: workers)
  }
}

extension QuantizationPipeline {
  /// Collects the statistics of some layers over all shards and adds them in shard order.
  func measure(
    _ jobs: [LayerJob], networks: [Digest], solutions: [Digest]
  ) throws(PipelineError) -> [MeasuredLayer] {
    var tasks: [TaskDefinition] = []
    var places: [(job: Int, shards: Range<Int>)] = []
    for (number, job) in jobs.enumerated() {
      for first in stride(from: 0, to: calibration.count, by: job.shardsPerTask) {
        let shards = first..<min(first + job.shardsPerTask, calibration.count)
        tasks.append(
          try statisticsTask(job, shards, networks: networks, solutions: solutions))
        places.append((number, shards))
      }
    }
    let results = try performGroupsInTurn(tasks, firstShards: places.map(\.shards.lowerBound))
    return try jobs.enumerated().map { (number, job) throws(PipelineError) in
      let own = places.indices.filter { places[$0].job == number }
      // Of shards that do not fit each other either may be wrong, so all are forgotten.
      return try taking(own.map { tasks[$0] }) { () throws(PipelineError) in
        try reduce(
          job, own.map { results[$0] }, of: own.map { tasks[$0] },
          shardCounts: own.map { places[$0].shards.count })
      }
    }
  }

  private func statisticsTask(
    _ job: LayerJob, _ shards: Range<Int>, networks: [Digest], solutions: [Digest]
  ) throws(PipelineError) -> TaskDefinition {
    let last = shards.count > 1 ? "–\(shards.upperBound)" : ""
    return try TaskDefinition(
      .statistics(
        StatisticsParameters(
          layer: job.layer.name, sampleColumns: job.sampleColumns(shards: calibration.count),
          shardCount: shards.count, samplesOnly: job.isSampled)),
      inputs: networks + calibration[shards] + solutions,
      needs: needs(passes: 2, affinity: affinity(shards.lowerBound)),
      label: "\(job.layer.name) statistics \(shards.lowerBound + 1)\(last)/\(calibration.count)",
      stage: job.stage("statistics"), layer: job.journalLayer)
  }

  /// Runs tasks so that groups of shards take turns: every worker begins with a group of its own.
  private func performGroupsInTurn(
    _ tasks: [TaskDefinition], firstShards: [Int]
  ) throws(PipelineError) -> [TaskResult] {
    let size = recipe.shardsPerGroup
    let order = tasks.indices.sorted {
      (firstShards[$0] % size, $0) < (firstShards[$1] % size, $1)
    }
    let found = try perform(order.map { tasks[$0] })
    var results = found
    for (place, index) in order.enumerated() { results[index] = found[place] }
    return results
  }

  private func reduce(
    _ job: LayerJob, _ results: [TaskResult], of tasks: [TaskDefinition], shardCounts: [Int]
  ) throws(PipelineError) -> MeasuredLayer {
    let ranges = GroupBlobs.ranges(groups: job.layer.groups)
    var measured = MeasuredLayer(
      job: job, statistics: [], columns: [],
      samples: job.output == nil ? [] : [[Digest]](repeating: [], count: ranges.count),
      tasks: tasks, seconds: 0, workers: [])
    if job.isSampled {
      try collectColumns(of: &measured, results, shardCounts: shardCounts)
      return measured
    }
    for (result, shardCount) in zip(results, shardCounts) {
      measured.seconds += result.seconds
      measured.workers.insert(result.worker)
      try require(ranges.count * (job.output == nil ? 1 : 1 + shardCount), of: result, job)
      for (index, range) in ranges.enumerated() {
        let parts = try decode(result, at: index) { (bytes) throws(WireError) in
          let bundle = try TensorBundle(decoding: bytes)
          return try range.map { (group) throws(WireError) in try bundle.statistics(group: group) }
        }
        for (group, part) in zip(range, parts) { try add(part, group, to: &measured, result) }
        guard job.output != nil else { continue }
        for shard in 1...shardCount {
          measured.samples[index].append(result.outputs[shard * ranges.count + index])
        }
      }
    }
    return measured
  }

  private func require(
    _ count: Int, of result: TaskResult, _ job: LayerJob
  ) throws(PipelineError) {
    guard result.outputs.count == count else {
      throw .wrongResult(
        what: "layer '\(job.layer.name)': \(result.outputs.count) outputs, not \(count)",
        worker: result.worker)
    }
  }

  /// Puts the columns of all shards side by side.
  private func collectColumns(
    of measured: inout MeasuredLayer, _ results: [TaskResult], shardCounts: [Int]
  ) throws(PipelineError) {
    let job = measured.job
    let ranges = GroupBlobs.ranges(groups: job.layer.groups)
    var parts = [[RegressionColumns]](repeating: [], count: job.layer.groups)
    for (result, shardCount) in zip(results, shardCounts) {
      measured.seconds += result.seconds
      measured.workers.insert(result.worker)
      try require(ranges.count * shardCount, of: result, job)
      for place in 0..<ranges.count * shardCount {
        let range = ranges[place % ranges.count]
        let found = try decode(result, at: place) { (bytes) throws(WireError) in
          let bundle = try TensorBundle(decoding: bytes)
          return try range.map { (group) throws(WireError) in try bundle.columns(group: group) }
        }
        for (group, part) in zip(range, found) {
          guard part.inputs == job.layer.inputs, part.outputs == job.layer.rowsPerGroup else {
            throw .wrongResult(
              what: "layer '\(job.layer.name)': columns of another layer", worker: result.worker)
          }
          parts[group].append(part)
        }
      }
    }
    for group in parts {
      guard let joined = RegressionColumns(joining: group) else {
        throw .wrongResult(
          what: "layer '\(job.layer.name)': columns of several kinds",
          worker: measured.workers.sorted().joined(separator: " or "))
      }
      measured.columns.append(joined)
    }
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
