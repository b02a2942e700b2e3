import Foundation
import Nodes
import Reporting
import Tensors

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
            "clockOffset": .number(row.clockOffset),
            "bytesPerSecond": .number(row.bytesPerSecond),
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
