import Foundation
import ONNXSchema
import SwiftProtobuf
import TestSupport
import Testing

/// Models declared for one batch size, as exporters write them that trace one example.
@Suite(.timeLimit(.minutes(10)))
struct `a fixed batch` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// The example for `batch` images, the batch also in the target of a Reshape.
  private func model(
    _ batch: Int, _ change: (inout Onnx_ModelProto) throws -> Void = { _ in }
  ) throws -> String {
    try Example.model("fixed.onnx", in: scratch) { model in
      model.graph.input[0].type.tensorType.shape.dim[0].dimValue = Int64(batch)
      model.graph.output[0].type.tensorType.shape.dim[0].dimValue = Int64(batch)
      let index = try #require(model.graph.node.firstIndex { $0.opType == "Flatten" })
      model.graph.node[index].opType = "Reshape"
      model.graph.node[index].attribute = []
      model.graph.node[index].input.append("target")
      model.graph.initializer.append(vector("target", [Int64(batch), -1]))
      try change(&model)
    }
  }

  private func vector(_ name: String, _ values: [Int64]) -> Onnx_TensorProto {
    .with {
      $0.name = name
      $0.dims = [Int64(values.count)]
      $0.dataType = 7
      $0.int64Data = values
    }
  }

  private func quantize(_ model: String) throws -> Program.Ending {
    try Example.quantize(
      model, in: scratch, "--calibration", "128", "--validation", Example.test, "--workers", "2")
  }

  private func evaluate(_ model: String) throws -> Double {
    let ending = try tsq(
      "evaluate", model, "--data", Example.test, "--preprocess", "unit", "--json", in: scratch)
    #expect(ending.code == 0, "\(ending.error)")
    return try #require(ending.json["top1"] as? Double)
  }

  /// 500 images are no multiple of 3.
  @Test(arguments: [1, 3])
  func `is quantized as an open one, and stays declared`(_ batch: Int) throws {
    let model = try model(batch)
    #expect(try evaluate(model) == 0.994)
    let ending = try quantize(model)
    #expect(ending.code == 0, "\(ending.error)")
    let accuracy = try #require(ending.json["accuracy"] as? [String: Any])
    #expect(accuracy["input"] as? Double == 0.994)
    let found = try #require(accuracy["output"] as? Double)
    #expect(found > 0.9)
    for name in ["out.onnx", "out.float.onnx"] {
      let written = try Onnx_ModelProto(serializedBytes: bytes(scratch.file(name)))
      #expect(written.graph.input[0].type.tensorType.shape.dim[0].dimValue == Int64(batch))
      #expect(abs(try evaluate(scratch.file(name)) - found) <= 0.01)
    }
    // The same as for the open batch.
    let open = try Example.quantize(
      in: scratch, "--calibration", "128", "--validation", Example.test, "--run-folder",
      scratch.file("open"))
    #expect(try (open.json["accuracy"] as? [String: Any])?["output"] as? Double == found)
  }

  /// Taking the first image changes nothing in a batch of one, and everything in another.
  @Test func `that cannot be opened is quantized image by image`() throws {
    let model = try model(1) { model in
      for (name, values) in [("from", [0]), ("to", [1]), ("along", [0])] as [(String, [Int64])] {
        model.graph.initializer.append(vector(name, values))
      }
      model.graph.node.insert(
        .with {
          $0.opType = "Slice"
          $0.name = "first"
          $0.input = ["input", "from", "to", "along"]
          $0.output = ["first image"]
        }, at: 0)
      model.graph.node[1].input[0] = "first image"
    }
    let ending = try quantize(model)
    #expect(ending.code == 0, "\(ending.error)")
    let accuracy = try #require(ending.json["accuracy"] as? [String: Any])
    #expect(accuracy["input"] as? Double == 0.994)
    #expect(try #require(accuracy["output"] as? Double) > 0.9)
  }

  @Test func `whose images are not kept apart is refused before any work`() throws {
    let model = try model(4) { model in
      let output = model.graph.output[0].name
      let index = try #require(model.graph.node.firstIndex { $0.output.contains(output) })
      model.graph.node[index].output = ["separate"]
      model.graph.initializer.append(vector("all", [2, 20]))
      model.graph.node.append(
        .with {
          $0.opType = "Reshape"
          $0.name = "mixed"
          $0.input = ["separate", "all"]
          $0.output = [output]
        })
    }
    try expectRefusal(
      Example.quantize(model, in: scratch), 65, "value 'logits' of shape [2, 20]",
      "one row per image", leavingNothingIn: scratch)
  }
}
