internal import Glibc
internal import Synchronization
package import Tensors

/// A content-addressed store that the workers of one host share, so that a tensor crosses the
/// network once per host.
///
/// Nothing in it is trusted: what is read is held against its hash, and what has another is removed
/// and fetched again. So any process may end at any point, and the folder may be emptied at any
/// time. Files are written beside their places, synced, and renamed. The right to fetch a blob is a
/// lock on one byte of the file `lock`, the byte's number being a part of the hash: the system lets
/// go of it when its process ends, and there is nothing to clean up. Beyond `byteLimit` the blobs
/// that were used longest ago are removed.
package final class HostStore: Sendable {
  /// What this process knows of the folder's size.
  private struct Account {
    var partialCount = 0
    /// Bytes and blobs kept since the folder was looked through.
    var keptBytes = 0
    var keptCount = Int.max / 2
  }

  package let path: String
  private let byteLimit: Int
  private let lock: Int32
  private let account = Mutex(Account())

  /// The byte whose lock is the right to remove old blobs; no hash has a negative number.
  private static let evictionByte = Int64.max - 1

  /// Opens the store, which is made if it is missing, and removes what dead processes left half
  /// written.
  ///
  /// - Throws: `RunStoreError` when the folder cannot be made, read, written or locked.
  package init(path: String, byteLimit: Int) throws(RunStoreError) {
    precondition(byteLimit >= 0, "a store of \(byteLimit) bytes")
    self.path = path
    self.byteLimit = byteLimit
    // The data of a run is for its owner alone.
    try DurableFile.makeFolder(path, mode: 0o700)
    try DurableFile.makeFolder(path + "/partial", mode: 0o700)
    let lockPath = path + "/lock"
    lock = unsafe open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard lock >= 0 else {
      throw .file(FileError(path: lockPath, operation: "open", errno: errno))
    }
    try requireLocks(lockPath)
    try removeLeftovers()
    evict()
  }

  deinit { close(lock) }

  /// The verified bytes of a blob, which counts as a use; nil when it is not here, or was damaged.
  ///
  /// - Parameter byteCount: its length; a file of another is not even read.
  package func blob(_ digest: Digest, byteCount: Int) -> [UInt8]? {
    let path = path(of: digest)
    // A pipe under this name must not hold the reader.
    let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ELOOP { unsafe unlink(path) }
      return nil
    }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size == byteCount, let bytes = HostStore.read(descriptor, byteCount),
      Digest(of: bytes) == digest
    else {
      unsafe unlink(path)
      return nil
    }
    futimens(descriptor, nil)
    return bytes
  }

  /// Takes the right to fetch a blob; false while another process has it.
  package func claim(_ digest: Digest) -> Bool {
    guard setLock(F_WRLCK, HostStore.byte(of: digest)) else { return false }
    showProgress(of: digest)
    return true
  }

  /// Gives the right to fetch a blob back, if it is held.
  package func release(_ digest: Digest) {
    unsafe unlink(mark(of: digest))
    _ = setLock(F_UNLCK, HostStore.byte(of: digest))
  }

  /// Shows those that wait for a blob that its fetching goes on.
  package func showProgress(of digest: Digest) {
    let descriptor = unsafe open(
      mark(of: digest), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    guard descriptor >= 0 else { return }
    futimens(descriptor, nil)
    close(descriptor)
  }

  /// Something that changes whenever the fetching of a blob, by whomever, goes on.
  package func progress(of digest: Digest) -> Int64 {
    var status = stat()
    guard unsafe lstat(mark(of: digest), &status) == 0 else { return 0 }
    return Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
  }

  /// Keeps a blob for the other workers of the host, unless it is too large.
  ///
  /// - Parameter digest: of `bytes`, which the caller has verified.
  /// - Throws: `RunStoreError`, `.diskFull` for one; nothing is left behind then.
  package func keep(_ bytes: [UInt8], _ digest: Digest) throws(RunStoreError) {
    guard bytes.count <= byteLimit else { return }
    let path = path(of: digest)
    if DurableFile.size(of: path) == bytes.count { return }
    let number = account.withLock { account in
      account.partialCount += 1
      return account.partialCount
    }
    try DurableFile.makeFolder(self.path + "/" + digest.hexadecimal.prefix(2), mode: 0o700)
    try DurableFile.replace(
      path, with: bytes,
      temporary: self.path + "/partial/\(digest.hexadecimal).\(getpid()).\(number)", mode: 0o600)
    let isLookDue = account.withLock { account in
      account.keptBytes += bytes.count
      account.keptCount += 1
      return account.keptBytes > byteLimit / 64 || account.keptCount > 256
    }
    if isLookDue { evict(sparing: path) }
  }

  /// Bytes of all blobs in the store.
  package var byteCount: Int { files().reduce(0) { $0 + $1.byteCount } }
}

extension HostStore {
  private struct StoredFile {
    let path: String
    let byteCount: Int
    let usedAt: Int64
  }

  /// Removes what was used longest ago until the rest is within the limit. One process at a time
  /// does it; who reads a file that is removed reads it to its end.
  private func evict(sparing spared: String = "") {
    guard setLock(F_WRLCK, HostStore.evictionByte) else { return }
    defer { _ = setLock(F_UNLCK, HostStore.evictionByte) }
    account.withLock { ($0.keptBytes, $0.keptCount) = (0, 0) }
    let files = files()
    var total = files.reduce(0) { $0 + $1.byteCount }
    guard total > byteLimit else { return }
    for file in files.sorted(by: { ($0.usedAt, $0.path) < ($1.usedAt, $1.path) })
    where total > byteLimit && file.path != spared {
      if unsafe unlink(file.path) == 0 { total -= file.byteCount }
    }
  }

  private func files() -> [StoredFile] {
    names(in: path).filter { $0.utf8.count == 2 }.flatMap { folder in
      names(in: path + "/" + folder).compactMap { name in
        let path = path + "/" + folder + "/" + name
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        return StoredFile(
          path: path, byteCount: Int(status.st_size),
          usedAt: Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec))
      }
    }
  }

  /// What is gone or cannot be read has no names.
  private func names(in folder: String) -> [String] {
    do throws(RunStoreError) { return try DurableFile.entries(of: folder) ?? [] } catch {
      return []
    }
  }

  /// Removes marks and half-written files, but for those of blobs that are being fetched.
  private func removeLeftovers() throws(RunStoreError) {
    for name in try DurableFile.entries(of: path + "/partial") ?? [] {
      let digest = Digest(hexadecimal: String(name.prefix { $0 != "." }))
      if let digest, !setLock(F_WRLCK, HostStore.byte(of: digest)) { continue }
      unsafe unlink(path + "/partial/" + name)
      if let digest { _ = setLock(F_UNLCK, HostStore.byte(of: digest)) }
    }
  }

  private func path(of digest: Digest) -> String {
    let name = digest.hexadecimal
    return path + "/" + name.prefix(2) + "/" + name
  }

  private func mark(of digest: Digest) -> String { path + "/partial/" + digest.hexadecimal }

  private static func byte(of digest: Digest) -> Int64 {
    digest.bytes.prefix(7).reduce(0) { $0 << 8 | Int64($1) }
  }

  /// Where the file system has no locks, all would wait for one another's fetches.
  private func requireLocks(_ path: String) throws(RunStoreError) {
    guard !setLock(F_WRLCK, HostStore.evictionByte) else {
      _ = setLock(F_UNLCK, HostStore.evictionByte)
      return
    }
    guard errno != EAGAIN, errno != EACCES else { return }
    throw .file(FileError(path: path, operation: "lock", errno: errno))
  }

  /// Sets or clears a lock of this process's opening of the file, without waiting.
  private func setLock(_ kind: Int32, _ byte: Int64) -> Bool {
    var range = flock()
    range.l_type = Int16(kind)
    range.l_whence = Int16(SEEK_SET)
    range.l_start = off_t(byte)
    range.l_len = 1
    // F_OFD_SETLK, a GNU extension that Swift's view of the C library leaves out.
    return unsafe fcntl(lock, 37, &range) == 0
  }

  private static func read(_ descriptor: Int32, _ byteCount: Int) -> [UInt8]? {
    var offset = 0
    var isWhole = true
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      while offset < byteCount {
        let rest = unsafe UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[offset..<byteCount])
        let taken = unsafe Glibc.read(descriptor, rest.baseAddress, rest.count)
        if taken < 0 && errno == EINTR { continue }
        guard taken > 0 else {
          isWhole = false
          break
        }
        offset += taken
      }
      count = offset
    }
    return isWhole ? bytes : nil
  }
}
