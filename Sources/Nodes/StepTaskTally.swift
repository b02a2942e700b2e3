/// Finished tasks of steps: of so many each would be a line that nobody reads.
struct StepTaskTally {
  /// Tasks that are told of at once.
  static let limit = 1_000

  private(set) var count = 0
  /// Of computing, summed over them.
  private(set) var seconds = 0.0

  mutating func note(_ seconds: Double) {
    count += 1
    self.seconds += seconds
  }
}

extension CoordinatorReactor {
  /// Tells of the tasks of steps since the last time.
  func tellStepTasks() {
    guard stepTasks.count > 0 else { return }
    tell(.stepTasksFinished(count: stepTasks.count, seconds: stepTasks.seconds))
    stepTasks = StepTaskTally()
  }
}
