// What a worker does when nothing happens: beats, resending, silence and leaving.

extension WorkerSession {
  /// The instant at which `clockAdvanced` is due at the latest; `nil` before start and after end.
  package var nextDeadline: Instant? {
    var next: Instant
    switch phase {
    case .created, .ended: return nil
    case .greeting(let againAt, _): next = againAt
    case .serving(let beatAt):
      next = min(beatAt, heardAt + (terms?.leaseLength ?? settings.orphanLimit))
      for holding in holdings { if let againAt = holding.againAt { next = min(next, againAt) } }
    case .leaving(let until): next = until
    }
    next = min(next, heardAt + settings.orphanLimit)
    if let drainUntil { next = min(next, drainUntil) }
    return next
  }

  /// Does everything whose time has come.
  mutating func expire() {
    if case .leaving(let until) = phase {
      if until <= now { finish(.drained(unacknowledgedCount: 0)) }
      return
    }
    if let drainUntil, drainUntil <= now {
      abandonAndLeave()
      return
    }
    guard heardAt + settings.orphanLimit > now else {
      finish(.coordinatorSilent)
      return
    }
    switch phase {
    case .created, .leaving, .ended: break
    case .greeting(let againAt, let pause):
      if againAt <= now { greet(pause: min(pause * 2, settings.helloPauseLimit)) }
    case .serving(let beatAt): expireServing(beatAt)
    }
  }

  private mutating func expireServing(_ beatAt: Instant) {
    guard let terms else { preconditionFailure("a serving worker has terms") }
    if heardAt + terms.leaseLength <= now {
      greetAnew()
      return
    }
    if beatAt <= now {
      let held = holdings.filter { $0.key.run == run }
      commands.append(
        .sendBeat(held.map { LeaseProgress(lease: $0.key.lease, progress: $0.progress) }))
      phase = .serving(beatAt: now + terms.beatInterval)
    }
    for index in holdings.indices {
      if let againAt = holdings[index].againAt, againAt <= now { offer(index) }
    }
  }

  /// Takes nothing more, gives back what has not begun, finishes the rest.
  mutating func drain() {
    guard drainUntil == nil else { return }
    drainUntil = now + settings.drainLimit
    guard case .serving = phase else { return }
    commands.append(.sendDraining)
    giveBack { $0 == .fetching || $0 == .ready }
  }

  private mutating func giveBack(where isUnwanted: (Holding.Stage) -> Bool) {
    for holding in holdings where isUnwanted(holding.stage) {
      stop(holding)
      commands.append(.sendReleased(holding.key.lease))
    }
    holdings.removeAll { isUnwanted($0.stage) }
  }

  /// Says goodbye once nothing is held; there is nobody to say it to before a welcome.
  mutating func leaveWhenEmpty() {
    guard drainUntil != nil, holdings.isEmpty else { return }
    switch phase {
    case .serving:
      phase = .leaving(until: now + settings.farewellLimit)
      commands.append(.sendBye)
    case .created, .greeting: finish(.drained(unacknowledgedCount: 0))
    case .leaving, .ended: break
    }
  }

  /// The time for draining is over: what is not acknowledged now is lost with this worker.
  private mutating func abandonAndLeave() {
    let unacknowledgedCount = holdings.count { holding in
      if case .offering = holding.stage { true } else { false }
    }
    if case .serving = phase {
      giveBack { $0 == .computing || $0 == .fetching || $0 == .ready }
      commands.append(.sendBye)
    }
    finish(.drained(unacknowledgedCount: unacknowledgedCount))
  }
}

extension WorkerSession.Holding {
  /// When the outcome is sent again.
  var againAt: Instant? {
    switch stage {
    case .fetching, .ready, .computing: nil
    case .offering(let againAt), .failing(_, _, let againAt): againAt
    }
  }
}
