internal import Glibc

/// A file mapped read-only into memory; unmapped when the last user lets go.
///
/// Immutable after `init`, so it may be shared between threads.
@safe
package final class MappedFile: Sendable {
  package let path: String
  package let count: Int
  // Unsafe to share in general; here the mapping is read-only and lives as long as the object.
  nonisolated(unsafe) private let base: UnsafeRawPointer?

  /// - Throws: `FileError` naming the path and the system's reason.
  package init(path: String) throws(FileError) {
    // A pipe without a writer would be waited for.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open", errno: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw FileError(path: path, operation: "stat", errno: errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(path: path, operation: "read", reason: "not a regular file")
    }
    self.path = path
    self.count = Int(status.st_size)
    if count == 0 {
      unsafe base = nil
      return
    }
    guard let mapping = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
      unsafe mapping != MAP_FAILED
    else { throw FileError(path: path, operation: "map", errno: errno) }
    unsafe base = UnsafeRawPointer(mapping)
  }

  deinit {
    if let base = unsafe base { unsafe munmap(UnsafeMutableRawPointer(mutating: base), count) }
  }

  /// Runs `body` over the mapped bytes.
  package func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let buffer = unsafe UnsafeRawBufferPointer(start: base, count: count)
    return try body(unsafe buffer.bytes)
  }

  /// A copy of the bytes in `range`.
  package func bytes(_ range: Range<Int>) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside \(path)")
    return unsafe Array(UnsafeRawBufferPointer(start: base, count: count)[range])
  }
}

/// A file operation that failed: which file, which operation, why.
package struct FileError: Error, CustomStringConvertible, Equatable {
  package let path: String
  package let operation: String
  package let reason: String
  /// The system's number for the reason; 0 where it was not the system that refused.
  package let code: Int32

  package init(path: String, operation: String, reason: String) {
    self.path = path
    self.operation = operation
    self.reason = reason
    code = 0
  }

  package init(path: String, operation: String, errno code: Int32) {
    self.path = path
    self.operation = operation
    reason = unsafe String(cString: strerror(code))
    self.code = code
  }

  /// There is no such file or folder.
  package var isMissing: Bool { code == ENOENT || code == ENOTDIR }
  /// The disk, or the user's share of it, is full.
  package var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }

  package var description: String { "cannot \(operation) '\(path)': \(reason)" }
}
