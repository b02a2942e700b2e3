import Nodes
import Reporting

/// Measures a fine-tune while it runs.
final class FineTuneMeter {
  /// Where it stood at a moment.
  private struct Mark {
    var seconds: Double
    var step: Int
    var sentBytes: Int
    var receivedBytes: Int
  }

  private var first: Mark?
  private var last: Mark?
  private var workers = 0

  /// - Parameters:
  ///   - step: steps taken.
  ///   - seconds: of the run.
  func note(
    _ progress: FineTuningProgress, step: Int, at seconds: Double, _ snapshot: CoordinatorSnapshot
  ) {
    let mark = Mark(
      seconds: seconds, step: step, sentBytes: snapshot.sentBytes,
      receivedBytes: snapshot.receivedBytes)
    first = first ?? mark
    last = mark
    workers = max(workers, snapshot.workers.count)
  }

  /// What the progress line says of it.
  func remarks(_ progress: FineTuningProgress) -> [String] {
    var parts = ["epoch \(progress.epoch)/\(progress.epochs)"]
    if let loss = progress.loss { parts.append("loss " + significant(loss)) }
    if let first, let last, last.step > first.step, last.seconds > first.seconds {
      let images = Double((last.step - first.step) * progress.batchSize)
      parts.append("\(Int(images / (last.seconds - first.seconds))) images/s")
    }
    parts.append("rate " + significant(progress.rate))
    if let share = progress.changedShare { parts.append("codes changed " + percent(share)) }
    return parts
  }

  func record(_ outcome: FineTuningOutcome, epochs: Int) -> FineTuneRecord {
    FineTuneRecord(
      epochs: epochs, steps: outcome.steps, resumedSteps: outcome.resumedSteps,
      batch: outcome.batchSize, loss: outcome.loss, changedCodes: outcome.changedShare,
      seconds: (last?.seconds ?? 0) - (first?.seconds ?? 0),
      computeSeconds: outcome.computeSeconds, workers: workers,
      sentBytes: (last?.sentBytes ?? 0) - (first?.sentBytes ?? 0),
      receivedBytes: (last?.receivedBytes ?? 0) - (first?.receivedBytes ?? 0))
  }
}
