import Foundation
import Tensors

/// Where `tsq compare` puts the networks that its methods give.
struct ComparisonFolder {
  let path: String
  private let isTemporary: Bool

  /// - Parameter path: made where it is missing; nil for a temporary folder.
  init(_ path: String?) throws(CommandFailure) {
    isTemporary = path == nil
    guard let path else {
      do throws(FileError) {
        self.path = try makeTemporaryFolder()
      } catch {
        throw CommandFailure(
          .cannotWrite, "\(error); set TMPDIR to another folder, or give --output-folder")
      }
      return
    }
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw CommandFailure(
        .cannotWrite,
        "cannot make the folder '\(path)': \(error.localizedDescription); choose another "
          + "--output-folder")
    }
    self.path = path
  }

  /// Removes a temporary folder with all it holds.
  func removeIfTemporary() {
    if isTemporary { removeFolder(path) }
  }
}
