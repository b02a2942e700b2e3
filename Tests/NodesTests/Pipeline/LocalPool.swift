import Nodes
import Tensors
import TestSupport

/// Runs tasks in the test's process, on runners of its own.
final class LocalPool: TaskPool {
  /// How tasks meet runners, and in which order they run.
  enum Plan {
    /// One runner does everything in order.
    case single
    /// Runners take tasks in turn.
    case turns(Int)
    /// Runners take tasks at random, in a random order.
    case shuffled(Int, seed: UInt64)
    /// A new runner for each task: nothing is remembered.
    case cold
  }

  private(set) var blobs: [Digest: [UInt8]] = [:]
  /// What was run, by kind.
  private(set) var taskCounts: [String: Int] = [:]
  /// Changes the outputs of a task before they are stored.
  var tamper: (TaskDefinition, [[UInt8]]) -> [[UInt8]] = { $1 }
  private let plan: Plan
  private var runners: [LayerWork] = []
  private var random: SplitMix64
  private var turn = 0

  init(_ plan: Plan = .single) {
    self.plan = plan
    switch plan {
    case .single: runners = [LayerWork()]
    case .turns(let count), .shuffled(let count, _):
      runners = (0..<count).map { _ in LayerWork() }
    case .cold: break
    }
    if case .shuffled(_, let seed) = plan {
      random = SplitMix64(seed: seed)
    } else {
      random = SplitMix64(seed: 0)
    }
  }

  func put(_ bytes: [UInt8]) throws(NodeError) -> Digest {
    let digest = Digest(of: bytes)
    blobs[digest] = bytes
    return digest
  }

  func blob(_ digest: Digest) throws(NodeError) -> [UInt8] {
    guard let bytes = blobs[digest] else { preconditionFailure("no blob \(digest)") }
    return bytes
  }

  func putEphemeral(_ bytes: [UInt8]) -> Digest {
    let digest = Digest(of: bytes)
    blobs[digest] = bytes
    return digest
  }

  private(set) var checkpoints: [String: [UInt8]] = [:]

  func keepCheckpoint(_ bytes: [UInt8], _ name: String) throws(NodeError) {
    checkpoints[name] = bytes
  }

  func checkpoint(_ name: String) throws(NodeError) -> [UInt8]? { checkpoints[name] }

  func drop(_ digests: [Digest]) {
    for digest in digests { blobs[digest] = nil }
  }

  func run(
    _ tasks: [TaskDefinition], whenFinished: (Int, TaskResult) -> Void
  ) throws(NodeError) -> [TaskResult] {
    var results = [TaskResult?](repeating: nil, count: tasks.count)
    var order = Array(tasks.indices)
    if case .shuffled = plan { order.shuffle(using: &random) }
    for index in order {
      let result = try run(tasks[index])
      results[index] = result
      whenFinished(index, result)
    }
    return results.map { result in
      guard let result else { preconditionFailure("a task was not run") }
      return result
    }
  }

  private var runner: LayerWork {
    switch plan {
    case .single, .turns:
      turn += 1
      return runners[turn % runners.count]
    case .shuffled: return runners[random.integer(0...runners.count - 1)]
    case .cold: return LayerWork()
    }
  }

  /// The labels of tasks whose results were refused.
  private(set) var rejected: [String] = []

  func reject(_ tasks: [TaskDefinition], reason: String) throws(NodeError) {
    rejected += tasks.map(\.label)
  }

  /// Called before each task; what it throws ends the run.
  var before: (TaskDefinition) throws(NodeError) -> Void = { _ in }

  private func run(_ task: TaskDefinition) throws(NodeError) -> TaskResult {
    try before(task)
    taskCounts[task.kind, default: 0] += 1
    let inputs = try task.inputs.map { (digest) throws(NodeError) in
      Blob(digest: digest, bytes: try blob(digest))
    }
    let outputs: [[UInt8]]
    do throws(TaskFailure) {
      outputs = try runner.run(
        kind: task.kind, parameters: task.parameters, inputs: inputs, progress: ProgressCounter())
    } catch {
      throw .noWorkers(reason: "\(task.label): \(error)")
    }
    let digests = try tamper(task, outputs).map { (bytes) throws(NodeError) in try put(bytes) }
    return TaskResult(
      outputs: digests, seconds: 0, worker: "here", attempt: 1, reused: false)
  }
}
