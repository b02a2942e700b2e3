internal import Coordination
internal import Wire

// Where the run stands, for whoever looks at it from outside.

extension CoordinatorReactor {
  /// How often the detailed part of the snapshot is made.
  private static let statusInterval: Duration = .milliseconds(500)

  func noteStatus() {
    let now = time.now
    guard now >= statusAt, closingUntil == nil else { return }
    statusAt = now + CoordinatorReactor.statusInterval
    let overview = dispatcher.overview
    snapshot.waitingTaskCount = overview.waitingCount
    snapshot.waits = overview.waits.map {
      TaskWait(reason: $0.reason, count: $0.count, example: $0.example)
    }
    if let held, !held.isEmpty {
      snapshot.waitingTaskCount += held.count
      snapshot.waits.append(
        TaskWait(
          reason: "the first \(configuration.minimumWorkers) workers, \(peers.count) are here",
          count: held.count, example: held[0].definition.label))
    }
    snapshot.places = peers.values.sorted { $0.id < $1.id }.map { peer in
      let lease = peer.assigned.keys.min()
      return WorkerPlace(
        name: peer.name, host: peer.hello.host, process: peer.hello.process,
        cores: peer.hello.cores, memoryBytes: peer.hello.memoryBytes,
        residentBytes: peer.residentBytes,
        task: lease.flatMap { peer.assigned[$0] }.flatMap { tasks[$0]?.label },
        attempt: lease.flatMap { lease in
          peer.assigned[lease].flatMap { tasks[$0]?.attempts[lease] }
        } ?? 0,
        busySeconds: lease.flatMap { peer.assignedAt[$0] }.map { (now - $0).seconds } ?? 0,
        silentSeconds: (now - peer.heardAt).seconds, finishedCount: peer.finishedCount,
        idleReason: overview.idle[peer.id])
    }
  }
}
