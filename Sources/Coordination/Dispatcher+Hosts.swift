// Hosts that lose their workers again and again are left alone for a while: a broken machine, or
// one whose memory others fill, must not use up the attempts of every task. Never for ever, and
// only while workers of other hosts can go on.

extension Dispatcher {
  /// What is known of one host.
  struct HostRecord: Sendable {
    /// Losses within the window, the latest last.
    var losses: [(at: Instant, task: TaskID)] = []
    /// How often it was left alone since a task last succeeded there.
    var pauseCount = 0
    var pausedUntil: Instant?
  }

  /// A worker of the host was lost, or its computing process died, with a task that had begun.
  mutating func countLoss(of task: TaskID, on host: String) {
    var record = hosts[host] ?? HostRecord()
    record.losses.removeAll { $0.at + settings.hostLossWindow <= now }
    record.losses.append((now, task))
    // One task that kills wherever it goes says nothing about the host.
    let isTheHost = Set(record.losses.map(\.task)).count > 1
    if record.losses.count >= settings.hostLossLimit, isTheHost, record.pausedUntil == nil {
      let factor = 1 << min(record.pauseCount, 16)
      record.pausedUntil = now + min(settings.hostPauseLimit, settings.hostPause * factor)
      record.pauseCount += 1
      record.losses = []
    }
    hosts[host] = record
  }

  mutating func countSuccess(on host: String) {
    guard hosts[host] != nil else { return }
    hosts[host]?.pauseCount = 0
    hosts[host]?.losses = []
  }

  /// Whether workers of the host get nothing at the moment, because others can go on.
  func isLeftAlone(_ host: String) -> Bool {
    guard hosts[host]?.pausedUntil != nil else { return false }
    return workers.values.contains {
      !$0.isDraining && $0.host != host && hosts[$0.host]?.pausedUntil == nil
    }
  }

  /// Until when the host gets nothing; nil when it does.
  package func pauseEnd(ofHost host: String) -> Instant? {
    isLeftAlone(host) ? hosts[host]?.pausedUntil : nil
  }

  mutating func expireHostPauses() {
    for (host, record) in hosts {
      guard let until = record.pausedUntil, until <= now else { continue }
      hosts[host]?.pausedUntil = nil
      mayPlace = true
    }
  }
}
