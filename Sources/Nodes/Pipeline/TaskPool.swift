package import Tensors

/// Where a pipeline's tasks are computed and its blobs are kept: a coordinator with its workers, or
/// the calling thread in a test.
package protocol TaskPool: AnyObject {
  /// Stores a blob for tasks to use.
  func put(_ bytes: [UInt8]) throws(NodeError) -> Digest
  /// The bytes of a blob.
  func blob(_ digest: Digest) throws(NodeError) -> [UInt8]
  /// Keeps a blob for tasks to use until it is dropped; it need not last longer than the pool.
  func putEphemeral(_ bytes: [UInt8]) -> Digest
  /// Forgets blobs that were put so, and results of ephemeral tasks.
  func drop(_ digests: [Digest])
  /// Keeps a checkpoint durably under a name, in the place of the one before.
  func keepCheckpoint(_ bytes: [UInt8], _ name: String) throws(NodeError)
  /// The checkpoint under a name; nil when there is none.
  func checkpoint(_ name: String) throws(NodeError) -> [UInt8]?
  /// Runs tasks and waits for all of them; results come in the order of `tasks`.
  ///
  /// - Parameter whenFinished: told the number of a task and its result as soon as it is there, in
  ///   any order; of tasks that are the same only one.
  func run(
    _ tasks: [TaskDefinition], whenFinished: (Int, TaskResult) -> Void
  ) throws(NodeError) -> [TaskResult]
  /// Forgets the results of tasks, which turned out to be wrong.
  func reject(_ tasks: [TaskDefinition], reason: String) throws(NodeError)
}

extension TaskPool {
  /// Runs tasks and waits for all of them; results come in the order of `tasks`.
  package func run(_ tasks: [TaskDefinition]) throws(NodeError) -> [TaskResult] {
    try run(tasks) { _, _ in }
  }
}

extension Coordinator: TaskPool {}
