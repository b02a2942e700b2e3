/// The tasks that wait for a worker, in the order in which they are to be placed.
///
/// Returned tasks first, then the longest, then the oldest. Insertion and removal shift a sorted
/// array, O(count), which for the tens of thousands of tasks of a run is a few microseconds.
struct WaitingTasks: Sendable {
  struct Entry: Equatable, Comparable, Sendable {
    let isReturned: Bool
    let cost: Double
    let task: TaskID

    static func < (left: Entry, right: Entry) -> Bool {
      if left.isReturned != right.isReturned { return left.isReturned }
      if left.cost != right.cost { return left.cost > right.cost }
      return left.task < right.task
    }
  }

  private(set) var entries: [Entry] = []

  mutating func insert(_ entry: Entry) {
    let index = position(of: entry)
    precondition(
      index == entries.count || entries[index] != entry, "\(entry.task) is waiting already")
    entries.insert(entry, at: index)
  }

  mutating func remove(_ entry: Entry) {
    let index = position(of: entry)
    precondition(
      index < entries.count && entries[index] == entry, "\(entry.task) is not waiting")
    entries.remove(at: index)
  }

  /// The index of the first entry that is not before `entry`.
  private func position(of entry: Entry) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle] < entry { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
