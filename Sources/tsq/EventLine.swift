import Nodes
import Reporting

extension CoordinatorEvent {
  /// Whether somebody who looks at the run should see it.
  var isTrouble: Bool {
    switch kind {
    case .strangerRefused, .workerLost, .workerRejected, .taskFailed, .taskGivenUp,
      .determinismAlarm:
      true
    default: false
    }
  }

  /// The event as a line of `events.jsonl`: a constant name, and fields.
  ///
  /// - Parameter seconds: since 1970.
  func line(at seconds: Double) -> String {
    let (name, fields) = content
    let length = after.components
    let elapsed = Double(length.seconds) + Double(length.attoseconds) * 1e-18
    let head: [(String, JSONText)] = [
      ("time", .number((seconds * 1_000).rounded() / 1_000)),
      ("after", .number((elapsed * 1_000).rounded() / 1_000)), ("event", .text(name)),
    ]
    return JSONText.members(head + fields).compact
  }

  private var content: (String, [(String, JSONText)]) {
    switch kind {
    case .listening(let endpoint): ("listening", [("endpoint", .text("\(endpoint)"))])
    case .unprotected(let endpoint): ("unprotected", [("endpoint", .text("\(endpoint)"))])
    case .strangerRefused(let address): ("stranger refused", [("address", .text(address))])
    case .workerJoined(let worker, let host):
      ("worker joined", [("worker", .text(worker)), ("host", .text(host))])
    case .workerLost(let worker, let cause):
      ("worker lost", [("worker", .text(worker)), ("cause", .text("\(cause)"))])
    case .workerLeft(let worker): ("worker left", [("worker", .text(worker))])
    case .workerRejected(let worker, let reason):
      ("worker rejected", [("worker", .text(worker)), ("reason", .text(reason))])
    case .workerRestarted(let worker): ("worker restarted", [("worker", .text(worker))])
    case .taskAssigned(let task, let worker, let attempt):
      ("task assigned", Self.attempt(task, worker, attempt))
    case .taskCopied(let task, let worker, let holder):
      (
        "task copied",
        [("task", .text(task)), ("worker", .text(worker)), ("besides", .text(holder))]
      )
    case .taskFinished(let task, let worker, let attempt, let seconds):
      ("task finished", Self.attempt(task, worker, attempt) + [("seconds", .number(seconds))])
    case .stepTasksFinished(let count, let seconds):
      ("step tasks finished", [("count", .integer(count)), ("seconds", .number(seconds))])
    case .taskReused(let task): ("task reused", [("task", .text(task))])
    case .taskFailed(let task, let worker, let failure, let message):
      (
        "task failed",
        [
          ("task", .text(task)), ("worker", .text(worker)), ("class", .text("\(failure)")),
          ("message", .text(message)),
        ]
      )
    case .taskGivenUp(let task, let reason):
      ("task given up", [("task", .text(task)), ("reason", .text(reason))])
    case .determinismAlarm(let task, let workers):
      (
        "determinism alarm",
        [("task", .text(task)), ("workers", .list(workers.map { .text($0) }))]
      )
    case .draining(let running): ("draining", [("running", .integer(running))])
    case .waiting(let reason): ("waiting", [("reason", .text(reason))])
    }
  }

  private static func attempt(
    _ task: String, _ worker: String, _ attempt: Int
  ) -> [(String, JSONText)] {
    [("task", .text(task)), ("worker", .text(worker)), ("attempt", .integer(attempt))]
  }
}
