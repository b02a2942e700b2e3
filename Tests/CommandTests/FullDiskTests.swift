import Foundation
import TestSupport
import Testing

private func command(_ program: String, _ arguments: [String]) throws -> Bool {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: program)
  process.arguments = arguments
  process.standardError = FileHandle.nullDevice
  try process.run()
  process.waitUntilExit()
  return process.terminationStatus == 0
}

/// A small file system of its own, unmounted when dropped.
private final class Disk {
  let path: String
  private let scratch: ScratchFolder

  /// Nil where this process may not mount.
  init?(_ options: String, in scratch: ScratchFolder) throws {
    self.scratch = scratch
    path = try scratch.folder("disk")
    guard getuid() == 0, FileManager.default.isExecutableFile(atPath: "/usr/bin/mount"),
      try command("/usr/bin/mount", ["-t", "tmpfs", "-o", options, "tmpfs", path])
    else { return nil }
  }

  deinit {
    do {
      if try !command("/usr/bin/umount", [path]) { Issue.record("cannot unmount \(path)") }
    } catch {
      Issue.record("cannot unmount \(path): \(error)")
    }
  }
}

private func canMount() throws -> Bool {
  try Disk("size=64k", in: ScratchFolder()) != nil
}

@Suite(
  .timeLimit(.minutes(10)),
  .enabled("needs the right to mount small file systems") { try canMount() })
struct `a full disk` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// 64 KB do not hold an empty journal, 300 KB not the first results.
  @Test(arguments: [64, 300])
  func `for the run folder`(_ size: Int) throws {
    let disk = try #require(try Disk("size=\(size)k", in: scratch))
    let ending = try Example.quantize(
      in: scratch, "--calibration", "512", "--run-folder", disk.path + "/run")
    try expectRefusal(ending, 74, "no space left", disk.path, leavingNothingIn: scratch)
    if size == 64 { #expect(try entries(disk.path).isEmpty) }
  }

  @Test func `for a checkpoint of a fine-tune`() throws {
    let disk = try #require(try Disk("size=24m", in: scratch))
    let recipe = try scratch.write(
      "recipe.yaml", "fine-tune: {epochs: 9, batch: 32, mirror: false}\nrefine: none\n")
    let arguments = [
      "quantize", Example.model, "--data", Example.training, "--preprocess", "unit",
      "--calibration", "32", "--workers", "1", "--recipe", recipe, "--checkpoint-steps", "2",
      "--output", scratch.file("out.onnx"), "--run-folder", disk.path + "/run", "--json",
    ]
    let program = try Program(arguments, in: scratch)
    try program.wait(until: "the fine-tune") { try program.error.contains("fine-tune: ") }
    let filler = disk.path + "/filler"
    #expect(!(try command("/usr/bin/dd", ["if=/dev/zero", "of=" + filler, "bs=64k"])))
    let ending = try program.wait()
    #expect(ending.code == 74, "\(ending.error)")
    #expect(ending.error.contains("no space left") && ending.error.contains("--resume"))
    #expect(!exists(scratch.file("out.onnx")))
    try FileManager.default.removeItem(atPath: filler)
    let resumed = try Program(arguments + ["--resume"], in: scratch).wait()
    #expect(resumed.code == 0, "\(resumed.error)")
  }

  /// 4 KB hold neither file, 16 KB the small one only.
  @Test(arguments: [4, 16])
  func `for the output`(_ size: Int) throws {
    let disk = try #require(try Disk("size=\(size)k", in: scratch))
    let ending = try Example.quantize(in: scratch, "--output", disk.path + "/out.onnx")
    try expectRefusal(
      ending, 74, "No space left", disk.path, "free some space", leavingNothingIn: scratch,
      except: ["run"])
    #expect(try entries(disk.path).isEmpty)
    // The work is not lost.
    let again = try Example.quantize(in: scratch, "--resume")
    #expect(again.code == 0, "\(again.error)")
  }

  /// The second file's place cannot be taken when the first already has its own.
  @Test(arguments: [false, true])
  func `leaves an old output as it was where its twin cannot be replaced`(_ hasOld: Bool) throws {
    // Needs a mount, as all of this suite.
    _ = try #require(try Disk("size=64k", in: scratch))
    let twin = try scratch.write("out.float.onnx", "twin")
    if hasOld { try scratch.write("out.onnx", "old") }
    try #require(try command("/usr/bin/mount", ["--bind", twin, twin]))
    let ending = try Example.quantize(in: scratch)
    try #require(try command("/usr/bin/umount", [twin]))
    try expectRefusal(
      ending, 73, "cannot replace '\(twin)'", leavingNothingIn: scratch,
      except: ["run", "out.onnx", "out.float.onnx"])
    #expect(exists(scratch.file("out.onnx")) == hasOld)
    if hasOld { #expect(try bytes(scratch.file("out.onnx")) == Array("old".utf8)) }
    #expect(try bytes(twin) == Array("twin".utf8))
  }

  @Test func `that may only be read`() throws {
    let disk = try #require(try Disk("ro", in: scratch))
    try expectRefusal(
      Example.quantize(in: scratch, "--output", disk.path + "/out.onnx"), 73,
      "Read-only file system", "--output", leavingNothingIn: scratch)
    try expectRefusal(
      Example.quantize(in: scratch, "--run-folder", disk.path + "/run"), 73,
      "Read-only file system", "--run-folder", leavingNothingIn: scratch)
  }
}
