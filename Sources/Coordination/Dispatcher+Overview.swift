// What a person who looks at a run wants to know of the dispatcher.

extension Dispatcher {
  /// Where all tasks and workers are, and what waits for what.
  package struct Overview: Sendable, Equatable {
    package var waitingCount = 0
    package var leasedCount = 0
    /// What waits, by reason, the commonest first.
    package var waits: [Wait] = []
    /// Workers that are given nothing at the moment, with the reason.
    package var idle: [WorkerID: String] = [:]
  }

  /// Tasks that wait for the same thing.
  package struct Wait: Sendable, Hashable {
    package var reason: String
    package var count: Int
    /// The label of one of them.
    package var example: String
  }

  /// Waiting tasks beyond these are taken to wait for a free place.
  private static let overviewLimit = 1_000

  /// - Complexity: O(waiting · workers) for the first thousand waiting tasks.
  package var overview: Overview {
    var overview = Overview()
    overview.waitingCount = waiting.entries.count
    overview.leasedCount = openTaskCount - waiting.entries.count
    let takers = workers.filter { !$0.value.isDraining }
    var counts: [String: (count: Int, example: String)] = [:]
    for (index, entry) in waiting.entries.enumerated() {
      guard let task = tasks[entry.task] else { continue }
      let reason = index < Self.overviewLimit ? waitReason(of: task, takers) : Self.busyReason
      let label = task.needs.label.isEmpty ? "\(entry.task)" : task.needs.label
      counts[reason, default: (0, label)].count += 1
    }
    overview.waits = counts.map { Wait(reason: $0, count: $1.count, example: $1.example) }
      .sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
    for (id, worker) in workers { overview.idle[id] = idleReason(of: worker) }
    return overview
  }

  private static let busyReason = "a free place: every worker that could take it is busy"

  private func waitReason(
    of task: TaskRecord, _ takers: [WorkerID: WorkerRecord]
  ) -> String {
    if isDraining { return "another run: this one is being stopped" }
    if takers.isEmpty { return "a worker: none is connected" }
    if let notBefore = task.notBefore {
      return "the pause before a retry, \((notBefore - now).inSeconds)"
    }
    guard bestRank(for: task) != nil else {
      let largest = takers.values.map(\.memoryBytes).max() ?? 0
      return task.memoryFloor > largest
        ? "a worker with at least \(task.memoryFloor.inGibibytes), the largest has "
          + largest.inGibibytes
        : "another worker: every one that is large enough has declined it"
    }
    if hosts.values.contains(where: { $0.pausedUntil != nil }) {
      let able = takers.filter { rank(of: $0.key, $0.value, for: task) != nil }
      if able.values.allSatisfy({ isLeftAlone($0.host) }) {
        return "hosts that are left alone for a while after losses"
      }
    }
    return Self.busyReason
  }

  private func idleReason(of worker: WorkerRecord) -> String? {
    if worker.isDraining { return "it is leaving" }
    if isLeftAlone(worker.host), let until = hosts[worker.host]?.pausedUntil {
      return "its host lost tasks again and again and is left alone for \((until - now).inSeconds)"
    }
    if worker.pausedUntil != nil { return "it said that it is busy" }
    return nil
  }
}
