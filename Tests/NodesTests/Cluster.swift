import Coordination
import Glibc
import Messaging
import Nodes
import RunStore
import Tensors
import Testing

/// A folder for one test; removed with everything in it when dropped.
final class Scratch {
  let path: String

  init() {
    var template = Array("/tmp/tsq-nodes-XXXXXX".utf8CString)
    path = unsafe template.withUnsafeMutableBufferPointer {
      unsafe String(cString: mkdtemp($0.baseAddress!))
    }
  }

  func file(_ name: String) -> String { path + "/" + name }

  /// The lines of a file; none when it is missing.
  func lines(_ name: String) -> [String] {
    guard let file = unsafe fopen(file(name), "r") else { return [] }
    defer { unsafe fclose(file) }
    var lines: [String] = []
    var buffer = [CChar](repeating: 0, count: 1_000)
    while unsafe fgets(&buffer, 1_000, file) != nil {
      lines.append(
        String(decoding: buffer.prefix { $0 > 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    return lines
  }

  deinit {
    Scratch.remove(path)
  }

  private static func remove(_ path: String) {
    if let folder = unsafe opendir(path) {
      while let entry = unsafe readdir(folder) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
          unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
        }
        if name != "." && name != ".." { remove(path + "/" + name) }
      }
      unsafe closedir(folder)
    }
    unsafe Glibc.remove(path)
  }
}

/// The events of a run, in order.
final class EventLog {
  private(set) var events: [CoordinatorEvent] = []
  var onEvent: (CoordinatorEvent) -> Void = { _ in }

  func note(_ event: CoordinatorEvent) {
    events.append(event)
    onEvent(event)
  }

  func contains(_ isWanted: (CoordinatorEvent.Kind) -> Bool) -> Bool {
    events.contains { isWanted($0.kind) }
  }

  var losses: [LossCause] {
    events.compactMap { if case .workerLost(_, let cause) = $0.kind { cause } else { nil } }
  }

  /// The place of the first event that is wanted.
  func position(_ isWanted: (CoordinatorEvent.Kind) -> Bool) -> Int? {
    events.firstIndex { isWanted($0.kind) }
  }
}

enum Cluster {
  static let identity = ProgramIdentity(build: "test", solverVersion: "1", kernel: "plain")

  /// The helper that is built beside the tests.
  static let worker: String = {
    var buffer = [CChar](repeating: 0, count: 4_096)
    let count = unsafe readlink("/proc/self/exe", &buffer, 4_095)
    let path = String(
      decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    return "/" + folder + "/tsq-testworker"
  }()

  static func configuration(
    workers: Int, scratch: Scratch? = nil, failPoint: String? = nil
  ) -> CoordinatorConfiguration {
    var configuration = CoordinatorConfiguration(
      identity: identity, localWorkers: workers, workerCommand: [worker])
    configuration.beatInterval = .milliseconds(100)
    // Nothing here is to be lost because the machine is busy: tests that wait for a limit set it.
    configuration.dispatcher.leaseLength = .seconds(30)
    configuration.suspicionLimit = .seconds(30)
    configuration.workerDeadline = .seconds(20)
    if let scratch { configuration.workerEnvironment["TSQ_TEST_LOG"] = scratch.file("log") }
    if let failPoint { configuration.workerEnvironment["TSQ_FAILPOINT"] = failPoint }
    return configuration
  }

  static func folder(_ scratch: Scratch) throws -> RunFolder {
    try RunFolder.create(path: scratch.file("run"), fingerprint: ["test": "1"])
  }

  static func task(
    _ kind: String = "hash", _ parameters: [UInt8], inputs: [Digest] = [], label: String? = nil,
    cost: Double = 1
  ) -> TaskDefinition {
    let label = label ?? "\(kind) \(parameters.prefix(4))"
    return TaskDefinition(
      kind: kind, parameters: parameters, inputs: inputs,
      needs: TaskNeeds(cost: cost, label: label), label: label, stage: "test")
  }

  /// A task whose parameters are the path of a file.
  static func task(_ kind: String, file: String, label: String? = nil) -> TaskDefinition {
    task(kind, Array(file.utf8), label: label ?? "\(kind) \(file)")
  }

  /// What `hash` answers.
  static func hash(_ inputs: [[UInt8]], _ parameters: [UInt8]) -> [UInt8] {
    Digest(of: inputs.flatMap { $0 } + parameters).bytes
  }

  /// Makes an empty file, for which tasks wait.
  static func make(_ path: String) {
    let descriptor = unsafe open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
    precondition(descriptor >= 0, "'\(path)' cannot be made")
    close(descriptor)
  }

  /// Waits for something that another process does, a minute at most.
  static func eventually(_ isSo: () -> Bool) -> Bool {
    for _ in 0..<12_000 {
      if isSo() { return true }
      usleep(5_000)
    }
    return false
  }

  /// Starts a helper by hand; the caller waits for it.
  static func spawn(_ arguments: [String], environment: [String] = []) -> pid_t {
    var process: pid_t = 0
    var strings: [UnsafeMutablePointer<CChar>?] = unsafe ([worker] + arguments).map {
      unsafe strdup($0)
    }
    unsafe strings.append(nil)
    defer { unsafe strings.forEach { unsafe free($0) } }
    var variables: [UnsafeMutablePointer<CChar>?] = unsafe environment.map { unsafe strdup($0) }
    unsafe variables.append(nil)
    defer { unsafe variables.forEach { unsafe free($0) } }
    let result = unsafe posix_spawn(&process, worker, nil, nil, &strings, &variables)
    precondition(result == 0, "the helper \(worker) cannot be started")
    return process
  }

  /// The exit code of a helper; nil when a signal ended it.
  static func wait(for process: pid_t) -> Int32? {
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) != process {}
    return status & 0x7f == 0 ? (status >> 8) & 0xff : nil
  }
}
