import Foundation
import Nodes
import Reporting
import RunStore

/// Keeps `status.json` and `events.jsonl` of a run folder, for `tsq status` and for people.
///
/// A full disk stops the run elsewhere; here what cannot be written is left out.
struct WatchedRun {
  /// Seconds between two writings of the status.
  private static let interval = 1.0
  private static let troubleLimit = 10

  private let folder: RunFolder
  private var status: RunStatus
  private var writtenAt: Double?

  init(folder: RunFolder) {
    self.folder = folder
    status = RunStatus(
      host: ProcessInfo.processInfo.hostName, process: Int(getpid()),
      startedAt: Date().timeIntervalSince1970)
  }

  /// Adds an event to the log.
  mutating func note(_ event: CoordinatorEvent) {
    if event.isTrouble {
      status.troubles = Array((status.troubles + ["\(event)"]).suffix(Self.troubleLimit))
    }
    let line = event.line(at: Date().timeIntervalSince1970)
    attempt { () throws(RunStoreError) in try folder.append(line, to: .events) }
  }

  /// Writes the status if it is time to.
  ///
  /// - Returns: what was written, in short enough a form for those who ask over the network.
  mutating func update(
    _ progress: ProgressSnapshot, _ snapshot: CoordinatorSnapshot, reused: Int,
    secondsLeft: Double?, at seconds: Double
  ) -> String? {
    if let writtenAt, seconds - writtenAt < Self.interval { return nil }
    writtenAt = seconds
    status.stage = progress.stage
    status.layersDone = progress.layersDone
    status.layersTotal = progress.layersTotal
    status.waiting = progress.waiting
    status.secondsLeft = secondsLeft.flatMap { $0.isFinite ? $0 : nil }
    take(snapshot)
    status.tasks.reused = reused
    return write()
  }

  /// Writes how the run ended.
  ///
  /// - Returns: like `update`.
  mutating func end(_ failure: CommandFailure?, _ snapshot: CoordinatorSnapshot?) -> String {
    if let snapshot { take(snapshot) }
    status.state =
      failure == nil ? .finished : failure?.status == .interrupted ? .interrupted : .failed
    status.message = failure?.message
    status.secondsLeft = nil
    status.waiting = nil
    for index in status.workers.indices { status.workers[index].task = nil }
    return write()
  }

  private mutating func take(_ snapshot: CoordinatorSnapshot) {
    status.tasks.waiting = snapshot.waitingTaskCount
    status.tasks.running = max(0, snapshot.openTaskCount - snapshot.waitingTaskCount)
    status.tasks.finished = snapshot.finishedTaskCount
    status.tasks.givenUp = snapshot.givenUpTaskCount
    status.sentBytes = snapshot.sentBytes
    status.receivedBytes = snapshot.receivedBytes
    status.waits = snapshot.waits.map {
      RunStatus.Wait(reason: $0.reason, count: $0.count, example: $0.example)
    }
    status.workers = snapshot.places.map {
      RunStatus.Worker(
        name: $0.name, host: $0.host, cores: $0.cores,
        // What workers say is not to make the status unreadable.
        memoryBytes: min($0.memoryBytes, 1 << 60), residentBytes: min($0.residentBytes, 1 << 60),
        task: $0.task, attempt: $0.attempt,
        busySeconds: $0.busySeconds, silentSeconds: $0.silentSeconds, finished: $0.finishedCount,
        idleReason: $0.idleReason)
    }
  }

  private mutating func write() -> String {
    status.updatedAt = Date().timeIntervalSince1970
    let text = status.json
    attempt { () throws(RunStoreError) in try folder.replace(.status, text + "\n") }
    let limit = StatusQuery.byteLimit
    return text.utf8.count <= limit ? text : status.json(byteLimit: limit)
  }

  private func attempt(_ body: () throws(RunStoreError) -> Void) {
    do throws(RunStoreError) { try body() } catch {}
  }
}
