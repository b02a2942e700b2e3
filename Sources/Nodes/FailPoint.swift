internal import Glibc

/// A named place in the program where tests let the process die or a message get lost.
///
/// `TSQ_FAILPOINT=NAME` strikes where the process passes `NAME`; `NAME@PATH` only if the file PATH
/// does not exist yet, and makes it: one process dies, its successors live. `NAME!2` sends the
/// signal 2 in place of SIGKILL.
enum FailPoint: String {
  case workerIdle = "worker.idle"
  case workerFetching = "worker.fetching"
  case workerComputing = "worker.computing"
  /// In a step of a fine-tune.
  case workerComputingStep = "worker.computing-step"
  case workerBeforeResult = "worker.before-result"
  case workerAfterResult = "worker.after-result"
  /// A request for a piece is not answered.
  case workerLosingRequest = "worker.losing-request"
  /// The name of a bulk connection does not arrive.
  case workerLosingAttach = "worker.losing-attach"
  case coordinatorBeforeJournal = "coordinator.before-journal"
  case coordinatorAfterJournal = "coordinator.after-journal"
  case coordinatorAfterCheckpoint = "coordinator.after-checkpoint"

  private static let setting: (name: String, signal: Int32, path: String?)? = {
    guard let value = unsafe getenv("TSQ_FAILPOINT") else { return nil }
    let parts = unsafe String(cString: value).split(separator: "@", maxSplits: 1)
    guard let words = parts.first?.split(separator: "!"), let name = words.first else {
      return nil
    }
    let signal = words.count == 2 ? Int32(words[1]) : nil
    return (String(name), signal ?? SIGKILL, parts.count == 2 ? String(parts[1]) : nil)
  }()

  /// Dies here, or gets a signal, if the environment says so.
  func pass() {
    if let setting = FailPoint.setting, strikes() { kill(getpid(), setting.signal) }
  }

  /// Whether the environment says so.
  func strikes() -> Bool {
    guard let setting = FailPoint.setting, setting.name == rawValue else { return false }
    if let path = setting.path {
      let descriptor = unsafe open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { return false }
      close(descriptor)
    }
    return true
  }
}
