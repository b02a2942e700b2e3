import Foundation
import Synchronization
import Testing

/// A folder for one test, removed with everything in it when the test lets go of it.
final class Scratch: Sendable {
  let path: String
  private static let count = Mutex(0)

  init() throws {
    let number = Self.count.withLock { count in
      count += 1
      return count
    }
    path = NSTemporaryDirectory() + "tsq-command-\(getpid())-\(number)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      Issue.record("cannot remove \(path): \(error)")
    }
  }

  func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file and returns its path.
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  /// Makes a folder and returns its path.
  func folder(_ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: true)
    return file(name)
  }
}

func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

/// What lies directly in a folder, by name.
func entries(_ path: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: path).sorted()
}

func bytes(_ path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}
