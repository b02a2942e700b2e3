package import Tensors

/// Why a run folder could not be made, opened, continued, read or written.
package enum RunStoreError: Error, Equatable {
  /// A new run was asked for where one exists already.
  case runExists(folder: String)
  /// A new run was asked for in a folder that holds something else.
  case notEmpty(folder: String, entry: String)
  /// There is no run in the folder.
  case notARunFolder(folder: String, reason: String)
  /// The run was begun with something else: `stored` and `given` are nil where a field is absent.
  case fingerprintDiffers(folder: String, field: String, stored: String?, given: String?)
  /// Another process writes to the folder.
  case locked(folder: String, process: Int32?)
  /// The folder was written by a newer program.
  case newerSchema(folder: String, found: Int, known: Int)
  /// The file system is full; what was recorded before is safe.
  case diskFull(path: String)
  /// A file operation failed for another reason.
  case file(FileError)
  /// The journal is damaged or a query failed.
  case journal(path: String, reason: String)
}

extension RunStoreError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .runExists(let folder):
      "run folder '\(folder)' holds a run already; continue it with --resume, or choose another "
        + "--run-folder"
    case .notEmpty(let folder, let entry):
      "'\(folder)' is not a run folder and not empty (it holds '\(entry)'); choose another "
        + "--run-folder"
    case .notARunFolder(let folder, let reason):
      "'\(folder)' is not a run folder: \(reason); name the --run-folder of an earlier run, or "
        + "begin one with 'tsq quantize' without --resume"
    case .fingerprintDiffers(let folder, let field, let stored, let given):
      "cannot resume '\(folder)': \(field) differs: "
        + FingerprintDifference.text(stored: stored, given: given) + "; "
        + "restore the old \(field), or start a new run in another --run-folder"
    case .locked(let folder, let process):
      "run folder '\(folder)' is in use by \(process.map { "process \($0)" } ?? "another process")"
        + "; wait for it to end or stop it, then use --resume"
    case .newerSchema(let folder, let found, let known):
      "run folder '\(folder)' was written by a newer tsq (journal version \(found), this program "
        + "knows \(known)); use that version or a new --run-folder"
    case .diskFull(let path):
      "no space left while writing '\(path)'; finished work is safe: free some space and continue "
        + "with --resume"
    case .file(let error):
      "\(error)"
    case .journal(let path, let reason):
      "journal '\(path)': \(reason); if it is damaged, start a new run in another --run-folder"
    }
  }
}
