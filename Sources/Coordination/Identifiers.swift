/// A task of one run, numbered in the order of submission.
package struct TaskID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let number: UInt64
  package init(number: UInt64) { self.number = number }
  package static func < (left: TaskID, right: TaskID) -> Bool { left.number < right.number }
  package var description: String { "task \(number)" }
}

/// One registration of a worker with a coordinator; a reconnected worker gets a new one.
package struct WorkerID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let number: UInt64
  package init(number: UInt64) { self.number = number }
  package static func < (left: WorkerID, right: WorkerID) -> Bool { left.number < right.number }
  package var description: String { "worker \(number)" }
}

/// The right of one worker to one attempt at one task, fresh for every attempt of a run.
package struct LeaseID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let number: UInt64
  package init(number: UInt64) { self.number = number }
  package static func < (left: LeaseID, right: LeaseID) -> Bool { left.number < right.number }
  package var description: String { "lease \(number)" }
}

/// A 128-bit name of one start of a coordinator; task and lease numbers mean nothing outside it.
package struct RunID: Hashable, Sendable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  package var description: String {
    let (left, right) = (String(high, radix: 16), String(low, radix: 16))
    return "run \(left)-\(right)"
  }
}
