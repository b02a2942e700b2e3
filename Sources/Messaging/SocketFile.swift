internal import CZeroMQ
internal import Glibc

/// The file of a Unix-domain socket. libzmq removes whatever lies at the path before it binds, so
/// what lies there is looked at first.
package enum SocketFile {
  /// Makes room at a path: removes the file of a socket that nobody listens on.
  ///
  /// - Throws: `MessagingError.endpointInUse` when somebody listens, `.endpointRefused` when the
  ///   file is no socket or cannot be asked.
  static func makeRoom(at path: String) throws(MessagingError) {
    // An abstract name is no file.
    if path.hasPrefix("@") { return }
    let endpoint = Endpoint.ipc(path: path).description
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw .endpointRefused(endpoint, reason: MessagingError.reason(of: errno))
    }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw .endpointRefused(
        endpoint,
        reason: "a file that is no socket lies there; choose another path, or move that file")
    }
    switch answer(at: path) {
    case 0, EAGAIN: throw .endpointInUse(endpoint)
    case ECONNREFUSED: remove(path)
    case let code: throw .endpointRefused(endpoint, reason: MessagingError.reason(of: code))
    }
  }

  /// Removes the file of a socket that was closed; what else lies there stays.
  package static func remove(_ path: String) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
    unsafe unlink(path)
  }

  /// 0 if somebody listens at the path, otherwise the system's error number.
  private static func answer(at path: String) -> Int32 {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(AF_UNIX, kind | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    let bytes = Array(path.utf8.prefix(capacity - 1))
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    return result == 0 ? 0 : errno
  }
}
