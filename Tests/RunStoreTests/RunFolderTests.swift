import Foundation
import RunStore
import Tensors
import TestSupport
import Testing

private let identity = ["model": "m1", "data": "d1", "recipe": "r1", "program": "0.1.0"]

@Suite(.timeLimit(.minutes(10))) struct `run folder` {
  let scratch: ScratchFolder
  var path: String { scratch.path + "/a/run" }

  init() throws { scratch = try ScratchFolder() }

  @Test func `a new run makes its folders and can be opened and resumed`() throws {
    do {
      let run = try RunFolder.create(path: path, fingerprint: identity)
      #expect(run.isWritable)
      try run.setFact("seed", "7")
    }
    let reader = try RunFolder.open(path: path)
    #expect(!reader.isWritable)
    #expect(try reader.fingerprint() == identity)
    #expect(try reader.facts()["seed"] == "7")
    let resumed = try RunFolder.resume(path: path, fingerprint: identity)
    #expect(resumed.isWritable)
  }

  @Test func `a second run in the same folder is refused with the way out`() throws {
    do { _ = try RunFolder.create(path: path, fingerprint: identity) }
    let error = #expect(throws: RunStoreError.self) {
      try RunFolder.create(path: path, fingerprint: identity)
    }
    #expect(error == .runExists(folder: path))
    #expect("\(try #require(error))".contains("--resume"))
  }

  @Test func `a folder with other things in it is left alone`() throws {
    try scratch.write("holiday.txt", [1])
    #expect(throws: RunStoreError.notEmpty(folder: scratch.path, entry: "holiday.txt")) {
      try RunFolder.create(path: scratch.path, fingerprint: identity)
    }
    #expect(scratch.files == ["holiday.txt"])
  }

  @Test func `a folder whose making was interrupted can be made again`() throws {
    try scratch.write("run.sqlite", [])
    try scratch.write("run.lock", Array("1\n".utf8))
    #expect(throws: RunStoreError.self) {
      try RunFolder.resume(path: scratch.path, fingerprint: identity)
    }
    let run = try RunFolder.create(path: scratch.path, fingerprint: identity)
    #expect(try run.fingerprint() == identity)
  }

  @Test(arguments: [
    (["model": "m2", "recipe": "r2"], "model"),
    (["data": "d2", "recipe": "r2"], "data"),
    (["recipe": "r2", "kernel": "avx2"], "recipe"),
    (["program": "0.2.0", "model": "m2"], "program"),
    (["kernel": "avx2"], "kernel"),
  ])
  func `resume refuses and names the first field that differs`(
    changes: [String: String], field: String
  ) throws {
    do { _ = try RunFolder.create(path: path, fingerprint: identity) }
    let given = identity.merging(changes) { $1 }
    let error = #expect(throws: RunStoreError.self) {
      try RunFolder.resume(path: path, fingerprint: given)
    }
    #expect(
      error
        == .fingerprintDiffers(
          folder: path, field: field, stored: identity[field], given: given[field]))
    #expect("\(try #require(error))".contains("'\(given[field]!)'"))
  }

  @Test func `resume refuses a fingerprint that lacks a field`() throws {
    do { _ = try RunFolder.create(path: path, fingerprint: identity) }
    var given = identity
    given["data"] = nil
    #expect(
      throws: RunStoreError.fingerprintDiffers(
        folder: path, field: "data", stored: "d1", given: nil)
    ) { try RunFolder.resume(path: path, fingerprint: given) }
  }

  @Test func `a second coordinator is refused with the process id of the first`() throws {
    let first = try RunFolder.create(path: path, fingerprint: identity)
    #expect(throws: RunStoreError.locked(folder: path, process: getpid())) {
      try RunFolder.resume(path: path, fingerprint: identity)
    }
    // Reading is free.
    #expect(try RunFolder.open(path: path).fingerprint() == identity)
    #expect(first.isWritable)
  }

  @Test func `what is no run folder is named as such`() throws {
    for open in [
      { _ = try RunFolder.open(path: $0) },
      { _ = try RunFolder.resume(path: $0, fingerprint: [:]) },
    ] as [(String) throws -> Void] {
      let missing = #expect(throws: RunStoreError.self) { try open(path) }
      #expect("\(try #require(missing))".contains("no such folder"))
      let empty = #expect(throws: RunStoreError.self) { try open(scratch.path) }
      #expect("\(try #require(empty))".contains("no run.sqlite"))
    }
    try scratch.write("run.sqlite", Array("this is not a database, only some text".utf8))
    #expect(throws: RunStoreError.self) { try RunFolder.open(path: scratch.path) }
  }

  @Test func `a journal of a newer program is refused with both versions`() throws {
    do { _ = try RunFolder.create(path: scratch.path, fingerprint: identity) }
    // SQLite keeps user_version big-endian at byte 60 of the file.
    let place = URL(fileURLWithPath: scratch.path + "/run.sqlite")
    var bytes = try Array(Data(contentsOf: place))
    bytes.replaceSubrange(60..<64, with: [0, 0, 0, 99])
    try scratch.write("run.sqlite", bytes)
    let error = #expect(throws: RunStoreError.self) { try RunFolder.open(path: scratch.path) }
    #expect(error == .newerSchema(folder: scratch.path, found: 99, known: 1))
  }

  @Test func `a file in the way of the folder is an error`() throws {
    try scratch.write("a", [1])
    let error = #expect(throws: RunStoreError.self) {
      try RunFolder.create(path: path, fingerprint: identity)
    }
    #expect("\(try #require(error))".contains(scratch.path + "/a"))
  }

  @Test func `files for people are replaced whole`() throws {
    let run = try RunFolder.create(path: path, fingerprint: identity)
    #expect(try run.read(.recipe) == nil)
    try run.write(.recipe, "weights: ternary\n")
    try run.write(.recipe, "weights: binary\n")
    #expect(try run.read(.recipe) == "weights: binary\n")
    #expect(!scratch.files.contains { $0.hasSuffix(".partial") })
  }
}
