internal import CLinux
internal import Glibc

/// A worker process of this machine, started by this process.
struct WorkerProcess {
  let identifier: Int32
  /// Readable once the process has ended; closed by `close`.
  let descriptor: Int32

  /// Starts `command` in a process group of its own, so that a Ctrl-C in the terminal reaches only
  /// the coordinator.
  ///
  /// - Parameter environment: set beside the inherited variables.
  /// - Parameter channel: the descriptor that the process finds as its number 3.
  /// - Throws: `NodeError.spawn`.
  init(
    command: [String], environment: [String: String], channel: Int32? = nil
  ) throws(NodeError) {
    guard let executable = command.first else {
      throw .spawn(executable: "", reason: "the command is empty")
    }
    var attributes = posix_spawnattr_t()
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawnattr_init(&attributes)
    unsafe posix_spawn_file_actions_init(&actions)
    defer {
      unsafe posix_spawnattr_destroy(&attributes)
      unsafe posix_spawn_file_actions_destroy(&actions)
    }
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    var none = sigset_t()
    var all = sigset_t()
    unsafe sigemptyset(&none)
    unsafe sigfillset(&all)
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    if let channel { unsafe posix_spawn_file_actions_adddup2(&actions, channel, 3) }
    unsafe tsq_close_from(&actions, channel == nil ? 3 : 4)

    var process: pid_t = 0
    let result = unsafe withCStrings(command) { arguments in
      unsafe withCStrings(WorkerProcess.merged(environment)) { variables in
        unsafe posix_spawnp(&process, executable, &actions, &attributes, arguments, variables)
      }
    }
    guard result == 0 else {
      throw .spawn(executable: executable, reason: unsafe String(cString: strerror(result)))
    }
    let descriptor = tsq_pidfd_open(process)
    guard descriptor >= 0 else {
      let reason = unsafe String(cString: strerror(errno))
      kill(process, SIGKILL)
      _ = waitpid(process, nil, 0)
      throw .spawn(executable: executable, reason: "it cannot be watched: \(reason)")
    }
    identifier = process
    self.descriptor = descriptor
  }

  /// Sends a signal; a process that has ended meanwhile is not reaped yet, so none other is hit.
  func signal(_ number: Int32) { kill(identifier, number) }

  /// Gives the descriptor back after the ending was taken.
  func close() { _ = Glibc.close(descriptor) }

  /// This process's environment with `additions`, as NAME=VALUE.
  private static func merged(_ additions: [String: String]) -> [String] {
    var variables: [String] = []
    var place = unsafe environ
    while let text = unsafe place.pointee {
      let variable = unsafe String(cString: text)
      let name = variable.prefix { $0 != "=" }
      if additions[String(name)] == nil { variables.append(variable) }
      unsafe place += 1
    }
    return variables + additions.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  }
}

/// Calls `body` with a null-terminated array of C strings.
private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { unsafe strdup($0) }
  unsafe pointers.append(nil)
  defer { unsafe pointers.forEach { unsafe free($0) } }
  return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
    guard let base = buffer.baseAddress else {
      preconditionFailure("the array ends with a null pointer, so it is not empty")
    }
    return unsafe body(base)
  }
}
