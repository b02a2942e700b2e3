internal import Glibc

/// A named place in the program where tests let the process die or a message get lost.
///
/// `TSQ_FAILPOINT=NAME` strikes where the process passes `NAME`; `NAME@PATH` only if the file PATH
/// does not exist yet, and makes it: one process dies, its successors live.
enum FailPoint: String {
  case workerIdle = "worker.idle"
  case workerFetching = "worker.fetching"
  case workerComputing = "worker.computing"
  case workerBeforeResult = "worker.before-result"
  case workerAfterResult = "worker.after-result"
  /// A request for a piece is not answered.
  case workerLosingRequest = "worker.losing-request"
  /// The name of a bulk connection does not arrive.
  case workerLosingAttach = "worker.losing-attach"
  case coordinatorBeforeJournal = "coordinator.before-journal"
  case coordinatorAfterJournal = "coordinator.after-journal"

  private static let setting: (name: String, path: String?)? = {
    guard let value = unsafe getenv("TSQ_FAILPOINT") else { return nil }
    let parts = unsafe String(cString: value).split(separator: "@", maxSplits: 1)
    guard let name = parts.first else { return nil }
    return (String(name), parts.count == 2 ? String(parts[1]) : nil)
  }()

  /// Dies here if the environment says so.
  func pass() { if strikes() { kill(getpid(), SIGKILL) } }

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
