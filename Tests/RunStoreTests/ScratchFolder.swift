import Foundation
import Synchronization
import Testing

/// A folder for one test, removed with everything in it when the test lets go of it.
final class ScratchFolder: Sendable {
  let path: String
  private static let count = Mutex(0)

  init() throws {
    let number = Self.count.withLock { count in
      count += 1
      return count
    }
    path = NSTemporaryDirectory() + "tsq-run-store-\(getpid())-\(number)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      Issue.record("cannot remove \(path): \(error)")
    }
  }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
  }

  /// The files below, as paths relative to the folder.
  var files: [String] {
    var found: [String] = []
    guard let entries = FileManager.default.enumerator(atPath: path) else { return [] }
    for case let entry as String in entries {
      var isFolder: ObjCBool = false
      if unsafe FileManager.default.fileExists(
        atPath: path + "/" + entry, isDirectory: &isFolder), !isFolder.boolValue
      {
        found.append(entry)
      }
    }
    return found.sorted()
  }
}
