internal import Foundation
internal import Synchronization
internal import Testing

/// A folder for one test, removed with everything in it when the test lets go of it.
package final class ScratchFolder: Sendable {
  package let path: String
  private static let count = Mutex(0)

  /// - Throws: when the folder cannot be made.
  package init() throws {
    let number = Self.count.withLock { count in
      count += 1
      return count
    }
    path = NSTemporaryDirectory() + "tsq-test-\(getpid())-\(number)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      Issue.record("cannot remove \(path): \(error)")
    }
  }

  /// The path of a file or folder in it.
  package func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file and returns its path.
  @discardableResult
  package func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  /// Writes a file of UTF-8 text and returns its path.
  @discardableResult
  package func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  /// Makes a folder and returns its path.
  package func folder(_ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: true)
    return file(name)
  }

  /// The files below it, as paths relative to it, in order.
  package var files: [String] {
    var found: [String] = []
    guard let entries = FileManager.default.enumerator(atPath: path) else { return [] }
    for case let entry as String in entries {
      var isFolder: ObjCBool = false
      if unsafe FileManager.default.fileExists(atPath: file(entry), isDirectory: &isFolder),
        !isFolder.boolValue
      {
        found.append(entry)
      }
    }
    return found.sorted()
  }
}
