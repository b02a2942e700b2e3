import Coordination
import Glibc
import Nodes
import Tensors

/// Tasks that compute nothing worth knowing, and go wrong on demand; only for tests of `Nodes`.
///
/// - `hash`: the SHA-256 of each input and of the parameters, in one output.
/// - `expand`: the input repeated as often as the first parameter says: large outputs.
/// - `scatter`: as many outputs as the first two parameters say, each of 300 bytes.
/// - `sleep`: so many tenths of a second, with progress, then `hash`.
/// - `once`: dies by the signal in the first parameter, unless the file named by the rest exists;
///   it is made first. Then `hash`.
/// - `die`: dies by the signal in the first parameter, always.
/// - `fill`: takes memory, 64 MiB at a time, until it is ended.
/// - `hang`: computes for ever without progress, unless the file named by the parameters exists; it
///   is made first. Then `hash`.
/// - `stay`: computes for ever, with progress, unless the file named by the parameters exists; it
///   is made first. Then `hash`.
/// - `await`: waits, with progress, for the file named by the parameters to exist. Then `hash`.
/// - `fail`: fails with a message.
final class TrivialRunner: TaskRunner {
  static let kinds: Set<String> = [
    "hash", "expand", "scatter", "sleep", "once", "die", "hang", "stay", "await", "fail", "fill",
  ]

  func run(
    kind: String, parameters: [UInt8], inputs: [Blob], progress: ProgressCounter
  ) throws(TaskFailure) -> [[UInt8]] {
    note(kind, parameters)
    switch kind {
    case "hash": break
    case "expand":
      let times = Int(parameters.first ?? 1)
      return inputs.map { input in Array((0..<times).map { _ in input.bytes }.joined()) }
    case "scatter":
      let count = parameters.prefix(2).reduce(0) { $0 << 8 + Int($1) }
      return (0..<count).map { number in
        (0..<300).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 & 1)) + $0) }
      }
    case "sleep":
      for _ in 0..<Int(parameters.first ?? 1) * 10 { try rest(progress) }
    case "once":
      if makes(Array(parameters.dropFirst())) { die(parameters) }
    case "die": die(parameters)
    case "fill":
      var taken: [[UInt8]] = []
      while true {
        taken.append([UInt8](repeating: UInt8(taken.count & 255), count: 64 << 20))
        usleep(20_000)
      }
    case "hang": if makes(parameters) { while true { usleep(100_000) } }
    case "stay":
      if makes(parameters) { while true { try rest(progress) } }
    case "await":
      let path = String(decoding: parameters, as: UTF8.self)
      while unsafe access(path, F_OK) != 0 { try rest(progress) }
    case "fail": throw TaskFailure(.numeric, "this task fails on demand")
    default: throw TaskFailure(.bug, "the kind '\(kind)' is unknown")
    }
    progress.advance()
    var hash = SHA256()
    for input in inputs { hash.update(input.bytes) }
    hash.update(parameters)
    return [hash.finish().bytes]
  }

  /// A hundredth of a second that counts as progress.
  private func rest(_ progress: ProgressCounter) throws(TaskFailure) {
    usleep(10_000)
    progress.advance()
    try progress.checkCancelled()
  }

  /// Ends the process; the signal may take a moment to arrive.
  private func die(_ parameters: [UInt8]) -> Never {
    kill(getpid(), Int32(parameters.first ?? 9))
    while true { pause() }
  }

  /// Makes the file and says whether it was not there.
  private func makes(_ path: [UInt8]) -> Bool {
    let path = String(decoding: path, as: UTF8.self)
    let descriptor = unsafe open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    close(descriptor)
    return true
  }

  /// Appends a line to the file that TSQ_TEST_LOG names: how often each task really ran.
  private func note(_ kind: String, _ parameters: [UInt8]) {
    guard let path = unsafe getenv("TSQ_TEST_LOG") else { return }
    let descriptor = unsafe open(path, O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    let line = Array("\(kind) \(parameters)\n".utf8)
    _ = unsafe line.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
  }
}
