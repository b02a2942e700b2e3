internal import Glibc
internal import Tensors

/// File operations that are durable when they return, on a POSIX file system.
enum DurableFile {
  /// Writes `bytes` to `temporary`, syncs, renames to `path` and syncs the folder: readers see the
  /// old file, or the whole new one, never a part.
  static func replace(
    _ path: String, with bytes: [UInt8], temporary: String, mode: mode_t = 0o644
  ) throws(RunStoreError) {
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
    let descriptor = unsafe Glibc.open(temporary, flags, mode)
    guard descriptor >= 0 else { throw failure("create", temporary) }
    do throws(RunStoreError) {
      try write(bytes, to: descriptor, path: temporary)
      guard fsync(descriptor) == 0 else { throw failure("sync", temporary) }
    } catch {
      Glibc.close(descriptor)
      unsafe unlink(temporary)
      throw error
    }
    Glibc.close(descriptor)
    guard unsafe rename(temporary, path) == 0 else {
      let error = failure("rename", path)
      unsafe unlink(temporary)
      throw error
    }
    try syncFolder(parent(of: path))
  }

  /// Makes a folder and those above it that are missing; fine when it exists.
  static func makeFolder(_ path: String, mode: mode_t = 0o755) throws(RunStoreError) {
    if unsafe mkdir(path, mode) == 0 {
      return try syncFolder(parent(of: path))
    }
    switch errno {
    case EEXIST:
      var status = stat()
      guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        throw .file(FileError(path: path, operation: "create", reason: "a file is in the way"))
      }
    case ENOENT where parent(of: path) != path:
      try makeFolder(parent(of: path))
      try makeFolder(path, mode: mode)
    default:
      throw failure("create", path)
    }
  }

  /// The names in a folder, sorted, without `.` and `..`; nil when there is no such folder.
  static func entries(of path: String) throws(RunStoreError) -> [String]? {
    guard let folder = unsafe opendir(path) else {
      if errno == ENOENT { return nil }
      throw failure("read folder", path)
    }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The bytes of a file, or nil when there is none.
  static func read(_ path: String) throws(RunStoreError) -> [UInt8]? {
    guard unsafe access(path, F_OK) == 0 else { return nil }
    do throws(FileError) {
      let file = try MappedFile(path: path)
      return file.bytes(0..<file.count)
    } catch {
      throw .file(error)
    }
  }

  /// The size of a regular file, or nil when there is none.
  static func size(of path: String) -> Int? {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// Removes a file; fine when it is gone already.
  static func remove(_ path: String) throws(RunStoreError) {
    guard unsafe unlink(path) == 0 || errno == ENOENT else { throw failure("remove", path) }
  }

  private static func write(
    _ bytes: [UInt8], to descriptor: Int32, path: String
  ) throws(RunStoreError) {
    do throws(FileError) {
      try writeAll(bytes, to: descriptor, path: path)
    } catch {
      throw error.isDiskFull ? .diskFull(path: path) : .file(error)
    }
  }

  private static func syncFolder(_ path: String) throws(RunStoreError) {
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open folder", path) }
    defer { Glibc.close(descriptor) }
    // Some network file systems cannot sync a folder (EINVAL); nothing better can be done there.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure("sync folder", path) }
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    let head = path[..<slash]
    return head.isEmpty ? "/" : String(head)
  }

  private static func failure(_ operation: String, _ path: String) -> RunStoreError {
    let code = errno
    if code == ENOSPC || code == EDQUOT { return .diskFull(path: path) }
    return .file(FileError(path: path, operation: operation, errno: code))
  }
}
