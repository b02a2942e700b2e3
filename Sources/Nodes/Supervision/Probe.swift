internal import CLinux
internal import Coordination
internal import Glibc
package import Tensors
internal import Wire

/// What a worker tells of its machine when `tsq check` asks.
package struct Probe: Equatable, Sendable {
  /// The kind of task that asks for it.
  package static let kind = "probe"

  /// The worker's clock, in seconds since 1970, when it answered.
  package var clock: Double
  /// Bytes of memory that the system could give.
  package var availableMemoryBytes: Int
  /// Bytes that are free where temporary files go.
  package var freeTemporaryBytes: Int

  /// What is so on this machine.
  static func here() -> Probe {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    var status = statvfs()
    let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    // Some file systems answer with the greatest numbers there are.
    let free =
      unsafe statvfs(folder, &status) == 0
      ? status.f_bavail.multipliedReportingOverflow(by: status.f_frsize)
      : (partialValue: 0, overflow: false)
    return Probe(
      clock: Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9,
      availableMemoryBytes: Machine.availableMemoryBytes,
      freeTemporaryBytes: free.overflow ? .max : Int(clamping: free.partialValue))
  }

  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.append(clock)
    writer.append(count: availableMemoryBytes)
    writer.append(count: freeTemporaryBytes)
    return writer.bytes
  }

  /// Reads what a worker answered; nil when it is no such answer.
  package init?(bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    do throws(WireError) {
      let clock = try reader.double("clock")
      let memory = try reader.count("memory", limit: .max)
      let disk = try reader.count("disk", limit: .max)
      try reader.finish("probe")
      guard clock.isFinite else { return nil }
      self.init(clock: clock, availableMemoryBytes: memory, freeTemporaryBytes: disk)
    } catch { return nil }
  }

  private init(clock: Double, availableMemoryBytes: Int, freeTemporaryBytes: Int) {
    self.clock = clock
    self.availableMemoryBytes = availableMemoryBytes
    self.freeTemporaryBytes = freeTemporaryBytes
  }
}

extension Probe {
  /// The task that asks one worker; no two rounds and numbers have the same.
  ///
  /// - Parameter input: a blob that the worker fetches first.
  package static func task(_ number: Int, round: Int, input: Digest) -> TaskDefinition {
    let label = "probe \(round).\(number)"
    return TaskDefinition(
      kind: kind, parameters: Array(label.utf8), inputs: [input],
      needs: TaskNeeds(cost: 1, label: label), label: label, stage: "check")
  }
}

extension CoordinatorConfiguration {
  /// Gives no worker a second task while it has one, so that as many tasks reach as many workers.
  package mutating func giveOneTaskAtATime() {
    dispatcher.prefetchPerSlot = 0
    copiesStragglers = false
  }
}

/// A runner that also answers probes; everything else is another's.
package final class ProbedRunner: TaskRunner {
  private let other: any TaskRunner

  package init(_ other: any TaskRunner) { self.other = other }

  /// Answers a probe, or has the task computed; see `TaskRunner`.
  package func run(
    kind: String, parameters: [UInt8], inputs: [Blob], progress: ProgressCounter
  ) throws(TaskFailure) -> [[UInt8]] {
    guard kind == Probe.kind else {
      return try other.run(kind: kind, parameters: parameters, inputs: inputs, progress: progress)
    }
    progress.advance()
    return [Probe.here().bytes]
  }
}
