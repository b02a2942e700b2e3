internal import CLinux
internal import Coordination
internal import Glibc
internal import Messaging
internal import Tensors
internal import Wire

/// The main loop of a computing process: does tasks that its supervisor hands it over descriptor 3,
/// and ends with it.
///
/// The calling thread speaks with the supervisor, a second one computes. SIGTERM and SIGINT are the
/// supervisor's business; only it ends this process.
///
/// - Parameter parent: the supervisor's process.
/// - Returns: the exit code; leave the process with it at once.
package func runComputeChild(
  parent: Int32, makeRunner: @escaping @Sendable () throws(TaskFailure) -> any TaskRunner
) -> Int32 {
  _ = tsq_signal_at_parent_death(SIGKILL)
  // The parent may have ended before the kernel was asked.
  guard getppid() == parent else { return 69 }
  signal(SIGTERM, SIG_IGN)
  signal(SIGINT, SIG_IGN)
  Machine.offerForKilling()
  do {
    let bell = try WakeUp()
    let lane = try ComputeLane(outcomeBell: bell)
    let thread = try OSThread("tsq-compute", stackBytes: 64 << 20) { lane.run(makeRunner) }
    // It runs until the process ends.
    defer { _ = thread }
    ComputeChild(lane: lane, bell: bell).loop()
    return 0
  } catch { return 69 }
}

private struct ComputeChild {
  private static let channel: Int32 = 3

  let lane: ComputeLane
  let bell: WakeUp
  private var reader = ComputeReader()
  private var progress: ProgressCounter?
  private var told: UInt64 = 0

  init(lane: ComputeLane, bell: WakeUp) {
    self.lane = lane
    self.bell = bell
  }

  consuming func loop() {
    while true {
      var items = [
        pollfd(fd: Self.channel, events: Int16(POLLIN), revents: 0),
        pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      _ = unsafe poll(&items, 2, progress == nil ? -1 : 100)
      bell.take()
      guard receive(), tellProgress(), tellOutcomes() else { return }
    }
  }

  /// False at the end.
  private mutating func receive() -> Bool {
    while true {
      switch reader.receive(from: Self.channel) {
      case .ended: return false
      case .nothing: return true
      case .message(let message):
        switch message.kind {
        case .job: start(message)
        case .cancel: progress?.cancel()
        case .progress, .result, .failure: return false
        }
      }
    }
  }

  private mutating func start(_ message: ComputeMessage) {
    let counter = ProgressCounter()
    (progress, told) = (counter, 0)
    let parts = message.parts
    let inputs = stride(from: 2, to: parts.count - 1, by: 2).map {
      Blob(digest: Digest(bytes: parts[$0]), bytes: parts[$0 + 1])
    }
    lane.start(
      ComputeJob(
        key: LeaseKey(run: .none, lease: LeaseID(number: 0)),
        kind: String(decoding: parts[0], as: UTF8.self), parameters: parts[1], inputs: inputs,
        progress: counter))
  }

  private mutating func tellProgress() -> Bool {
    guard let steps = progress?.steps, steps > told else { return true }
    let rise = steps - told
    told = steps
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: rise >> (8 * $0)) }
    return send(ComputeMessage(kind: .progress, parts: [bytes]), to: Self.channel)
  }

  private mutating func tellOutcomes() -> Bool {
    for outcome in lane.takeOutcomes() {
      progress = nil
      let message =
        switch outcome.result {
        case .success(let outputs):
          ComputeMessage(kind: .result, parts: outputs.map(\.bytes))
        case .failure(let failure):
          ComputeMessage(
            kind: .failure, parts: [[failure.failure.code], Array(failure.message.utf8)])
        }
      guard send(message, to: Self.channel) else { return false }
    }
    return true
  }
}

extension FailureClass {
  /// Between two processes of one executable.
  var code: UInt8 { UInt8(Self.allCases.firstIndex(of: self) ?? 0) }

  init?(code: UInt8) {
    guard Int(code) < Self.allCases.count else { return nil }
    self = Self.allCases[Int(code)]
  }
}
