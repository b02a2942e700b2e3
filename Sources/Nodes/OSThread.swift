internal import CLinux
internal import Glibc

/// A thread of the operating system that runs one body to its end.
@safe
final class OSThread {
  private var handle: pthread_t
  private var isJoined = false

  /// Starts `body` on a new thread.
  ///
  /// - Throws: `NodeError.spawn` when the system is out of threads.
  init(_ name: String, stackBytes: Int, body: @escaping @Sendable () -> Void) throws(NodeError) {
    let box = unsafe Unmanaged.passRetained(ThreadBody(name: name, run: body))
    var handle = pthread_t()
    let result = unsafe tsq_start_thread(&handle, stackBytes, threadStart, box.toOpaque())
    guard result == 0 else {
      unsafe box.release()
      throw .spawn(executable: "thread \(name)", reason: unsafe String(cString: strerror(result)))
    }
    self.handle = handle
  }

  /// Waits for the end of the body; later calls return at once.
  func join() {
    guard !isJoined else { return }
    isJoined = true
    _ = pthread_join(handle, nil)
  }

  deinit { if !isJoined { pthread_detach(handle) } }
}

private final class ThreadBody: Sendable {
  let name: String
  let run: @Sendable () -> Void

  init(name: String, run: @escaping @Sendable () -> Void) {
    self.name = name
    self.run = run
  }
}

/// The C entry point of every thread; takes over the body's reference.
private nonisolated func threadStart(_ argument: UnsafeMutableRawPointer?)
  -> UnsafeMutableRawPointer?
{
  guard let argument = unsafe argument else { return nil }
  let body = unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
  // The kernel keeps fifteen bytes of a thread's name.
  unsafe tsq_name_thread(String(body.name.prefix(15)))
  body.run()
  return nil
}
