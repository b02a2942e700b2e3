/// The lines of `tsq status`.
package struct StatusText {
  private let status: RunStatus
  private let isAlive: Bool
  private let age: Double

  /// - Parameter isAlive: whether the coordinator's process is there.
  /// - Parameter age: seconds since the status was told.
  package init(status: RunStatus, isAlive: Bool, age: Double) {
    self.status = status
    self.isAlive = isAlive
    self.age = age
  }

  package var lines: [String] {
    var lines = [headline]
    if !status.stage.isEmpty { lines.append(progress) }
    let tasks = status.tasks
    lines.append(
      "tasks: \(tasks.waiting) waiting, \(tasks.running) running, \(tasks.finished) finished"
        + (tasks.reused > 0 ? ", \(tasks.reused) taken from the journal" : "")
        + (tasks.givenUp > 0 ? ", \(tasks.givenUp) GIVEN UP" : ""))
    if isAlive {
      if let waiting = status.waiting { lines.append("nothing moves: \(plain(waiting))") }
      for wait in status.waits {
        let others = wait.count > 1 ? " and \(wait.count - 1) more" : ""
        lines.append("waiting: '\(plain(wait.example))'\(others) for \(plain(wait.reason))")
      }
      lines += workerLines
    }
    if !status.troubles.isEmpty {
      lines += ["", "troubles, the latest last:"] + status.troubles.map { "  " + plain($0) }
    }
    return lines
  }

  private var headline: String {
    let place = status.host.isEmpty ? "" : " on \(plain(status.host)), process \(status.process)"
    let length = " after \(duration(status.updatedAt - status.startedAt))"
    switch status.state {
    case .running:
      // The coordinator's own computations keep it from writing for some seconds.
      let stale = age > 5 && status.updatedAt > 0 ? "; last told \(duration(age)) ago" : ""
      return "running\(place)\(stale)"
    case .finished: return "finished\(length)"
    case .interrupted: return "stopped\(length); continue with 'tsq quantize … --resume'"
    case .failed:
      return "ended unfinished\(length): \(plain(status.message ?? "for no known reason")); "
        + "continue with 'tsq quantize … --resume'"
    }
  }

  private var progress: String {
    var text = "stage: \(plain(status.stage))"
    if status.layersTotal > 0 { text += ", layer \(status.layersDone)/\(status.layersTotal)" }
    if status.state == .running {
      text += ", \(clock(status.updatedAt - status.startedAt)) elapsed"
      if let left = status.secondsLeft { text += ", about \(clock(left)) left" }
    }
    return text
  }

  private var workerLines: [String] {
    let hosts = Set(status.workers.map(\.host)).count
    let workers = status.workers.count + (status.workersLeftOut ?? 0)
    var lines = [
      "",
      "\(count(workers, "worker")) on \(count(hosts, "host")), "
        + "\(byteCount(status.sentBytes)) sent, \(byteCount(status.receivedBytes)) received",
    ]
    guard !status.workers.isEmpty else { return lines }
    var rows = [["worker", "host", "cores", "memory", "uses", "done", "at"]]
    for worker in status.workers {
      let attempt = worker.attempt > 1 ? ", attempt \(worker.attempt)" : ""
      var task = worker.task.map { "'\(plain($0))' for \(duration(worker.busySeconds))\(attempt)" }
      if task == nil, let reason = worker.idleReason { task = "nothing: \(plain(reason))" }
      if worker.silentSeconds > 3 {
        task = (task ?? "nothing") + ", silent for \(duration(worker.silentSeconds))"
      }
      rows.append([
        plain(worker.name), plain(worker.host), "\(worker.cores)", byteCount(worker.memoryBytes),
        byteCount(worker.residentBytes), "\(worker.finished)", task ?? "nothing",
      ])
    }
    lines += table(rows)
    if let count = status.workersLeftOut { lines.append("… and \(count) more") }
    return lines
  }

  private func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)" + (number == 1 ? "" : "s")
  }

}

/// A text as one line. Names come from other machines: no character of theirs moves the cursor or
/// turns the direction of what follows.
package func plain(_ text: String) -> String {
  String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: " "
        default: scalar
        }
      }))
}

/// Rows with their columns lined up, two spaces apart.
package func table(_ rows: [[String]]) -> [String] {
  var widths: [Int] = []
  for row in rows {
    for (index, cell) in row.enumerated() {
      if index == widths.count { widths.append(0) }
      widths[index] = max(widths[index], cell.count)
    }
  }
  return rows.map { row in
    row.enumerated().map { index, cell in
      index == row.count - 1
        ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
    }.joined(separator: "  ")
  }
}
