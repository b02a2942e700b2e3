import Datasets
import Dispatch
import Nodes
import Synchronization

/// The images that a command may do without, all of its data together.
struct LeaveToSkip {
  private let limit: Int
  /// What is wrong with the images that were left out, each once, in the order they were met.
  private(set) var skipped: [DatasetError] = []
  private var files: Set<String> = []

  init(images limit: Int) {
    precondition(limit >= 0, "so many images cannot be left out")
    self.limit = limit
  }

  /// The first `most` samples that can be read; of arrays the first, found to be finite.
  ///
  /// Images are decoded on all cores, and judged in their order.
  ///
  /// - Throws: where there is no leave for so many, naming the first beyond it; where none is left.
  mutating func use(_ data: Dataset, keeping most: Int = .max) throws(CommandFailure) -> Dataset {
    guard data.imageFile(0) != nil else {
      let kept = most < data.count ? data.subset(Array(0..<most)) : data
      try CommandFailure.mapping { try kept.requireFinite() }
      return kept
    }
    var kept: [Int] = []
    var start = 0
    while start < data.count, kept.count < most {
      let end = min(start + min(256, max(1, most - kept.count)), data.count)
      for (index, found) in zip(start..<end, Self.examined(data, start..<end)) {
        guard let damage = try CommandFailure.mapping({ try found.get() }) else {
          kept.append(index)
          continue
        }
        try leaveOut(damage)
      }
      start = end
    }
    if kept.isEmpty, let first = skipped.last { throw CommandFailure(first) }
    return kept.count == data.count ? data : data.subset(kept)
  }

  private mutating func leaveOut(_ damage: DatasetError) throws(CommandFailure) {
    guard files.insert(damage.file).inserted else { return }
    guard skipped.count < limit else {
      let others = limit == 1 ? "one other that was" : "\(limit) others that were"
      let before = limit == 0 ? "" : ", after \(others) left out"
      throw CommandFailure(
        DatasetError(
          damage.kind, damage.file, damage.problem + before,
          remedy: damage.remedy + ", or let '--skip-images N' leave out up to N images"))
    }
    skipped.append(damage)
  }

  /// What is wrong with each image of a range.
  private static func examined(
    _ data: Dataset, _ range: Range<Int>
  ) -> [Result<DatasetError?, DatasetError>] {
    let lanes = min(usableCores(), range.count)
    let found = Mutex<[Int: Result<DatasetError?, DatasetError>]>([:])
    DispatchQueue.concurrentPerform(iterations: lanes) { lane in
      for index in stride(from: range.lowerBound + lane, to: range.upperBound, by: lanes) {
        let result = Result { () throws(DatasetError) in try data.damage(ofImage: index) }
        found.withLock { $0[index] = result }
      }
    }
    return found.withLock { found in
      range.map { index in
        guard let result = found[index] else { preconditionFailure("an image was passed over") }
        return result
      }
    }
  }
}
