import Foundation
import TestSupport
import Testing

/// Where nothing can be written, or nobody comes.
@Suite(.timeLimit(.minutes(10)))
struct `a bad place` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test func `for the output: a folder that is missing`() throws {
    try expectRefusal(
      Example.quantize(in: scratch, "--output", scratch.file("none/out.onnx")), 73,
      "there is no folder '\(scratch.file("none"))'", "--output", leavingNothingIn: scratch)
  }

  @Test func `for the output: below a file`() throws {
    let file = try scratch.write("file", "")
    try expectRefusal(
      Example.quantize(in: scratch, "--output", file + "/out.onnx"), 73, "is not a folder",
      "--output", leavingNothingIn: scratch)
  }

  @Test func `for the output: a folder's own path, or a device`() throws {
    try expectRefusal(
      Example.quantize(in: scratch, "--output", scratch.path), 73, "it is a folder",
      leavingNothingIn: scratch)
    try expectRefusal(
      Example.quantize(in: scratch, "--output", "/dev/null"), 73, "not a regular file",
      leavingNothingIn: scratch)
  }

  /// Root may write everywhere but here.
  @Test func `for the output: a folder that takes no files`() throws {
    try expectRefusal(
      Example.quantize(in: scratch, "--output", "/proc/out.onnx"), 73, "takes no new file",
      leavingNothingIn: scratch)
  }

  @Test func `for the run folder: below a file`() throws {
    let file = try scratch.write("file", "")
    try expectRefusal(
      Example.quantize(in: scratch, "--run-folder", file + "/run"), 73, "Not a directory",
      "--run-folder", leavingNothingIn: scratch)
  }

  @Test func `for the run folder: a folder of other things`() throws {
    try expectRefusal(
      Example.quantize(in: scratch, "--run-folder", Example.folder), 78, "not a run folder",
      "--run-folder", leavingNothingIn: scratch)
  }

  @Test func `for a resume, a report or a look`() throws {
    try expectRefusal(
      Example.quantize(in: scratch, "--resume"), 66, "not a run folder", leavingNothingIn: scratch)
    for command in ["inspect", "report"] {
      let empty = try scratch.folder("empty")
      let ending = try tsq(command, empty, in: scratch)
      #expect(ending.code == 66)
      #expect(ending.error.contains("not a run folder"))
      #expect(try tsq(command, scratch.file("none"), in: scratch).code == 66)
    }
  }

  @Test func `an endpoint in use`() throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
        unsafe bind(listener, general, size) + listen(listener, 1)
          + getsockname(listener, general, &size)
      }
    }
    try #require(result == 0)
    let endpoint = "tcp://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    try expectRefusal(
      Example.quantize(in: scratch, "--listen", endpoint, "--insecure"), 69, endpoint, "in use",
      "choose another port", leavingNothingIn: scratch)
  }

  @Test func `no worker connects`() throws {
    let ending = try Example.quantize(
      in: scratch, "--workers", "0", "--listen", "tcp://127.0.0.1:0", "--insecure",
      "--worker-deadline", "1")
    try expectRefusal(
      ending, 69, "no worker was connected for 1 s", "tsq worker --connect",
      leavingNothingIn: scratch, except: ["run"])
  }

  @Test func `a worker without a coordinator's endpoint`() throws {
    let ending = try tsq("worker", "--connect", "here", in: scratch)
    #expect(ending.code == 64)
    #expect(ending.error.contains("neither tcp:// nor ipc://"))
  }
}
