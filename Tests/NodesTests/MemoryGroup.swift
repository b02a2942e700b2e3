import Glibc

/// A control group whose processes may take so much memory together; the kernel kills one when they
/// take more. Gone when dropped, if its processes are.
final class MemoryGroup {
  private let path: String

  /// Where groups can be made with a limit of memory, and the name of that limit; nil where that is
  /// not allowed.
  private static let place: (root: String, limit: String)? = {
    let candidates = [
      ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max"),
    ]
    for (root, limit) in candidates {
      let trial = root + "/tsq-trial-\(getpid())"
      guard unsafe mkdir(trial, 0o755) == 0 else { continue }
      defer { unsafe rmdir(trial) }
      if unsafe access(trial + "/" + limit, W_OK) == 0 { return (root, limit) }
    }
    return nil
  }()

  static var isPossible: Bool { place != nil }

  init?(bytes: Int) {
    guard let place = Self.place else { return nil }
    path = place.root + "/tsq-test-\(getpid())"
    guard unsafe mkdir(path, 0o755) == 0 else { return nil }
    guard write("\(bytes)", to: place.limit) else { return nil }
    // Where there is swap it must not take what the limit keeps out.
    _ = write("0", to: "memory.swap.max")
    _ = write("\(bytes)", to: "memory.memsw.limit_in_bytes")
  }

  deinit { unsafe rmdir(path) }

  /// Moves a process in; what it starts from now on is in too.
  func take(_ process: pid_t) -> Bool { write("\(process)", to: "cgroup.procs") }

  private func write(_ text: String, to name: String) -> Bool {
    let descriptor = unsafe open(path + "/" + name, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    return unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count
  }
}
