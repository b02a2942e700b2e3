// A task's way through the worker: received, inputs fetched, computed, offered, acknowledged.

extension WorkerSession {
  mutating func receive(_ offer: TaskOffer, _ run: RunID) {
    let key = LeaseKey(run: run, lease: offer.lease)
    if holdings.contains(where: { $0.key == key }) {
      commands.append(.sendAccept(offer.task, offer.lease))
      return
    }
    // A repeated message of a lease that has ended here: it is not begun a second time.
    guard offer.lease.number > highestLease else {
      commands.append(.sendReleased(offer.lease))
      return
    }
    highestLease = offer.lease.number
    if let reason = objection(to: offer) {
      commands.append(.sendDecline(offer.task, offer.lease, reason))
      return
    }
    commands.append(.sendAccept(offer.task, offer.lease))
    let stage: Holding.Stage = offer.missingInputCount > 0 ? .fetching : .ready
    holdings.append(Holding(task: offer.task, key: key, stage: stage))
    if stage == .fetching { commands.append(.fetchInputs(key)) }
  }

  private func objection(to offer: TaskOffer) -> DeclineReason? {
    if drainUntil != nil { return .draining }
    if !offer.isSupported { return .unsupported }
    if offer.memoryBytes > settings.memoryBytes { return .memory }
    return unfinishedCount >= capacity ? .busy : nil
  }

  mutating func inputsArrived(_ key: LeaseKey) {
    guard let index = index(of: key), holdings[index].stage == .fetching else { return }
    holdings[index].stage = .ready
  }

  mutating func progressed(_ key: LeaseKey, to progress: UInt64) {
    guard let index = index(of: key) else { return }
    holdings[index].progress = max(holdings[index].progress, progress)
  }

  /// Fills free slots strictly in the order of receipt.
  mutating func startReadyTasks() {
    var free = settings.slots - holdings.count { $0.stage == .computing }
    for index in holdings.indices where free > 0 {
      switch holdings[index].stage {
      case .computing, .offering, .failing: continue
      case .fetching: return
      case .ready:
        holdings[index].stage = .computing
        commands.append(.startCompute(holdings[index].key))
        free -= 1
      }
    }
  }

  mutating func computed(_ key: LeaseKey) {
    // A computation that was stopped may still have ended by itself: its lease is gone.
    guard let index = index(of: key), holdings[index].stage == .computing else { return }
    holdings[index].stage = .offering(againAt: now + settings.resendPause)
    offer(index)
  }

  mutating func failed(_ key: LeaseKey, _ failure: FailureClass, _ message: String) {
    guard let index = index(of: key), !holdings[index].isOver else { return }
    holdings[index].stage =
      .failing(failure, message: message, againAt: now + settings.resendPause)
    offer(index)
  }

  /// Sends the outcome of a task that is over; silent while no coordinator listens.
  mutating func offer(_ index: Int) {
    guard case .serving = phase else { return }
    let holding = holdings[index]
    let againAt = now + settings.resendPause
    switch holding.stage {
    case .fetching, .ready, .computing: break
    case .offering:
      holdings[index].stage = .offering(againAt: againAt)
      commands.append(
        .offerResult(holding.task, holding.key, isEarlier: holding.key.run != run))
    case .failing(let failure, let message, _):
      holdings[index].stage = .failing(failure, message: message, againAt: againAt)
      commands.append(
        .sendFailure(holding.task, holding.key.lease, failure, message: message))
    }
  }

  mutating func acknowledged(_ key: LeaseKey) {
    heardAt = now
    guard let index = index(of: key), holdings[index].isOver else { return }
    if case .offering = holdings[index].stage { commands.append(.forgetResult(key)) }
    holdings.remove(at: index)
  }

  /// Drops the lease and says so; a finished result stays on offer, it is still worth having.
  mutating func revoke(_ key: LeaseKey) {
    commands.append(.sendReleased(key.lease))
    guard let index = index(of: key) else { return }
    if case .offering = holdings[index].stage { return }
    stop(holdings[index])
    holdings.remove(at: index)
  }

  /// A new registration: only finished results outlive the one before.
  mutating func dropUnfinished() {
    for holding in holdings where !holding.isOver { stop(holding) }
    holdings.removeAll { holding in
      if case .offering = holding.stage { false } else { true }
    }
  }

  mutating func stop(_ holding: Holding) {
    switch holding.stage {
    case .fetching: commands.append(.stopFetching(holding.key))
    case .computing: commands.append(.stopCompute(holding.key))
    case .ready, .offering, .failing: break
    }
  }

  private func index(of key: LeaseKey) -> Int? { holdings.firstIndex { $0.key == key } }
}
