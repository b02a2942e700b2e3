import Coordination
import Testing

/// A fault planted between the state machines and their shells, to see that the checks find it.
enum Sabotage: CaseIterable, Sendable, CustomTestStringConvertible {
  case lostTaskNotQueuedAgain
  case repeatedResultStored
  case foreignResultStored
  case finishedWorkerNotUsedAgain
  case taskGivenToTwo
  case clockStopped
  case workerClockStopped
  case acknowledgementsLost
  case progressIgnored
  case retriesGivenUp
  case memoryIgnored
  case exclusionIgnored
  case lossNotNoticed
  case copyMadeAtOnce
  case secondAttemptGoesOn

  var testDescription: String { "\(self)" }

  func swallows(_ event: Dispatcher.Event) -> Bool {
    switch (self, event) {
    case (.clockStopped, .clockAdvanced): true
    case (.progressIgnored, .beat(_, .some, let progress)): progress > 0
    case (.lossNotNoticed, .workerLost): true
    default: false
    }
  }

  /// What the shell is told instead of `commands`.
  func corrupted(_ commands: [Dispatcher.Command], knowing referee: Referee)
    -> [Dispatcher.Command]
  {
    if self == .secondAttemptGoesOn, commands.contains(where: \.isAcceptance) {
      return commands.filter { !$0.isRevocation }
    }
    return commands.flatMap { command in corrupted(command, knowing: referee) }
  }

  private func corrupted(_ command: Dispatcher.Command, knowing referee: Referee)
    -> [Dispatcher.Command]
  {
    switch (self, command) {
    case (.lostTaskNotQueuedAgain, .assign(_, _, _, let attempt)) where attempt > 1:
      return []
    case (.lostTaskNotQueuedAgain, .revoke(let lease, _)),
      (.finishedWorkerNotUsedAgain, .revoke(let lease, _)):
      // What was never assigned is not revoked either.
      return referee.leases[lease] == nil ? [] : [command]
    case (.repeatedResultStored, .discard(let task, let lease, let worker, .duplicate)),
      (.foreignResultStored, .discard(let task, let lease, let worker, .unknownLease)):
      return [.accept(task, lease: lease, from: worker)]
    case (.finishedWorkerNotUsedAgain, .assign(_, let worker, _, _))
    where referee.hasFinished.contains(worker):
      return []
    case (.copyMadeAtOnce, .assign(let task, let worker, let lease, let attempt)):
      guard let other = referee.workers.keys.sorted().first(where: { $0 != worker }) else {
        return [command]
      }
      let copy = LeaseID(number: 1_000_000 + lease.number)
      return [
        command, .copy(task, to: other, lease: copy, attempt: attempt + 1, besides: worker),
      ]
    case (.taskGivenToTwo, .assign(let task, let worker, let lease, let attempt)):
      guard let other = referee.workers.keys.sorted().first(where: { $0 != worker }) else {
        return [command]
      }
      return [command, .assign(task, to: other, lease: lease, attempt: attempt)]
    case (.retriesGivenUp, .assign(let task, _, _, let attempt)) where attempt > 1:
      return [.quarantine(task, reason: "sabotage")]
    case (.memoryIgnored, .assign(let task, let worker, let lease, let attempt)):
      let smallest = referee.workers.min {
        ($0.value.memoryBytes, $0.key) < ($1.value.memoryBytes, $1.key)
      }
      return [
        .assign(task, to: smallest?.key ?? worker, lease: lease, attempt: attempt)
      ]
    case (.exclusionIgnored, .assign(let task, let worker, let lease, let attempt)):
      let failed = referee.tasks[task]?.failedOn.sorted().first { referee.workers[$0] != nil }
      return [.assign(task, to: failed ?? worker, lease: lease, attempt: attempt)]
    default: return [command]
    }
  }
}

extension Dispatcher.Command {
  fileprivate var isAcceptance: Bool { if case .accept = self { true } else { false } }
  fileprivate var isRevocation: Bool { if case .revoke = self { true } else { false } }
}
