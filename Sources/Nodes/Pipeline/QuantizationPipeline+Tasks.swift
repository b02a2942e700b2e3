internal import Coordination
internal import Planning
internal import Tensors
internal import Wire

extension TaskDefinition {
  /// A task of a known kind.
  init(
    _ parameters: TaskParameters, inputs: [Digest], needs: TaskNeeds, label: String,
    stage: String, layer: String?, isEphemeral: Bool = false
  ) throws(PipelineError) {
    let bytes: [UInt8]
    do throws(WireError) {
      bytes = try parameters.encoded()
    } catch {
      throw .result(error)
    }
    self.init(
      kind: parameters.kind, parameters: bytes, inputs: inputs, needs: needs, label: label,
      stage: stage, layer: layer, isEphemeral: isEphemeral)
  }
}

extension QuantizationPipeline {
  /// Stores a blob for tasks to use.
  func keep(_ bytes: [UInt8]) throws(PipelineError) -> Digest {
    do throws(NodeError) { return try pool.put(bytes) } catch { throw .node(error) }
  }

  /// The bytes of a blob.
  func fetch(_ digest: Digest) throws(PipelineError) -> [UInt8] {
    do throws(NodeError) { return try pool.blob(digest) } catch { throw .node(error) }
  }

  /// Runs tasks and waits for all of them.
  ///
  /// - Parameter whenFinished: told the number of a task and its result as soon as it is there.
  func perform(
    _ tasks: [TaskDefinition], whenFinished: (Int, TaskResult) -> Void = { _, _ in }
  ) throws(PipelineError) -> [TaskResult] {
    do throws(NodeError) {
      return try pool.run(tasks, whenFinished: whenFinished)
    } catch {
      throw .node(error)
    }
  }

  /// Reads what came of tasks; if that is refused they are forgotten, so that a resumed run does
  /// them again.
  func taking<Value>(
    _ tasks: [TaskDefinition], _ read: () throws(PipelineError) -> Value
  ) throws(PipelineError) -> Value {
    do throws(PipelineError) { return try read() } catch {
      switch error {
      case .result, .wrongResult:
        do throws(NodeError) { try pool.reject(tasks, reason: "\(error)") } catch {
          throw .node(error)
        }
      case .node, .planning, .network, .fineTuning: break
      }
      throw error
    }
  }

  /// Shards of one group go to one worker, which may have to measure them together.
  func affinity(_ shard: Int) -> Int { shard / recipe.shardsPerGroup }

  /// What a pass of a shard through the network takes.
  ///
  /// - Parameters:
  ///   - passes: forward passes over the whole network.
  ///   - affinity: of the shard's group where the worker that had it last can be faster.
  ///   - memoryBytes: what a worker needs.
  func needs(
    passes: Double, affinity: Int?, memoryBytes: Int = RunMemory.leastWorkerBytes
  ) -> TaskNeeds {
    let weights = Double(policies.reduce(0) { $0 + $1.layer.weightCount })
    return TaskNeeds(
      // A rough guess serves: only the order of tasks follows from it.
      cost: passes * weights * Double(recipe.shardSize) * 400 / 2e10,
      memoryBytes: memoryBytes, affinity: affinity.map { UInt64($0) }, label: "shard")
  }
}

/// Reads the counts of every site's histogram.
func decodeHistograms(_ bytes: [UInt8], count: Int) throws(WireError) -> [[Int64]] {
  let bundle = try TensorBundle(decoding: bytes)
  var result: [[Int64]] = []
  for index in 0..<count {
    result.append(
      try bundle.histogram("site \(index)", binCount: ValueHistogram.binCount))
  }
  return result
}

/// Reads the counts of an `evaluate` task.
func decodeAccuracy(_ bytes: [UInt8]) throws(WireError) -> Accuracy {
  let counts = try TensorBundle(decoding: bytes).int64("accuracy", shape: [3]).map { Int($0) }
  guard counts[1] >= 0, counts[1] <= counts[2], counts[2] <= counts[0], counts[0] < 1 << 40 else {
    throw WireError("accuracy", .malformed("counts of \(counts) do not fit each other"))
  }
  return Accuracy(images: counts[0], correct: counts[1], correctInRanks: counts[2])
}
