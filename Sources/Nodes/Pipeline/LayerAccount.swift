internal import Quantization
package import RunStore
internal import Wire

/// What a run folder holds about the regression of one layer: the problem, and its solution as far
/// as it has been found.
package struct LayerAccount: Sendable, Equatable {
  package let layer: String
  /// Tasks that have measured the layer.
  package internal(set) var measurements = 0
  /// n, the weights of one row.
  package internal(set) var inputs: Int?
  /// Columns of the regression: in all shards once a row is solved, before that in one shard.
  package internal(set) var samples: Int?
  /// Rows that are solved.
  package internal(set) var rows = 0
  /// Squared error after each stage of the solver, summed over the solved rows.
  package internal(set) var stages: [Stage] = []
  /// The target's variance in the solved rows, summed as the squared errors are.
  package internal(set) var energy = 0.0
  /// The most sweeps of coordinate descent that a row took.
  package internal(set) var sweeps = 0
  /// Rows that the non-linear stage was tried on.
  package internal(set) var refinable = 0
  /// Rows that it improved.
  package internal(set) var refined = 0

  /// The squared error after one stage.
  package struct Stage: Sendable, Equatable {
    package let name: String
    package internal(set) var residual: Double
  }

  init(layer: String) { self.layer = layer }

  /// Adds the solution of some rows.
  mutating func add(_ solution: Solution) {
    inputs = solution.inputs
    samples = solution.report.sampleCount
    rows += solution.rows
    energy += solution.report.energy
    sweeps = max(sweeps, solution.report.sweeps)
    for row in solution.report.rows {
      guard let nonlinear = row.nonlinear else { continue }
      refinable += 1
      if nonlinear.accepted { refined += 1 }
    }
    for stage in solution.report.stages {
      if let index = stages.firstIndex(where: { $0.name == stage.stage }) {
        stages[index].residual += stage.residual
      } else {
        stages.append(Stage(name: stage.stage, residual: stage.residual))
      }
    }
  }
}

extension LayerAccount {
  /// The layers that a run has begun to measure, in the order in which it did; also of a run that
  /// is not finished, or that another process is working on.
  ///
  /// - Throws: `PipelineError` where the folder cannot be read, or holds results of another kind.
  package static func all(in folder: RunFolder) throws(PipelineError) -> [LayerAccount] {
    let tasks = try reading { () throws(RunStoreError) in try folder.finishedTasks() }
    var accounts: [LayerAccount] = []
    var positions: [String: Int] = [:]
    for task in tasks {
      guard let layer = task.layer, ["statistics", "solve"].contains(task.kind) else { continue }
      let position = positions[layer] ?? accounts.count
      if position == accounts.count {
        positions[layer] = position
        accounts.append(LayerAccount(layer: layer))
      }
      if task.kind == "statistics" {
        accounts[position].measurements += 1
      } else if let bundle = try bundle(task, in: folder) {
        accounts[position].add(try decoding { () throws(WireError) in try bundle.solution() })
      }
    }
    // A solution says how large its problem was; only of a layer without one are the sums read.
    for index in accounts.indices where accounts[index].inputs == nil {
      let task = tasks.first { $0.kind == "statistics" && $0.layer == accounts[index].layer }
      guard let task, let bundle = try bundle(task, in: folder) else { continue }
      try decoding { () throws(WireError) in
        if bundle.contains("group 0 gram") {
          let found = try bundle.statistics(group: 0)
          accounts[index].inputs = found.inputs
          accounts[index].samples = found.sampleCount
        } else {
          let found = try bundle.columns(group: 0)
          accounts[index].inputs = found.inputs
          accounts[index].samples = found.columns
        }
      }
    }
    return accounts
  }

  /// The first output of a task; nil where it is lost, so that the task would be done again.
  private static func bundle(
    _ task: TaskRecord, in folder: RunFolder
  ) throws(PipelineError) -> TensorBundle? {
    guard let output = task.outputs.first,
      let bytes = try reading({ () throws(RunStoreError) in try folder.blob(output) })
    else { return nil }
    return try decoding { () throws(WireError) in try TensorBundle(decoding: bytes) }
  }

  private static func reading<Value>(
    _ read: () throws(RunStoreError) -> Value
  ) throws(PipelineError) -> Value {
    do throws(RunStoreError) { return try read() } catch { throw .node(.store(error)) }
  }

  private static func decoding<Value>(
    _ read: () throws(WireError) -> Value
  ) throws(PipelineError) -> Value {
    do throws(WireError) { return try read() } catch { throw .result(error) }
  }
}
