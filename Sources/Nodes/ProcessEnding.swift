internal import CLinux
internal import Coordination
internal import Glibc

/// How a child process ended.
enum ProcessEnding: Equatable {
  case exited(code: Int32)
  case signalled(Int32)

  /// Takes the ending of a child; nil while it runs.
  static func take(of process: Int32) -> ProcessEnding? {
    var status: Int32 = 0
    let result = unsafe waitpid(process, &status, WNOHANG)
    guard result != 0 else { return nil }
    // Another part of the process has taken it: that it is gone is all that can be said.
    guard result == process else { return .exited(code: -1) }
    return tsq_has_exited(status) != 0
      ? .exited(code: tsq_exit_code(status)) : .signalled(tsq_ending_signal(status))
  }

  /// Waits for the end of a child that is ending; also the bytes it occupied at its largest.
  static func awaited(of process: Int32) -> (ending: ProcessEnding, peakBytes: Int) {
    var status: Int32 = 0
    var usage = rusage()
    var result: pid_t
    repeat { result = unsafe wait4(process, &status, 0, &usage) } while result < 0 && errno == EINTR
    guard result == process else { return (.exited(code: -1), 0) }
    let ending: ProcessEnding =
      tsq_has_exited(status) != 0
      ? .exited(code: tsq_exit_code(status)) : .signalled(tsq_ending_signal(status))
    // The kernel counts in KiB.
    return (ending, usage.ru_maxrss * 1_024)
  }

  var cause: LossCause {
    switch self {
    case .exited(let code): .exited(code: code)
    case .signalled(let signal): .signalled(signal)
    }
  }
}
