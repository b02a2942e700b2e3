import Glibc
import Nodes
import Reporting
import RunStore

/// Shows a run on standard error and keeps what happened in the run folder.
///
/// Used on the pipeline's thread only, where the coordinator tells its events.
final class RunProgress {
  weak var coordinator: Coordinator?
  private let folder: RunFolder
  private let started: ContinuousClock.Instant
  private var line: ProgressLine
  private var current = PipelineProgress(stage: "starting", done: 0, total: 0, detail: "")
  private(set) var workers: Set<String> = []
  private var waiting: String?
  /// Of the layers so far.
  private var errors: [Double] = []
  private var watched: WatchedRun
  /// By the stage's name.
  private let meters = Dictionary(
    uniqueKeysWithValues: LearningStage.allCases.map { ($0.rawValue, FineTuneMeter()) })
  private var reusedTasks = 0

  /// - Parameter started: when the program began.
  init(folder: RunFolder, started: ContinuousClock.Instant) {
    self.folder = folder
    self.started = started
    watched = WatchedRun(folder: folder)
    line = ProgressLine(
      isTerminal: StandardStreams.errorIsTerminal, write: { StandardStreams.error($0) })
  }

  /// Seconds since the program began.
  var seconds: Double {
    let elapsed = (ContinuousClock.now - started).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
  }

  func stage(_ name: String) {
    update(PipelineProgress(stage: name, done: 0, total: 0, detail: ""))
  }

  func update(_ progress: PipelineProgress) {
    current = progress
    if let error = progress.error { errors.append(error) }
    if let tuning = progress.fineTuning {
      meters[progress.stage]?.note(
        tuning, step: progress.done, at: seconds, coordinator?.snapshot ?? CoordinatorSnapshot())
    }
    for metric in progress.metrics { record(metric) }
    show()
  }

  /// Shows how time passes and tasks end, also while nothing is told.
  func tick() { show() }

  /// A line of its own.
  func note(_ message: String) { line.note(message) }

  /// Something that the coordinator tells.
  func note(_ event: CoordinatorEvent) {
    watched.note(event)
    switch event.kind {
    case .workerJoined(let worker, _):
      workers.insert(worker)
      record(event)
    case .taskAssigned(_, _, let attempt):
      waiting = nil
      if attempt > 1 { record(event) }
    case .taskCopied: record(event)
    case .taskFinished, .stepTasksFinished: waiting = nil
    case .taskReused:
      reusedTasks += 1
    case .waiting(let reason):
      waiting = reason
    case .listening, .workerLeft:
      record(event)
    case .unprotected, .strangerRefused, .draining, .workerLost, .workerRejected,
      .workerRestarted, .taskFailed, .taskGivenUp, .determinismAlarm:
      line.note("\(event)")
      record(event)
    }
    show()
  }

  /// Ends the progress line and journals how much of the run was computed now.
  func finish() {
    line.finish()
    let finished = coordinator?.snapshot.finishedTaskCount ?? 0
    record("run", "\(finished) tasks computed, \(reusedTasks) taken from the journal")
  }

  /// Writes to the run folder how the run ended.
  ///
  /// - Parameter failure: what it ended with instead of a result.
  func conclude(_ failure: CommandFailure? = nil) {
    let text = watched.end(failure, coordinator?.snapshot)
    coordinator?.tellStatus(text)
  }

  private func show() {
    let snapshot = coordinator?.snapshot ?? CoordinatorSnapshot()
    let batch = coordinator?.batch ?? BatchProgress()
    let isLayers = current.total > 0
    let progress =
      ProgressSnapshot(
        stage: current.detail.isEmpty ? current.stage : current.stage + " " + current.detail,
        layersDone: isLayers ? current.done : 0, layersTotal: isLayers ? current.total : 0,
        // Those of the last stage say nothing about the next.
        // Those of a step of a fine-tune come and go too fast to be read.
        tasksDone: batch.done,
        tasksTotal: batch.done < batch.total && current.fineTuning == nil ? batch.total : 0,
        tasksRunning: snapshot.workers.values.count { $0 != nil },
        workers: snapshot.workers.count,
        error: errors.isEmpty || current.fineTuning != nil
          ? nil : errors.reduce(0, +) / Double(errors.count),
        workDone: Double(isLayers ? current.done : 0),
        workTotal: Double(isLayers ? current.total : 0), waiting: waiting,
        unit: current.fineTuning == nil ? "layer" : "step",
        remarks: current.fineTuning.flatMap { meters[current.stage]?.remarks($0) } ?? [])
    line.update(progress, at: seconds)
    let text = watched.update(
      progress, snapshot, reused: reusedTasks, secondsLeft: line.secondsLeft, at: seconds)
    if let text { coordinator?.tellStatus(text) }
  }

  /// What a stage of learning came to and cost; nil where there was none.
  func record(
    _ outcome: FineTuningOutcome?, _ stage: LearningStage, epochs: Int
  ) -> FineTuneRecord? {
    outcome.flatMap { meters[stage.rawValue]?.record($0, epochs: epochs) }
  }

  private func record(_ metric: PipelineMetric) {
    do throws(RunStoreError) {
      try folder.recordMetric(
        MetricRecord(
          stage: metric.stage, name: metric.name, step: metric.step, value: metric.value))
    } catch {
      line.note("\(error)")
    }
  }

  private func record(_ event: CoordinatorEvent) { record("coordinator", "\(event)") }

  private func record(_ kind: String, _ text: String) {
    do throws(RunStoreError) {
      try folder.recordEvent(kind: kind, text: text)
    } catch {
      // The event is told anyway; what cannot be journaled does not stop the run here.
      line.note("\(error)")
    }
  }
}
