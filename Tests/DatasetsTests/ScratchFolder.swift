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
    path = NSTemporaryDirectory() + "tsq-datasets-\(getpid())-\(number)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      Issue.record("cannot remove \(path): \(error)")
    }
  }

  /// Writes a file and gives its path.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let place = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: place))
    return place
  }
}
