internal import Coordination
internal import Logging
internal import Messaging
internal import Wire

// Where the run stands, for whoever looks at it from outside.

extension CoordinatorReactor {
  /// How often the detailed part of the snapshot is made.
  private static let statusInterval: Duration = .milliseconds(500)

  /// Answers of at most `WireLimits.statusBytes` in a second; who finds no answer asks again.
  private static let answerLimit = 20

  /// Tells somebody who is no worker, and becomes none, where the run stands.
  func answer(_ question: StatusQuestion, _ message: RoutedMessage) {
    if let gate, let user = message.user, !gate.isKnown(user) {
      send(.reject(.key, text: CoordinatorReactor.withdrawal), to: message.sender)
      return
    }
    let known = Int(ProtocolVersion.first)...Int(ProtocolVersion.last)
    guard question.protocols.overlaps(known) else {
      let text =
        "you speak protocol \(question.protocols.spelled) (build '\(question.build)'), the "
        + "coordinator \(known.spelled) (build '\(configuration.identity.build)')"
      send(.reject(.protocolVersion, text: text), to: message.sender)
      return
    }
    let now = time.now
    if now >= statusAnswers.since + .seconds(1) { statusAnswers = (now, 0) }
    statusAnswers.count += 1
    guard statusAnswers.count <= CoordinatorReactor.answerLimit else { return }
    let told = link.toldStatus
    send(
      .status(
        StatusReport(
          protocolVersion: min(Int(ProtocolVersion.last), question.protocols.upperBound),
          build: configuration.identity.build,
          ageMilliseconds: told.map { min((now - $0.at).wholeMilliseconds, Int(Int32.max)) } ?? 0,
          text: told?.text)),
      to: message.sender)
  }

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
