internal import Coordination
internal import Tensors

/// The tasks of one call of `run`: which are still awaited, and what came of the others.
struct TaskBatch {
  private let tasks: [TaskDefinition]
  private let keys: [Digest]
  private var finished: [Digest: TaskResult] = [:]
  private var awaited: [TaskID: Digest] = [:]
  private var givenUp: [Digest: String] = [:]

  init(_ tasks: [TaskDefinition], identity: ProgramIdentity) {
    self.tasks = tasks
    keys = tasks.map {
      $0.key(solverVersion: identity.solverVersion, kernel: identity.kernel)
    }
  }

  /// Every key once, with the index of the first task that has it.
  func distinctKeys() -> [(index: Int, key: Digest)] {
    var seen: Set<Digest> = []
    return keys.enumerated().filter { seen.insert($0.element).inserted }
      .map { ($0.offset, $0.element) }
  }

  mutating func await(_ task: TaskID, _ key: Digest) { awaited[task] = key }

  mutating func finish(_ key: Digest, _ result: TaskResult) { finished[key] = result }

  /// Replies for tasks of an earlier, interrupted call are none of this batch's business.
  ///
  /// - Returns: the number of the task, if it is one of these.
  mutating func finish(_ task: TaskID, _ result: TaskResult) -> Int? {
    guard let key = awaited.removeValue(forKey: task) else { return nil }
    finished[key] = result
    return keys.firstIndex(of: key)
  }

  mutating func giveUp(_ task: TaskID, _ reason: String) {
    if let key = awaited.removeValue(forKey: task) { givenUp[key] = reason }
  }

  var isComplete: Bool { awaited.isEmpty }

  var openCount: Int { awaited.count }

  var failures: [FailedTask] {
    distinctKeys().compactMap { index, key in
      givenUp[key].map { FailedTask(label: tasks[index].label, reason: $0) }
    }
  }

  /// - Precondition: complete and without failures.
  var results: [TaskResult] {
    keys.map { key in
      guard let result = finished[key] else { preconditionFailure("a task has no result") }
      return result
    }
  }
}
