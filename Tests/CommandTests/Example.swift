import Foundation
import ONNXSchema
import RunStore
import SwiftProtobuf
import Tensors
import TestSupport
import Testing

/// The example that ships with the repository, and runs on it.
enum Example {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path
  static let folder = root + "/Examples/digits"
  static let model = folder + "/digits.onnx"
  static let training = folder + "/train-images.idx3-ubyte"
  static let test = folder + "/test-images.idx3-ubyte"
  static let testLabels = folder + "/test-labels.idx1-ubyte"

  /// What decides the result of the runs that are compared with each other.
  static let work = [
    "quantize", model, "--data", training, "--preprocess", "unit", "--calibration", "128",
    "--validation", test,
  ]

  /// A short run, where it fails anyway.
  static func quantize(
    _ model: String = model, data: String = training, in scratch: ScratchFolder, _ more: String...
  ) throws -> Program.Ending {
    var arguments = [
      "quantize", model, "--data", data, "--preprocess", "unit", "--calibration", "32", "--json",
      "--output", scratch.file("out.onnx"),
    ]
    if !more.contains("--workers") { arguments += ["--workers", "1"] }
    if !more.contains("--run-folder") { arguments += ["--run-folder", scratch.file("run")] }
    // Of an option given twice the last counts.
    return try Program(arguments + more, in: scratch).wait()
  }

  /// The arguments of a whole run in `scratch`.
  static func arguments(_ scratch: ScratchFolder, _ more: String...) -> [String] {
    work + ["--json", "--output", scratch.file("out.onnx"), "--run-folder", scratch.file("run")]
      + more
  }

  /// One whole run with two workers, for the tests that only look at what it left.
  static let baseline = Result { try Baseline() }

  struct Baseline: Sendable {
    let scratch: ScratchFolder
    let output: String
    let error: String
    let digest: Digest
    let tasks: [TaskRecord]

    init() throws {
      scratch = try ScratchFolder()
      let ending = try Program(Example.arguments(scratch, "--workers", "2"), in: scratch).wait()
      try #require(ending.code == 0, "\(ending.error)")
      output = ending.output
      error = ending.error
      digest = Digest(of: try bytes(scratch.file("out.onnx")))
      tasks = try RunFolder.open(path: scratch.file("run")).finishedTasks()
    }
  }

  /// The example's model, changed.
  static func model(
    _ name: String, in scratch: ScratchFolder, _ change: (inout Onnx_ModelProto) throws -> Void
  ) throws -> String {
    var model = try Onnx_ModelProto(serializedBytes: bytes(model))
    try change(&model)
    return try scratch.write(name, Array(try model.serializedData()))
  }
}
