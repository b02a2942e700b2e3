import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct `Writing a file at once` {
  private func inFolder(_ body: (String) throws -> Void) throws {
    let folder = try ScratchFolder()
    try withExtendedLifetime(folder) { try body(folder.path) }
  }

  private func content(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test func `makes a new file and replaces an old one, leaving nothing else`() throws {
    try inFolder { folder in
      let path = folder + "/model.onnx"
      let large = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      try writeFile(large, to: path)
      #expect(try content(path) == large)
      try writeFile([1, 2, 3], to: path)
      #expect(try content(path) == [1, 2, 3])
      try writeFile([], to: path)
      #expect(try content(path).isEmpty)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.onnx"])
    }
  }

  @Test func `keeps the permissions of the file and the link that names it`() throws {
    try inFolder { folder in
      let path = folder + "/model.onnx"
      let link = folder + "/link.onnx"
      try writeFile([1], to: path)
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
      try FileManager.default.createSymbolicLink(
        atPath: link, withDestinationPath: "model.onnx")
      try writeFile([2], to: link)
      #expect(try content(path) == [2])
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "model.onnx")
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == 0o640)
    }
  }

  @Test func `names a folder that is not there`() throws {
    try inFolder { folder in
      #expect(
        throws: FileError(
          path: folder + "/none/model.onnx", operation: "create", errno: ENOENT)
      ) { try writeFile([1], to: folder + "/none/model.onnx") }
    }
  }

  @Test func `writes none of several files when one cannot be written`() throws {
    try inFolder { folder in
      try writeFile([1], to: folder + "/old.onnx")
      #expect(throws: FileError.self) {
        try writeFiles([
          ([2], folder + "/old.onnx"), ([2], folder + "/new.onnx"), ([2], folder + "/none/a.onnx"),
        ])
      }
      #expect(try content(folder + "/old.onnx") == [1])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["old.onnx"])
    }
  }

  @Test func `refuses what is no regular file`() throws {
    try inFolder { folder in
      #expect {
        try writeFile([1], to: folder)
      } throws: { "\($0)".contains("not a regular file") }
    }
  }

  @Test func `reports a full disk`() throws {
    let handle = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    #expect(
      throws: FileError(path: "out.onnx", operation: "write", errno: ENOSPC)
    ) { try writeAll([1, 2, 3], to: handle.fileDescriptor, path: "out.onnx") }
  }
}
