internal import Glibc

/// Writes a file so that its path holds either the old content or all of the new one, also after a
/// crash: the bytes go to a new file beside it, which is synced and then takes the path's place.
///
/// An existing file keeps its permissions; a symbolic link keeps pointing at the file it names.
/// Nothing is left behind on failure.
/// - Throws: `FileError` with the path and the system's reason, such as "No space left on device".
package func writeFile(_ bytes: [UInt8], to path: String) throws(FileError) {
  try writeFiles([(bytes, path)])
}

/// Writes several files as `writeFile` does, and none when one of them cannot be written: all are
/// synced beside their places before the first takes its own, and what they replace is kept until
/// the last has its place. (A crash between two places can leave the first new and the second old.)
/// - Throws: `FileError` for the file that could not be written.
package func writeFiles(_ files: [(bytes: [UInt8], path: String)]) throws(FileError) {
  var staged: [StagedFile] = []
  var kept: [ReplacedFile] = []
  do throws(FileError) {
    for file in files { staged.append(try StagedFile(file.bytes, for: file.path)) }
    // The last one's failure is the failure of all, so nothing has to bring its place back.
    for file in staged.dropLast() { kept.append(try ReplacedFile(file.target, for: file.path)) }
    var placed = 0
    do throws(FileError) {
      for file in staged {
        try file.takePlace()
        placed += 1
      }
    } catch {
      for file in kept.prefix(placed) { file.comeBack() }
      throw error
    }
  } catch {
    for file in staged { file.drop() }
    for file in kept { file.drop() }
    throw error
  }
  for file in kept { file.drop() }
  for file in staged { try syncFolder(of: file.target, for: file.path) }
}

/// What lay at a path before something took its place, under a second name.
private struct ReplacedFile {
  private let target: String
  /// Nil where nothing lay there.
  private let aside: String?

  init(_ target: String, for path: String) throws(FileError) {
    self.target = target
    var status = stat()
    guard unsafe stat(target, &status) == 0 else {
      aside = nil
      return
    }
    let (descriptor, name) = try createBeside(target, for: path)
    close(descriptor)
    // A second name costs nothing; where the file system has none, a copy serves.
    unsafe unlink(name)
    if unsafe link(target, name) == 0 {
      aside = name
    } else {
      let old = try MappedFile(path: target)
      aside = try StagedFile(old.bytes(0..<old.count), for: path).temporary
    }
  }

  /// Undoes the replacement.
  func comeBack() {
    if let aside { unsafe rename(aside, target) } else { unsafe unlink(target) }
  }

  /// Removes the second name, unless it came back.
  func drop() {
    if let aside { unsafe unlink(aside) }
  }
}

/// The whole new content of a file, synced, under a name of its own.
private struct StagedFile {
  let path: String
  let target: String
  let temporary: String

  init(_ bytes: [UInt8], for path: String) throws(FileError) {
    self.path = path
    target = try resolvedTarget(path)
    let (descriptor, temporary) = try createBeside(target, for: path)
    self.temporary = temporary
    do throws(FileError) {
      do throws(FileError) {
        if let mode = permissions(of: target) {
          guard fchmod(descriptor, mode) == 0 else {
            throw FileError(path: path, operation: "set the permissions of", errno: errno)
          }
        }
        try writeAll(bytes, to: descriptor, path: path)
        guard fsync(descriptor) == 0 else {
          throw FileError(path: path, operation: "write", errno: errno)
        }
      } catch {
        close(descriptor)
        throw error
      }
      guard close(descriptor) == 0 else {
        throw FileError(path: path, operation: "write", errno: errno)
      }
    } catch {
      drop()
      throw error
    }
  }

  func takePlace() throws(FileError) {
    guard unsafe rename(temporary, target) == 0 else {
      throw FileError(path: path, operation: "replace", errno: errno)
    }
  }

  /// Removes the file, unless it took its place.
  func drop() { unsafe unlink(temporary) }
}

/// Writes all bytes to an open file.
/// - Throws: `FileError` naming `path`.
package func writeAll(
  _ bytes: [UInt8], to descriptor: Int32, path: String
) throws(FileError) {
  let span = bytes.span
  var offset = 0
  while offset < span.count {
    let written = unsafe span.extracting(offset..<span.count).withUnsafeBytes {
      unsafe write(descriptor, $0.baseAddress, $0.count)
    }
    if written > 0 {
      offset += written
    } else if written == 0 || errno != EINTR {
      throw FileError(path: path, operation: "write", errno: written == 0 ? EIO : errno)
    }
  }
}

/// The file that `path` means once links are followed.
private func resolvedTarget(_ path: String) throws(FileError) -> String {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { return path }
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw FileError(path: path, operation: "write", reason: "not a regular file")
  }
  guard let resolved = unsafe realpath(path, nil) else {
    throw FileError(path: path, operation: "resolve", errno: errno)
  }
  defer { unsafe free(resolved) }
  return unsafe String(cString: resolved)
}

private func permissions(of path: String) -> mode_t? {
  var status = stat()
  return unsafe stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
}

/// Creates and opens a file of a new name in the folder of `target`.
private func createBeside(
  _ target: String, for path: String
) throws(FileError) -> (descriptor: Int32, path: String) {
  for attempt in 0..<100 {
    let temporary = "\(target).tmp-\(getpid())-\(attempt)"
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if descriptor >= 0 { return (descriptor, temporary) }
    guard errno == EEXIST else { throw FileError(path: path, operation: "create", errno: errno) }
  }
  throw FileError(
    path: path, operation: "create",
    reason: "too many left-over files named '\(target).tmp-…': remove them")
}

/// Makes the new name itself survive a power failure.
private func syncFolder(of target: String, for path: String) throws(FileError) {
  let folder =
    target.lastIndex(of: "/").map { $0 == target.startIndex ? "/" : target[..<$0] } ?? "."
  let descriptor = unsafe open(String(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else {
    throw FileError(path: path, operation: "sync the folder of", errno: errno)
  }
  defer { close(descriptor) }
  // Some file systems cannot sync a folder; the file itself is safe by then.
  guard fsync(descriptor) == 0 || errno == EINVAL else {
    throw FileError(path: path, operation: "sync the folder of", errno: errno)
  }
}
