import Foundation
import RunStore
import Tensors

/// The run folder of a command: the one that was asked for, or a temporary one.
struct OpenFolder {
  let run: RunFolder
  private let isTemporary: Bool
  /// There was nothing at the path before.
  private let isNew: Bool

  /// - Parameter path: nil for a temporary folder, which cannot be resumed.
  init(path: String?, resume: Bool, fingerprint: [String: String]) throws(CommandFailure) {
    isTemporary = path == nil
    let place: String
    if let path {
      place = path
      isNew = unsafe access(path, F_OK) != 0
    } else {
      do throws(FileError) {
        place = try makeTemporaryFolder()
      } catch {
        throw CommandFailure(
          .cannotWrite, "\(error); set TMPDIR to another folder, or give --run-folder")
      }
      isNew = true
    }
    do throws(RunStoreError) {
      run =
        try resume
        ? RunFolder.resume(path: place, fingerprint: fingerprint)
        : RunFolder.create(path: place, fingerprint: fingerprint)
    } catch {
      // What another process makes at this moment is not ours to remove.
      if isNew, Self.isOwn(error), unsafe access(place, F_OK) == 0 { removeFolder(place) }
      guard path != nil else {
        let status = CommandFailure(error).status
        throw CommandFailure(
          status,
          "the temporary folder '\(place)' cannot be written (\(Self.reason(error))); set TMPDIR "
            + "to another folder, or give --run-folder")
      }
      throw CommandFailure(error)
    }
  }

  /// What can be done after a run in this folder ended early.
  func explaining(_ failure: CommandFailure) -> CommandFailure {
    guard failure.status == .interrupted else { return failure }
    return CommandFailure(
      .interrupted,
      isTemporary
        ? "interrupted; nothing is kept, since no --run-folder was given"
        : "interrupted; finished tasks are kept, continue with --resume")
  }

  /// Removes a temporary folder with all it holds.
  func removeIfTemporary() {
    if isTemporary { removeFolder(run.path) }
  }

  /// Removes a folder that this process made, before anything was computed.
  func removeIfNew() {
    if isNew && !isTemporary { removeFolder(run.path) }
  }

  private static func isOwn(_ error: RunStoreError) -> Bool {
    switch error {
    case .diskFull, .file, .journal: true
    case .runExists, .notEmpty, .notARunFolder, .fingerprintDiffers, .locked, .newerSchema: false
    }
  }

  private static func reason(_ error: RunStoreError) -> String {
    if case .diskFull = error { "no space left" } else { "\(error)" }
  }
}

/// The path of this very program, for starting workers.
func ownExecutable() throws(FileError) -> String {
  var buffer = [CChar](repeating: 0, count: 4096)
  let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
  guard count > 0 else {
    throw FileError(path: "/proc/self/exe", operation: "read", errno: errno)
  }
  return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
