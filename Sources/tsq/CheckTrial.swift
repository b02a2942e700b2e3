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

/// What `tsq check` found.
struct CheckOutcome {
  struct Row {
    let place: WorkerPlace
    let probe: Probe
    /// The worker's clock less this one's, in seconds; as exact as an answer is fast.
    let clockOffset: Double
    let bytesPerSecond: Double
  }

  let rows: [Row]
  let refusals: [String]
  let strangers: [String]
  let troubles: [String]
  let failure: NodeError?

  /// What the program is to end with; nil when all is well.
  var status: ExitStatus? {
    if let failure { return CommandFailure(failure).status }
    if !refusals.isEmpty { return .otherVersion }
    if !strangers.isEmpty { return .keysRefused }
    return troubles.isEmpty ? nil : .unfinished
  }

  var lines: [String] {
    var lines: [String] = []
    if !rows.isEmpty {
      let head = ["worker", "host", "cores", "memory", "available", "tmp free", "clock", "fetches"]
      lines += table(
        [head]
          + rows.map { row in
            [
              row.place.name, row.place.host, "\(row.place.cores)", size(row.place.memoryBytes),
              size(row.probe.availableMemoryBytes), size(row.probe.freeTemporaryBytes),
              (row.clockOffset >= 0 ? "+" : "") + decimals(row.clockOffset, 2) + " s",
              decimals(row.bytesPerSecond / 1e6, 0) + " MB/s",
            ]
          })
      for row in rows where abs(row.clockOffset) > 2 {
        lines.append(
          "note: the clock of \(row.place.name) is off by \(decimals(row.clockOffset, 1)) s; no "
            + "result depends on clocks, but the lines of its log do")
      }
    }
    lines += refusals.map { "REFUSED: \($0)" } + strangers.map { "REFUSED: \($0)" }
    lines += troubles.map { "TROUBLE: \($0)" }
    if let failure { lines.append("FAILED: \(failure)") }
    let verdict = status == nil ? "all is well" : "not ready"
    lines.append("\(rows.count) worker\(rows.count == 1 ? "" : "s") tried: \(verdict)")
    return lines
  }

  var json: String {
    JSONText.members([
      "ready": .boolean(status == nil),
      "workers": .list(
        rows.map { row in
          .members([
            "name": .text(row.place.name), "host": .text(row.place.host),
            "cores": .integer(row.place.cores), "memory": .integer(row.place.memoryBytes),
            "available": .integer(row.probe.availableMemoryBytes),
            "temporary": .integer(row.probe.freeTemporaryBytes),
            "clock_offset": .number(row.clockOffset),
            "bytes_per_second": .number(row.bytesPerSecond),
          ])
        }),
      "refused": .list((refusals + strangers).map { .text($0) }),
      "troubles": .list((troubles + (failure.map { ["\($0)"] } ?? [])).map { .text($0) }),
    ]).compact
  }

  private func size(_ bytes: Int) -> String {
    decimals(Double(bytes) / Double(1 << 30), 1) + " GiB"
  }
}
