extension WorkerSession {
  /// Sentences about invariants that do not hold; empty when all do.
  package func audit() -> [String] {
    var faults: [String] = []
    if !commands.isEmpty { faults.append("commands were left behind") }
    if Set(holdings.map(\.key)).count != holdings.count { faults.append("a lease is held twice") }
    let computing = holdings.count { $0.stage == .computing }
    if computing > settings.slots { faults.append("\(computing) tasks compute") }
    if unfinishedCount > capacity { faults.append("\(unfinishedCount) tasks are held") }
    for holding in holdings where !holding.isOver && holding.key.run != run {
      faults.append("\(holding.key) is worked on for a run that is over")
    }
    let unfinished = holdings.filter { !$0.isOver }
    if computing < settings.slots,
      unfinished.first(where: { $0.stage != .computing })?.stage
        == .ready
    {
      faults.append("a task is ready and a slot is free")
    }
    if let again = unfinished.lastIndex(where: { $0.stage == .computing }),
      unfinished.prefix(again).contains(where: { $0.stage != .computing })
    {
      faults.append("a task overtook another")
    }
    if end != nil && !holdings.isEmpty { faults.append("tasks are held after the end") }
    if end == nil && phase != .created {
      guard let nextDeadline else { return faults + ["nothing has a deadline"] }
      if nextDeadline > heardAt + settings.orphanLimit { faults.append("it may become an orphan") }
    }
    if drainUntil != nil && holdings.contains(where: { $0.stage == .fetching }) {
      if case .serving = phase { faults.append("it drains and still fetches for a new task") }
    }
    return faults
  }
}
