internal import Coordination
internal import Logging
internal import Messaging
internal import RunStore
internal import Synchronization
internal import Tensors
internal import Wire

/// What came of looking for a blob in the store of the host.
enum StoreOutcome: Sendable {
  /// It was there, or another worker has fetched it meanwhile.
  case found(Blob)
  /// This worker is to fetch it.
  case absent(Digest)
  /// Another worker fetches it, and has come further.
  case underWay(Digest)
}

/// The thread of a worker that reads and fills the store of its host: looking through, hashing and
/// syncing may take longer than the coordinator waits for a sign of life.
///
/// One blob at a time is looked for. Where another worker fetches it, it is waited for, as long as
/// that one gets on.
final class StoreLane: Sendable {
  enum Order: Sendable {
    case look(BlobReference)
    /// Nobody wants the blob any more, or it could not be had.
    case drop(Digest)
    /// A piece of a blob that this worker fetches has come.
    case showProgress(Digest)
    case keep(Blob)
    case stop
  }

  /// A blob that another worker fetches.
  private struct Wait {
    let blob: BlobReference
    var progress: Int64
    var until: Instant
  }

  /// Between two looks at what another worker does.
  private static let pollMilliseconds: Int32 = 20
  /// After a full disk nothing is kept for so long.
  private static let keepPause: Duration = .seconds(30)

  private let store: HostStore
  /// Another worker that gets no further for this long is not waited for.
  private let patience: Duration
  private let logger: Logger
  private let time = MonotonicTime()
  private let orders = Mutex<[Order]>([])
  private let outcomes = Mutex<[StoreOutcome]>([])
  private let bell: WakeUp
  private let outcomeBell: WakeUp

  /// - Parameter outcomeBell: rung when an outcome can be taken.
  init(
    _ store: HostStore, patience: Duration, logger: Logger, outcomeBell: WakeUp
  ) throws(MessagingError) {
    self.store = store
    self.patience = patience
    self.logger = logger
    bell = try WakeUp()
    self.outcomeBell = outcomeBell
  }

  func order(_ order: Order) {
    orders.withLock { $0.append(order) }
    bell.ring()
  }

  func takeOutcomes() -> [StoreOutcome] {
    outcomes.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }

  private func tell(_ outcome: StoreOutcome) {
    outcomes.withLock { $0.append(outcome) }
    outcomeBell.ring()
  }

  /// The body of the thread.
  func run() {
    var wait: Wait?
    var keepsAgainAt = Instant.start
    while true {
      _ = bell.wait(milliseconds: wait == nil ? -1 : Self.pollMilliseconds)
      let waiting = orders.withLock { waiting in
        defer { waiting = [] }
        return waiting
      }
      for order in waiting {
        switch order {
        case .look(let blob): wait = look(blob)
        case .drop(let digest):
          if wait?.blob.digest == digest { wait = nil }
          store.release(digest)
        case .showProgress(let digest): store.showProgress(of: digest)
        case .keep(let blob):
          if time.now >= keepsAgainAt, !keep(blob) { keepsAgainAt = time.now + Self.keepPause }
          store.release(blob.digest)
        case .stop: return
        }
      }
      if let current = wait { wait = goOn(current) }
    }
  }

  /// Looks for a blob; returns what to wait for.
  private func look(_ blob: BlobReference) -> Wait? {
    if answers(blob) { return nil }
    return Wait(
      blob: blob, progress: store.progress(of: blob.digest), until: time.now + patience)
  }

  /// Tells of a blob that is there, or that this worker is to fetch.
  private func answers(_ blob: BlobReference) -> Bool {
    if let bytes = store.blob(blob.digest, byteCount: blob.byteCount) {
      tell(.found(Blob(digest: blob.digest, bytes: bytes)))
      return true
    }
    guard store.claim(blob.digest) else { return false }
    // Whoever had the right until now may just have kept the blob.
    if let bytes = store.blob(blob.digest, byteCount: blob.byteCount) {
      store.release(blob.digest)
      tell(.found(Blob(digest: blob.digest, bytes: bytes)))
    } else {
      tell(.absent(blob.digest))
    }
    return true
  }

  private func goOn(_ wait: Wait) -> Wait? {
    if answers(wait.blob) { return nil }
    var wait = wait
    let progress = store.progress(of: wait.blob.digest)
    if progress != wait.progress {
      wait.progress = progress
      wait.until = time.now + patience
      tell(.underWay(wait.blob.digest))
    } else if time.now >= wait.until {
      logger.warning(
        "another worker of this host does not get on with a blob; it is fetched here too",
        metadata: ["blob": "\(wait.blob.digest)"])
      tell(.absent(wait.blob.digest))
      return nil
    }
    return wait
  }

  private func keep(_ blob: Blob) -> Bool {
    do throws(RunStoreError) {
      try store.keep(blob.bytes, blob.digest)
      return true
    } catch {
      logger.warning("a blob cannot be kept for other workers", metadata: ["error": "\(error)"])
      return false
    }
  }
}
