import Foundation
import Tensors

/// A new folder among the system's temporary files, for this process alone.
///
/// - Throws: where none can be made.
func makeTemporaryFolder() throws(FileError) -> String {
  let root = FileManager.default.temporaryDirectory.path
  var template = Array("\(root)/tsq-run-XXXXXX".utf8CString)
  guard unsafe mkdtemp(&template) != nil else {
    throw FileError(path: root, operation: "make a temporary folder in", errno: errno)
  }
  return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Removes a folder with all it holds; what cannot be removed is said.
func removeFolder(_ path: String) {
  do {
    try FileManager.default.removeItem(atPath: path)
  } catch {
    StandardStreams.error("tsq: the folder '\(path)' is left: \(error)\n")
  }
}
