import Foundation
import TestSupport
import Testing

/// A process that a test started, its output going to files.
final class Program {
  static let path: String = {
    var buffer = [CChar](repeating: 0, count: 4_096)
    let count = unsafe readlink("/proc/self/exe", &buffer, 4_095)
    let runner = String(
      decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "/" + runner.split(separator: "/").dropLast().joined(separator: "/") + "/tsq"
  }()

  /// No run of these tests takes so long, unless it hangs.
  private static let limit: Duration = .seconds(120)

  let process: pid_t
  private let scratch: ScratchFolder
  private let name: String

  /// Starts `tsq`, or another program, with files for its two streams in `scratch`.
  ///
  /// - Parameter failPoint: where the program or its workers are to die, see `FailPoint`.
  init(
    _ arguments: [String], in scratch: ScratchFolder, executable: String = Program.path,
    failPoint: String? = nil
  ) throws {
    self.scratch = scratch
    name = "stream-\(UInt32.random(in: 0 ... .max))"
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, scratch.file(name + ".out"), flags, 0o600)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, scratch.file(name + ".err"), flags, 0o600)
    var strings: [UnsafeMutablePointer<CChar>?] = unsafe ([executable] + arguments).map {
      unsafe strdup($0)
    }
    unsafe strings.append(nil)
    defer { unsafe strings.forEach { unsafe free($0) } }
    // Tests may run on threads that block signals, which a process would inherit.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    unsafe sigemptyset(&none)
    var interrupt = none
    unsafe sigaddset(&interrupt, SIGINT)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &interrupt)
    unsafe posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var process: pid_t = 0
    var variables: [UnsafeMutablePointer<CChar>?] = unsafe []
    if let failPoint { unsafe variables.append(strdup("TSQ_FAILPOINT=" + failPoint)) }
    defer { unsafe variables.forEach { unsafe free($0) } }
    var environment = unsafe variables
    var inherited = unsafe environ
    while let variable = unsafe inherited.pointee {
      unsafe environment.append(variable)
      unsafe inherited += 1
    }
    unsafe environment.append(nil)
    let result = unsafe posix_spawn(
      &process, executable, &actions, &attributes, &strings, &environment)
    try #require(result == 0, "\(executable) cannot be started")
    self.process = process
  }

  /// What it has written so far.
  var output: String { get throws { try text(".out") } }
  var error: String { get throws { try text(".err") } }

  private func text(_ ending: String) throws -> String {
    guard exists(scratch.file(name + ending)) else { return "" }
    return String(decoding: try bytes(scratch.file(name + ending)), as: UTF8.self)
  }

  func signal(_ signal: Int32) { kill(process, signal) }

  /// Waits for the end; a process that hangs is killed and counts as a failure.
  func wait() throws -> Ending {
    let begun = ContinuousClock.now
    var status: Int32 = 0
    while unsafe waitpid(process, &status, WNOHANG) != process {
      if ContinuousClock.now - begun > Self.limit {
        kill(process, SIGKILL)
        unsafe waitpid(process, &status, 0)
        Issue.record("the program did not end: \(try error)")
        break
      }
      usleep(5_000)
    }
    return Ending(
      code: status & 0x7f == 0 ? (status >> 8) & 0xff : nil, signal: status & 0x7f,
      output: try output, error: try error)
  }

  /// Waits until something is so, with a limit.
  func wait(until what: String, _ isSo: () throws -> Bool) throws {
    let begun = ContinuousClock.now
    while try !isSo() {
      guard ContinuousClock.now - begun < Self.limit else {
        kill(process, SIGKILL)
        throw Waited(what: what, error: try error)
      }
      usleep(2_000)
    }
  }

  struct Waited: Error { let what: String, error: String }

  /// How a process ended and what it said.
  struct Ending {
    /// Nil when a signal ended it.
    let code: Int32?
    let signal: Int32
    let output: String
    let error: String

    /// The JSON object that is all of the output.
    var json: [String: Any] {
      get throws {
        let object = try JSONSerialization.jsonObject(with: Data(output.utf8))
        return try #require(object as? [String: Any])
      }
    }
  }
}

/// Runs `tsq` to its end.
func tsq(_ arguments: String..., in scratch: ScratchFolder) throws -> Program.Ending {
  try Program(arguments, in: scratch).wait()
}

/// The processes that `parent` started and that still run.
func children(of parent: pid_t) throws -> [pid_t] {
  try entries("/proc").compactMap { pid_t($0) }.filter { process in
    // After the name, which may hold anything but ends at the last parenthesis: state, parent.
    guard let file = FileManager.default.contents(atPath: "/proc/\(process)/stat") else {
      return false
    }
    let fields = String(decoding: file, as: UTF8.self).split(separator: ")").last?
      .split(separator: " ")
    guard let fields, fields.count > 1, fields[0] != "Z" else { return false }
    return pid_t(fields[1]) == parent
  }
}

/// Whether a process is there, and not merely waiting for its parent to take notice of its end.
func isAlive(_ process: pid_t) -> Bool {
  guard let file = FileManager.default.contents(atPath: "/proc/\(process)/stat") else {
    return false
  }
  let state = String(decoding: file, as: UTF8.self).split(separator: ")").last?
    .split(separator: " ").first
  return state != "Z"
}
