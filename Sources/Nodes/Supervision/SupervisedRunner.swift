internal import Coordination
internal import Glibc
internal import Synchronization
internal import Tensors

/// Has tasks computed by a child process, so that whatever ends it is told as the task's failure,
/// with its cause, while the worker itself lives on.
///
/// Lives on the worker's compute thread. The child is started with the first task, and again after
/// an end; it keeps what it read for earlier tasks. A task that is taken away is asked to stop,
/// then its process is killed.
package final class SupervisedRunner: TaskRunner {
  /// How long a task that was taken away may go on; less than `WorkerConfiguration.stopLimit`.
  private static let stopMilliseconds = 1_000
  /// Between two looks at cancellation and memory, while nothing is said.
  private static let lookMilliseconds: Int32 = 50

  private let command: [String]
  private let memoryLimit: Int
  private var child: ComputeProcess?

  /// - Parameter command: starts the computing process; the number of this one is appended.
  /// - Parameter memoryLimit: bytes beyond which the process is killed; by default the machine's.
  package init(command: [String], memoryLimit: Int? = nil) {
    self.command = command
    self.memoryLimit = memoryLimit ?? Machine.memoryBytes
  }

  deinit { _ = child?.end() }

  /// Has the child compute one task; see `TaskRunner`.
  package func run(
    kind: String, parameters: [UInt8], inputs: [Blob], progress: ProgressCounter
  ) throws(TaskFailure) -> [[UInt8]] {
    let process = try startedChild()
    let job = ComputeMessage(
      kind: .job,
      parts: [Array(kind.utf8), parameters] + inputs.flatMap { [$0.digest.bytes, $0.bytes] })
    guard send(job, to: process.channel, while: { !progress.isCancelled }) else {
      throw ended(process, progress)
    }
    var reader = ComputeReader()
    var stopBy: ContinuousClock.Instant?
    while true {
      switch reader.receive(from: process.channel) {
      case .ended: throw ended(process, progress)
      case .message(let message):
        if let outputs = try take(message, progress) { return outputs }
        continue
      case .nothing: break
      }
      if progress.isCancelled {
        if stopBy == nil { _ = send(ComputeMessage(kind: .cancel), to: process.channel) { false } }
        let due = stopBy ?? .now + .milliseconds(Self.stopMilliseconds)
        stopBy = due
        if due <= .now { throw ended(process, progress) }
      }
      try watchMemory(of: process)
      var item = pollfd(fd: process.channel, events: Int16(POLLIN), revents: 0)
      _ = unsafe poll(&item, 1, Self.lookMilliseconds)
    }
  }

  private func startedChild() throws(TaskFailure) -> ComputeProcess {
    if let child {
      if child.isThere { return child }
      _ = child.end()
    }
    do throws(NodeError) {
      let fresh = try ComputeProcess(command: command + ["\(Machine.process)"])
      child = fresh
      return fresh
    } catch {
      throw TaskFailure(.transient, "\(error)")
    }
  }

  /// The outputs, if the message has them.
  private func take(
    _ message: ComputeMessage, _ progress: ProgressCounter
  ) throws(TaskFailure) -> [[UInt8]]? {
    switch message.kind {
    case .progress:
      let bytes = message.parts.first ?? []
      progress.advance(by: bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })
      return nil
    case .result: return message.parts
    case .failure:
      let code = message.parts.first?.first.flatMap { FailureClass(code: $0) }
      throw TaskFailure(code ?? .bug, String(decoding: message.parts.last ?? [], as: UTF8.self))
    case .job, .cancel: throw TaskFailure(.bug, "the computing process does not make sense")
    }
  }

  private func watchMemory(of process: ComputeProcess) throws(TaskFailure) {
    let bytes = Machine.residentBytes(of: "\(process.identifier)")
    guard bytes > memoryLimit else { return }
    _ = process.end()
    child = nil
    throw TaskFailure(
      .memory,
      "its process took \(bytes.inMebibytes), more than the \(memoryLimit.inMebibytes) of this "
        + "worker, and was ended")
  }

  /// Takes the process's ending, which is brought about if need be, and says why it ended.
  private func ended(_ process: ComputeProcess, _ progress: ProgressCounter) -> TaskFailure {
    child = nil
    let (ending, peakBytes) = process.end()
    if progress.isCancelled { return TaskFailure(.transient, "the task was taken away") }
    let peak = "it occupied \(peakBytes.inMebibytes) at its largest"
    if ending == .signalled(SIGKILL), process.mayHaveBeenShortOfMemory {
      // A process that took little was killed for what others took: elsewhere it may well fit.
      return TaskFailure(
        peakBytes > memoryLimit / 2 ? .memory : .died,
        "its process was killed by the system because memory ran out; \(peak)")
    }
    return TaskFailure(.died, "\(ending.cause)\(ending.signalName); \(peak)")
  }
}

/// A child process that computes, and the socket to it.
final class ComputeProcess {
  /// The process that computes for this one, or 0.
  private static let current = Atomic<Int32>(0)

  /// A program that writes backtraces may hold a crashed process for ever; how it ended is told
  /// without one. Who sets the variable decides.
  private static let environment: [String: String] =
    unsafe getenv("SWIFT_BACKTRACE") == nil ? ["SWIFT_BACKTRACE": "enable=no"] : [:]

  /// Bytes of memory that it occupies; 0 when there is none.
  static var residentBytes: Int {
    let process = current.load(ordering: .relaxed)
    return process > 0 ? Machine.residentBytes(of: "\(process)") : 0
  }

  let channel: Int32
  private let process: WorkerProcess
  private let killsBefore = Machine.outOfMemoryKills
  private var ending: (ending: ProcessEnding, peakBytes: Int)?

  var identifier: Int32 { process.identifier }

  init(command: [String]) throws(NodeError) {
    var pair: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, kind, 0, &pair) == 0 else {
      throw .spawn(
        executable: command.first ?? "", reason: unsafe String(cString: strerror(errno)))
    }
    channel = pair[0]
    defer { close(pair[1]) }
    do throws(NodeError) {
      process = try WorkerProcess(
        command: command, environment: Self.environment, channel: pair[1])
    } catch {
      close(pair[0])
      throw error
    }
    Self.current.store(process.identifier, ordering: .relaxed)
  }

  /// Whether it has neither ended nor closed its socket.
  var isThere: Bool {
    var byte: UInt8 = 0
    let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
    guard ending == nil else { return false }
    let count = unsafe recv(channel, &byte, 1, flags)
    return count < 0 && errno == EAGAIN
  }

  /// Whether the kernel has killed something for want of memory since this process began.
  var mayHaveBeenShortOfMemory: Bool { Machine.outOfMemoryKills > killsBefore }

  /// Ends the process, if it has not ended, and says how it ended.
  func end() -> (ending: ProcessEnding, peakBytes: Int) {
    if let ending { return ending }
    // Its socket closes a moment before it is dead, and the cause must not be ours.
    var item = pollfd(fd: process.descriptor, events: Int16(POLLIN), revents: 0)
    if !isThere { _ = unsafe poll(&item, 1, 500) }
    Self.current.store(0, ordering: .relaxed)
    process.signal(SIGKILL)
    let taken = ProcessEnding.awaited(of: process.identifier)
    process.close()
    close(channel)
    ending = taken
    return taken
  }
}

extension ProcessEnding {
  /// The name of the signal, in parentheses.
  fileprivate var signalName: String {
    guard case .signalled(let number) = self, let name = unsafe strsignal(number) else { return "" }
    return unsafe " (\(String(cString: name)))"
  }
}

extension Int {
  /// This number of bytes for a sentence, for example `240 MiB`.
  var inMebibytes: String { "\(self >> 20) MiB" }
}
