internal import Glibc
internal import Messaging

/// The files of sockets that were bound for workers started by hand; removed when dropped.
final class SocketFiles {
  private var paths: [String] = []

  func add(_ endpoint: Endpoint) { if case .ipc(let path) = endpoint { paths.append(path) } }

  deinit { for path in paths { SocketFile.remove(path) } }
}

/// A folder for Unix-domain sockets that only this user can enter; removed when dropped.
///
/// It lies in /tmp because the path of such a socket may have 107 bytes at most.
@safe
final class EndpointFolder {
  private let path: String

  /// - Throws: `NodeError.messaging`.
  init() throws(NodeError) {
    var template = Array("/tmp/tsq-XXXXXX".utf8CString)
    // mkdtemp makes the folder with mode 0700.
    let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return false }
      return unsafe mkdtemp(base) != nil
    }
    guard made else {
      throw .messaging(
        .systemRefused(
          operation: "make a folder for sockets in /tmp",
          reason: unsafe String(cString: strerror(errno))))
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  var control: Endpoint { .ipc(path: path + "/control") }
  var bulk: Endpoint { .ipc(path: path + "/bulk") }

  deinit {
    for name in ["/control", "/bulk"] { unsafe unlink(path + name) }
    unsafe rmdir(path)
  }
}
