extension RunStatus {
  /// Characters that are kept of each text.
  private static let textLimit = 400

  /// This status as a JSON object of no more than so many bytes: long texts are cut, and workers
  /// left out, those that come last first.
  ///
  /// - Precondition: `byteLimit` has room for everything but the workers, some 50 kB.
  package func json(byteLimit: Int) -> String {
    let whole = json
    if whole.utf8.count <= byteLimit { return whole }
    var status = self
    status.cutTexts()
    while true {
      let text = status.json
      if text.utf8.count <= byteLimit { return text }
      precondition(!status.workers.isEmpty, "a status without workers has \(text.utf8.count) bytes")
      // Half of what is too much at a time comes close from above.
      let share = Double(byteLimit) / Double(text.utf8.count)
      let kept = Int(Double(status.workers.count) * min(share, 0.95))
      status.workersLeftOut = (status.workersLeftOut ?? 0) + status.workers.count - kept
      status.workers.removeLast(status.workers.count - kept)
    }
  }

  /// Whether every count and time is one that a run can have: it may come from anybody.
  var isPossible: Bool {
    let counts =
      [
        process, layersDone, layersTotal, workersLeftOut ?? 0, sentBytes, receivedBytes,
        tasks.waiting, tasks.running, tasks.finished, tasks.reused, tasks.givenUp,
      ] + waits.map(\.count)
      + workers.flatMap { [$0.cores, $0.memoryBytes, $0.residentBytes, $0.attempt, $0.finished] }
    let seconds =
      [startedAt, updatedAt, age ?? 0, secondsLeft ?? 0]
      + workers.flatMap { [$0.busySeconds, $0.silentSeconds] }
    return counts.allSatisfy { (0...1 << 60).contains($0) }
      && seconds.allSatisfy { abs($0) <= 1e12 }
  }

  private mutating func cutTexts() {
    func cut(_ text: inout String) {
      if text.unicodeScalars.count > Self.textLimit {
        text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.textLimit))) + "…"
      }
    }
    func cut(_ text: inout String?) {
      if var some = text {
        cut(&some)
        text = some
      }
    }
    cut(&message)
    cut(&host)
    cut(&stage)
    cut(&waiting)
    waits = Array(waits.prefix(16))
    troubles = troubles.suffix(16)
    for index in waits.indices {
      cut(&waits[index].reason)
      cut(&waits[index].example)
    }
    for index in troubles.indices { cut(&troubles[index]) }
    for index in workers.indices {
      cut(&workers[index].name)
      cut(&workers[index].host)
      cut(&workers[index].task)
      cut(&workers[index].idleReason)
    }
  }
}
