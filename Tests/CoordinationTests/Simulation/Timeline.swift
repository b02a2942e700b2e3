import Coordination

/// What is to happen, in the order of time; equal instants in the order of scheduling.
struct Timeline<Happening> {
  private struct Entry {
    let instant: Instant
    let sequence: Int
    let happening: Happening

    func precedes(_ other: Entry) -> Bool {
      (instant, sequence) < (other.instant, other.sequence)
    }
  }

  private var heap: [Entry] = []
  private var sequence = 0

  mutating func schedule(_ happening: Happening, at instant: Instant) {
    sequence += 1
    heap.append(Entry(instant: instant, sequence: sequence, happening: happening))
    var child = heap.count - 1
    while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func next() -> (Instant, Happening)? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      siftDown()
    }
    return (first.instant, first.happening)
  }

  private mutating func siftDown() {
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if heap[child].precedes(heap[smallest]) { smallest = child }
      }
      if smallest == parent { return }
      heap.swapAt(parent, smallest)
      parent = smallest
    }
  }
}
