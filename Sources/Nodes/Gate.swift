internal import Coordination
internal import Logging
internal import Messaging

/// Lets workers and viewers of other machines in by their keys, and notices when a key is
/// withdrawn.
final class Gate {
  private static let readingInterval: Duration = .seconds(1)
  /// Refusals of one address are told once in this time.
  private static let tellingInterval: Duration = .seconds(30)

  private let doorkeeper: Doorkeeper
  private let folder: KeyFolder
  private let logger: Logger
  private var names: [CurveKey: String] = [:]
  private var viewers: [CurveKey: String] = [:]
  /// Whether a key has gone since `takeWithdrawal` was last asked.
  private var hasWithdrawn = false
  /// When the folder is read again.
  private(set) var nextReading: Instant
  /// When a key that is not known may have it read before that.
  private var nextEarlyReading: Instant
  private var toldAt: [String: Instant] = [:]
  private var toldFaults: Set<String> = []

  init(
    _ folder: KeyFolder, _ library: ZeroMQ, _ logger: Logger, _ now: Instant
  ) throws(MessagingError) {
    self.folder = folder
    self.logger = logger
    doorkeeper = try Doorkeeper(library)
    nextReading = now + Gate.readingInterval
    nextEarlyReading = now
    read()
  }

  func join(_ set: inout PollSet) { set.add(doorkeeper) }

  /// Answers those who wait.
  ///
  /// - Returns: addresses that were refused and have not been told of lately.
  func answer(_ now: Instant) throws(MessagingError) -> [String] {
    var refused: [String] = []
    try doorkeeper.answer { caller in
      // A worker whose keys were made a moment ago need not wait for the next reading.
      if !isKnown(caller.key), nextEarlyReading <= now {
        nextEarlyReading = now + Gate.readingInterval / 4
        read()
      }
      if isKnown(caller.key) { return true }
      refused.append(caller.address)
      return false
    }
    return refused.filter { address in
      if let told = toldAt[address], now < told + Gate.tellingInterval { return false }
      if toldAt.count > 1_000 { toldAt.removeAll() }
      toldAt[address] = now
      return true
    }
  }

  /// Reads the folder again when that is due; true when a key has gone since the last call.
  func takeWithdrawal(_ now: Instant) -> Bool {
    if nextReading <= now {
      nextReading = now + Gate.readingInterval
      read()
    }
    defer { hasWithdrawn = false }
    return hasWithdrawn
  }

  /// Whether who has this key may ask for the status.
  func isKnown(_ key: CurveKey) -> Bool { names[key] != nil || viewers[key] != nil }

  /// Whether who has this key may ask for the status, and nothing else.
  func isViewer(_ key: CurveKey) -> Bool { names[key] == nil && viewers[key] != nil }

  /// The name of a worker's allowed key; nil for any other, whose work does not count.
  func name(of key: CurveKey) -> String? { names[key] }

  private func read() {
    let (found, faults) = folder.allowedWorkers(previous: names)
    if names.keys.contains(where: { found[$0] == nil }) { hasWithdrawn = true }
    names = found
    let (viewing, further) = folder.allowedViewers(previous: viewers)
    viewers = viewing
    for fault in faults + further where toldFaults.insert("\(fault)").inserted {
      logger.warning("a key cannot be read", metadata: ["error": "\(fault)"])
    }
    if toldFaults.count > 1_000 { toldFaults.removeAll() }
  }
}
