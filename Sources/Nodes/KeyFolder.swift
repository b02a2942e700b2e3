internal import Glibc
package import Messaging
package import Tensors

/// A folder with the keys of a cluster, one file each, made by `tsq keys`:
///
///     KEYS/server.key          the coordinator's secret; never leaves its machine
///     KEYS/server.pub
///     KEYS/allowed/NAME.pub    who may work; a file that goes is a worker that goes
///     KEYS/workers/NAME/       what a worker gets: worker.key (its secret), server.pub
///     KEYS/viewing/NAME.pub    who may ask for the status, and nothing else
///     KEYS/viewers/NAME/       what such a person gets: viewer.key, server.pub
///
/// Secrets are files of mode 0600 in folders of mode 0700; a key never is an argument, a variable
/// of the environment or a line in a log.
package struct KeyFolder: Sendable {
  package let path: String

  package init(path: String) { self.path = path }

  private var serverSecret: String { path + "/server.key" }
  private var serverOpen: String { path + "/server.pub" }
  private var allowed: String { path + "/allowed" }
  private var viewing: String { path + "/viewing" }

  /// The folder that a worker of this name gets.
  package func workerFolder(_ name: String) -> String { path + "/workers/" + name }

  /// The folder that a viewer of this name gets.
  package func viewerFolder(_ name: String) -> String { path + "/viewers/" + name }

  /// Makes the keys of a worker, and the coordinator's with the first one.
  ///
  /// - Throws: `KeyError` when the name is unusable or taken, or a file cannot be written.
  package func addWorker(_ name: String) throws(KeyError) {
    try add(name, open: allowed, folder: workerFolder(name), secret: "worker.key")
  }

  /// Makes the keys of somebody who may ask for the status and do nothing else.
  ///
  /// - Throws: `KeyError` when the name is unusable or taken, or a file cannot be written.
  package func addViewer(_ name: String) throws(KeyError) {
    try add(name, open: viewing, folder: viewerFolder(name), secret: "viewer.key")
  }

  private func add(
    _ name: String, open list: String, folder: String, secret: String
  ) throws(KeyError) {
    guard KeyFolder.isUsable(name) else { throw .name(name) }
    let open = list + "/" + name + ".pub"
    if unsafe access(open, F_OK) == 0 || access(folder, F_OK) == 0 {
      throw .taken(name, open: open, folder: folder)
    }
    let parent = String(folder.dropLast(name.utf8.count + 1))
    for folder in [path, list, parent] { try make(folder) }
    // The public half follows from the secret, so whatever was begun before can be completed.
    if unsafe access(serverSecret, F_OK) != 0 {
      try KeyFolder.write(try KeyFolder.pair().secret, to: serverSecret, mode: 0o600)
    }
    let server = try KeyFolder.openHalf(of: serverSecret, made: path)
    if unsafe access(serverOpen, F_OK) != 0 {
      try KeyFolder.write(server, to: serverOpen, mode: 0o644)
    }
    let pair = try KeyFolder.pair()
    try make(folder)
    try KeyFolder.write(pair.secret, to: folder + "/" + secret, mode: 0o600)
    try KeyFolder.write(server, to: folder + "/server.pub", mode: 0o644)
    // Last: now whoever has them is let in.
    try KeyFolder.write(pair.open, to: open, mode: 0o644)
  }

  /// How a coordinator with these keys listens.
  ///
  /// - Throws: `KeyError` when the secret is missing, unreadable or open to others.
  package func serverSecurity() throws(KeyError) -> SocketSecurity {
    .server(secret: try KeyFolder.readSecret(serverSecret, made: path))
  }

  /// How a worker connects that was given this folder, a `workerFolder`.
  ///
  /// - Throws: `KeyError` when a key is missing or unreadable, or the secret open to others.
  package func workerSecurity() throws(KeyError) -> SocketSecurity {
    let secret = try KeyFolder.readSecret(path + "/worker.key", made: "KEYS")
    return .client(secret: secret, server: try KeyFolder.read(serverOpen))
  }

  /// How somebody asks for the status who was given this folder, a `viewerFolder` or a
  /// `workerFolder`.
  ///
  /// - Throws: `KeyError` when a key is missing or unreadable, or the secret open to others.
  package func viewerSecurity() throws(KeyError) -> SocketSecurity {
    let own = path + "/viewer.key"
    guard unsafe access(own, F_OK) == 0 else { return try workerSecurity() }
    let secret = try KeyFolder.readSecret(own, made: "KEYS")
    return .client(secret: secret, server: try KeyFolder.read(serverOpen))
  }

  /// Names by key of those who may work now, and what could not be read.
  ///
  /// Only a file that is gone ends what it allowed: one that cannot be read, or a folder, leaves
  /// its keys as they were in `previous`.
  package func allowedWorkers(
    previous: [CurveKey: String] = [:]
  ) -> (names: [CurveKey: String], faults: [KeyError]) {
    KeyFolder.names(in: allowed, previous: previous)
  }

  /// The same of those who may only ask for the status; a folder that is not there has none.
  package func allowedViewers(
    previous: [CurveKey: String] = [:]
  ) -> (names: [CurveKey: String], faults: [KeyError]) {
    if unsafe access(viewing, F_OK) != 0, errno == ENOENT { return ([:], []) }
    return KeyFolder.names(in: viewing, previous: previous)
  }

  private static func names(
    in list: String, previous: [CurveKey: String]
  ) -> (names: [CurveKey: String], faults: [KeyError]) {
    guard let folder = unsafe opendir(list) else {
      return (
        previous, [.unreadable(FileError(path: list, operation: "read folder", errno: errno))]
      )
    }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let file = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      if file.hasSuffix(".pub") { names.append(String(file.dropLast(4))) }
    }
    var result: [CurveKey: String] = [:]
    var faults: [KeyError] = []
    // Sorted, so that of two names for one key it is always the same that counts.
    for name in names.sorted(by: >) where KeyFolder.isUsable(name) {
      do throws(KeyError) {
        result[try KeyFolder.read(list + "/" + name + ".pub")] = name
      } catch {
        if case .unreadable(let file) = error, file.isMissing { continue }
        faults.append(error)
        for (key, former) in previous where former == name { result[key] = name }
      }
    }
    return (result, faults)
  }

  /// Names become files and are shown: letters, digits, dots, dashes, underscores.
  private static func isUsable(_ name: String) -> Bool {
    let others = Set(".-_".utf8)
    return (1...64).contains(name.utf8.count) && name.first != "."
      && name.utf8.allSatisfy {
        others.contains($0) || (48...57).contains($0) || (65...90).contains($0)
          || (97...122).contains($0)
      }
  }

  private static func pair() throws(KeyError) -> (secret: CurveKey, open: CurveKey) {
    do { return try CurveKey.newPair() } catch { throw .messaging(error) }
  }

  private func make(_ folder: String) throws(KeyError) {
    guard unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST else {
      throw .file(FileError(path: folder, operation: "create", errno: errno))
    }
  }

  private static func write(_ key: CurveKey, to path: String, mode: mode_t) throws(KeyError) {
    // With its mode from the first moment on, and never over another key.
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
    let descriptor = unsafe open(path, flags, mode)
    guard descriptor >= 0 else {
      throw .file(FileError(path: path, operation: "create", errno: errno))
    }
    defer { close(descriptor) }
    do { try writeAll(Array((key.text + "\n").utf8), to: descriptor, path: path) } catch {
      unsafe unlink(path)
      throw .file(error)
    }
  }

  private static func openHalf(of path: String, made folder: String) throws(KeyError) -> CurveKey {
    let secret = try readSecret(path, made: folder)
    do { return try secret.openHalf() } catch { throw .noKey(path) }
  }

  private static func readSecret(_ path: String, made folder: String) throws(KeyError) -> CurveKey {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      if errno == ENOENT { throw .missing(path, made: folder) }
      throw .unreadable(FileError(path: path, operation: "read", errno: errno))
    }
    guard status.st_mode & 0o077 == 0 else { throw .openToOthers(path) }
    let key = try read(path)
    do { _ = try key.openHalf() } catch { throw .noKey(path) }
    return key
  }

  /// Not mapped into memory: another program may be writing the file.
  private static func read(_ path: String) throws(KeyError) -> CurveKey {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .unreadable(FileError(path: path, operation: "read", errno: errno))
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
    guard count >= 0 else {
      throw .unreadable(FileError(path: path, operation: "read", errno: errno))
    }
    let text = String(decoding: bytes.prefix(count), as: UTF8.self)
    guard let key = CurveKey(String(text.prefix { !$0.isNewline })) else { throw .noKey(path) }
    return key
  }
}

/// Why a key cannot be used.
package enum KeyError: Error, Equatable, Sendable {
  case name(String)
  case taken(String, open: String, folder: String)
  case missing(String, made: String)
  case openToOthers(String)
  case noKey(String)
  case unreadable(FileError)
  /// A file or folder that cannot be written.
  case file(FileError)
  case messaging(MessagingError)
}

extension KeyError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .name(let name):
      "'\(name)' is no name for a worker: up to 64 letters, digits, dots, dashes and underscores"
    case .taken(let name, let open, let folder):
      "'\(folder)' has keys for '\(name)' already: choose another name, or remove '\(open)' and "
        + "'\(folder)' first"
    case .missing(let path, let folder):
      "there is no '\(path)': 'tsq keys new NAME --keys \(folder)' makes it; a coordinator takes "
        + "that folder itself, a worker its part, workers/NAME, and 'tsq status' that or "
        + "viewers/NAME"
    case .openToOthers(let path):
      "'\(path)' is a secret that others can read: 'chmod 600 \(path)', or make new keys if they "
        + "could be known"
    case .noKey(let path): "'\(path)' holds no key: make it again with 'tsq keys new NAME'"
    case .unreadable(let error), .file(let error): error.description
    case .messaging(let error): error.description
    }
  }
}
