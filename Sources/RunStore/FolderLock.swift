internal import Glibc
internal import Tensors

/// The exclusive right to write to a run folder, held by one process until released or it ends.
///
/// An advisory `flock`, so the system lets go when the process dies, however it dies. The
/// descriptor is not inherited by workers: a worker that outlives its coordinator holds no lock.
struct FolderLock: ~Copyable {
  private let descriptor: Int32

  /// - Throws: `.locked` with the holder's process id when another process has it.
  init(path: String, folder: String) throws(RunStoreError) {
    let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw .file(FileError(path: path, operation: "open", errno: errno))
    }
    var isHeld = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    // Whoever looks whether the folder is in use holds it for an instant.
    for _ in 0..<5 where !isHeld && errno == EWOULDBLOCK {
      usleep(20_000)
      isHeld = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }
    guard isHeld else {
      let code = errno
      var text = [UInt8](repeating: 0, count: 16)
      let count = unsafe pread(descriptor, &text, text.count, 0)
      Glibc.close(descriptor)
      guard code == EWOULDBLOCK else {
        throw .file(FileError(path: path, operation: "lock", errno: code))
      }
      let digits = text.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }
      throw .locked(folder: folder, process: Int32(String(decoding: digits, as: UTF8.self)))
    }
    let owner = Array("\(getpid())\n".utf8)
    guard ftruncate(descriptor, 0) == 0,
      unsafe pwrite(descriptor, owner, owner.count, 0) == owner.count
    else {
      let code = errno
      Glibc.close(descriptor)
      if code == ENOSPC || code == EDQUOT { throw .diskFull(path: path) }
      throw .file(FileError(path: path, operation: "write", errno: code))
    }
    self.descriptor = descriptor
  }

  deinit { Glibc.close(descriptor) }
}
