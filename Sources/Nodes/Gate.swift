internal import Coordination
internal import Messaging

/// Lets workers of other machines in by their keys, and notices when a key is withdrawn.
final class Gate {
  private static let readingInterval: Duration = .seconds(1)
  /// Refusals of one address are told once in this time.
  private static let tellingInterval: Duration = .seconds(30)

  private let doorkeeper: Doorkeeper
  private let folder: KeyFolder
  private var names: [CurveKey: String]
  private var allowed: Set<String>
  /// When the folder is read again.
  private(set) var nextReading: Instant
  private var toldAt: [String: Instant] = [:]

  init(_ folder: KeyFolder, _ library: ZeroMQ, _ now: Instant) throws(MessagingError) {
    self.folder = folder
    doorkeeper = try Doorkeeper(library)
    names = folder.allowedWorkers()
    allowed = Set(names.values)
    nextReading = now + Gate.readingInterval
  }

  func join(_ set: inout PollSet) { set.add(doorkeeper) }

  /// Answers those who wait.
  ///
  /// - Returns: addresses that were refused and have not been told of lately.
  func answer(_ now: Instant) throws(MessagingError) -> [String] {
    var refused: [String] = []
    try doorkeeper.answer { caller in
      // A worker whose keys were made a moment ago need not wait for the next reading.
      if names[caller.key] == nil { read(now) }
      if let name = names[caller.key] { return name }
      refused.append(caller.address)
      return nil
    }
    return refused.filter { address in
      if let told = toldAt[address], now < told + Gate.tellingInterval { return false }
      if toldAt.count > 1_000 { toldAt.removeAll() }
      toldAt[address] = now
      return true
    }
  }

  /// Reads the folder again when that is due; true when somebody's key was withdrawn.
  func reread(_ now: Instant) -> Bool {
    guard nextReading <= now else { return false }
    let before = allowed
    read(now)
    return !before.isSubset(of: allowed)
  }

  /// Whether messages of this user still count.
  func allows(_ user: String) -> Bool { allowed.contains(user) }

  private func read(_ now: Instant) {
    names = folder.allowedWorkers()
    allowed = Set(names.values)
    nextReading = now + Gate.readingInterval
  }
}
