internal import Glibc
internal import Tensors

// What is written for those who look at a run. It is not needed for resuming, so it is not synced
// to the disk: a power cut may take the last lines.

extension RunFolder {
  /// Replaces a file as a whole; readers see the old one or the new one.
  package func replace(_ file: RunFile, _ text: String) throws(RunStoreError) {
    precondition(isWritable, "a run folder opened for reading is not written to")
    let place = path + "/" + file.rawValue
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
    try write(text, to: place + ".partial", flags)
    guard unsafe rename(place + ".partial", place) == 0 else {
      throw .file(FileError(path: place, operation: "rename", errno: errno))
    }
  }

  /// Adds a line to the end of a file.
  package func append(_ line: String, to file: RunFile) throws(RunStoreError) {
    precondition(isWritable, "a run folder opened for reading is not written to")
    try write(
      line + "\n", to: path + "/" + file.rawValue, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC)
  }

  private func write(_ text: String, to place: String, _ flags: Int32) throws(RunStoreError) {
    let descriptor = unsafe Glibc.open(place, flags, 0o644)
    guard descriptor >= 0 else {
      throw .file(FileError(path: place, operation: "create", errno: errno))
    }
    defer { close(descriptor) }
    do throws(FileError) { try writeAll(Array(text.utf8), to: descriptor, path: place) } catch {
      throw error.isDiskFull ? .diskFull(path: place) : .file(error)
    }
  }

  /// The process that writes to a run folder; nil when none does.
  ///
  /// It is found by trying the lock, which a coordinator therefore tries more than once.
  ///
  /// - Throws: `.file`.
  package static func writer(ofFolder path: String) throws(RunStoreError) -> Int32? {
    let place = path + "/run.lock"
    let descriptor = unsafe Glibc.open(place, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw .file(FileError(path: place, operation: "open", errno: errno))
    }
    // Closing gives the lock back.
    defer { close(descriptor) }
    if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
    var text = [UInt8](repeating: 0, count: 16)
    let count = unsafe pread(descriptor, &text, text.count, 0)
    let digits = text.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }
    return Int32(String(decoding: digits, as: UTF8.self)) ?? 0
  }
}
