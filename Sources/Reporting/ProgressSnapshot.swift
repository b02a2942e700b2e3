/// Where a run stands, for the terminal.
package struct ProgressSnapshot: Sendable, Equatable {
  package var stage: String
  package var layersDone: Int
  package var layersTotal: Int
  package var tasksDone: Int
  package var tasksTotal: Int
  package var tasksRunning: Int
  package var workers: Int
  /// Mean error of the layers done so far, or nil.
  package var error: Double?
  /// Work done and in all, in any one unit; the remaining time is estimated from these.
  package var workDone: Double
  package var workTotal: Double
  /// Why nothing moves, where nothing does.
  package var waiting: String?
  /// What is counted in `layersDone`.
  package var unit: String
  /// More to say of where the stage stands, for example its loss.
  package var remarks: [String]

  package init(
    stage: String, layersDone: Int = 0, layersTotal: Int = 0, tasksDone: Int = 0,
    tasksTotal: Int = 0, tasksRunning: Int = 0, workers: Int = 0, error: Double? = nil,
    workDone: Double = 0, workTotal: Double = 0, waiting: String? = nil, unit: String = "layer",
    remarks: [String] = []
  ) {
    self.stage = stage
    self.layersDone = layersDone
    self.layersTotal = layersTotal
    self.tasksDone = tasksDone
    self.tasksTotal = tasksTotal
    self.tasksRunning = tasksRunning
    self.workers = workers
    self.error = error
    self.workDone = workDone
    self.workTotal = workTotal
    self.waiting = waiting
    self.unit = unit
    self.remarks = remarks
  }
}
