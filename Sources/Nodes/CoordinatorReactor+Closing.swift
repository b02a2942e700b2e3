internal import Coordination
internal import Glibc
internal import Wire

// Goodbye: told, answered, and bounded.

extension CoordinatorReactor {
  /// Lets workers finish what they have begun and leave; `.drained` is told after the last task.
  func beginDraining() {
    guard !isDraining, closingUntil == nil else { return }
    isDraining = true
    local.close()
    // Tasks that nobody has been given yet are not begun.
    held = held.map { _ in [] }
    for worker in peers.keys { send(.drain, to: worker) }
    events.append(.drainRequested)
  }

  func beginClosing() {
    guard closingUntil == nil else { return }
    closingUntil = time.now + configuration.farewellLimit
    tellStepTasks()
    local.close()
    for worker in peers.keys { send(.bye(text: "the run is over"), to: worker) }
    // Those that have not said hello yet cannot be told.
    let known = Set(peers.values.compactMap(\.localSlot))
    local.signal(SIGTERM) { !known.contains($0) }
  }

  func receiveWhileClosing(_ message: Message, from worker: WorkerID) {
    switch message {
    case .byeOK: remove(worker)
    case .bye:
      send(.byeOK, to: worker)
      remove(worker)
    default: break
    }
  }

  /// Ends the thread once everybody has answered and every local process has ended; at the limit
  /// local processes are killed, and at twice the limit nothing is awaited any more.
  func continueClosing() {
    guard let until = closingUntil else { return }
    events.removeAll()
    let isEmpty = peers.isEmpty && local.running.isEmpty
    let now = time.now
    if isEmpty || now >= until + configuration.farewellLimit {
      isFinished = true
    } else if now >= until {
      for worker in peers.keys { remove(worker) }
      local.signal(SIGKILL) { _ in true }
    }
  }
}
