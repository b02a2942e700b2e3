import Foundation
import RunStore
import Tensors

/// The run folder of a command: the one that was asked for, or a temporary one.
struct OpenFolder {
  let run: RunFolder
  private let isTemporary: Bool

  /// - Parameter path: nil for a temporary folder, which cannot be resumed.
  init(path: String?, resume: Bool, fingerprint: [String: String]) throws {
    if let path {
      run =
        try resume
        ? RunFolder.resume(path: path, fingerprint: fingerprint)
        : RunFolder.create(path: path, fingerprint: fingerprint)
      isTemporary = false
    } else {
      run = try RunFolder.create(path: try Self.temporaryPath(), fingerprint: fingerprint)
      isTemporary = true
    }
  }

  /// Removes a temporary folder with all it holds.
  func removeIfTemporary() {
    guard isTemporary else { return }
    do {
      try FileManager.default.removeItem(atPath: run.path)
    } catch {
      StandardStreams.error("tsq: the temporary folder '\(run.path)' is left: \(error)\n")
    }
  }

  private static func temporaryPath() throws(FileError) -> String {
    let root = FileManager.default.temporaryDirectory.path
    var template = Array("\(root)/tsq-run-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else {
      throw FileError(path: root, operation: "make a temporary folder in", errno: errno)
    }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
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
