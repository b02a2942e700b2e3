import Foundation
import Nodes
import Reporting
import Tensors

/// The trial of `tsq check`: has every connected worker fetch a blob and answer a probe.
final class CheckTrial {
  private let transferBytes: Int
  /// When each task was given out and brought back: seconds since 1970.
  private var assignedAt: [String: Double] = [:]
  private var finishedAt: [String: Double] = [:]
  private var refusals: [String] = []
  private var strangers: [String] = []
  private var troubles: [String] = []

  init(transferBytes: Int) { self.transferBytes = transferBytes }

  func note(_ event: CoordinatorEvent) {
    let now = Date().timeIntervalSince1970
    switch event.kind {
    case .taskAssigned(let task, _, _): assignedAt[task] = now
    case .taskFinished(let task, _, _, _): finishedAt[task] = now
    case .workerRejected: refusals.append("\(event)")
    case .strangerRefused: strangers.append("\(event)")
    case .workerLost, .taskFailed, .taskGivenUp, .determinismAlarm: troubles.append("\(event)")
    case .listening, .unprotected: StandardStreams.error("tsq: \(event)\n")
    case .waiting(let reason): StandardStreams.error("tsq: waiting: \(reason)\n")
    case .workerJoined, .workerLeft, .workerRestarted, .taskReused, .taskCopied, .draining,
      .stepTasksFinished:
      break
    }
  }

  func run(on coordinator: Coordinator, atLeast minimum: Int) throws -> CheckOutcome {
    var asked: [TaskDefinition] = []
    var results: [TaskResult] = []
    var failure: NodeError?
    do throws(NodeError) {
      // The first round waits until enough workers are there; the second sees them all.
      let first = try coordinator.put([UInt8(1)])
      _ = try coordinator.run(tasks(minimum, round: 1, input: first))
      usleep(500_000)
      let count = max(minimum, coordinator.snapshot.workers.count)
      asked = tasks(count, round: 2, input: try coordinator.put(noise))
      results = try coordinator.run(asked)
    } catch { failure = error }
    let places = coordinator.snapshot.places
    let rows = try zip(asked, results).compactMap { task, result -> CheckOutcome.Row? in
      guard let place = places.first(where: { $0.name == result.worker }),
        let probe = try result.outputs.first.flatMap({ Probe(bytes: try coordinator.blob($0)) }),
        let begun = assignedAt[task.label], let ended = finishedAt[task.label]
      else { return nil }
      return CheckOutcome.Row(
        place: place, probe: probe, clockOffset: probe.clock - ended,
        bytesPerSecond: Double(transferBytes) / max(1e-6, ended - begun - result.seconds))
    }
    do { try coordinator.shutDown() } catch { failure = failure ?? error }
    return CheckOutcome(
      rows: rows, refusals: refusals, strangers: strangers, troubles: troubles, failure: failure)
  }

  /// Bytes that no cache has and nothing can compress.
  private var noise: [UInt8] {
    var words = SeededWords(seed: UInt64.random(in: 0 ... .max))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(transferBytes)
    while bytes.count < transferBytes {
      let word = words.next()
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(shift)))) }
    }
    return bytes
  }

  private func tasks(_ count: Int, round: Int, input: Digest) -> [TaskDefinition] {
    (1...count).map { Probe.task($0, round: round, input: input) }
  }
}
