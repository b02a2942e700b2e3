import Foundation
import ONNXSchema
import RunStore
import SwiftProtobuf
import Tensors
import TestSupport
import Testing

/// What a run on the shipped example prints and leaves.
@Suite(.timeLimit(.minutes(10)))
struct `the main job` {
  let baseline: Example.Baseline

  init() throws { baseline = try Example.baseline.get() }

  @Test func `standard output is one JSON object with every promised member`() throws {
    #expect(baseline.output.split(separator: "\n").count == 1)
    let object = try JSONSerialization.jsonObject(with: Data(baseline.output.utf8))
    let json = try #require(object as? [String: Any])
    #expect(json["output"] as? String == baseline.scratch.file("out.onnx"))
    #expect(json["bytes"] as? Int == (try bytes(baseline.scratch.file("out.onnx"))).count)
    #expect(try #require(json["seconds"] as? Double) > 0)
    #expect(json["workers"] as? Int == 2)
    #expect(json["seed"] as? Int == 0)
    #expect(try #require(json["kernel"] as? String).isEmpty == false)
    let accuracy = try #require(json["accuracy"] as? [String: Any])
    let stages = try #require(accuracy["stages"] as? [[String: Any]])
    #expect(stages.map { $0["name"] as? String } == ["input", "codes", "weights"])
    for stage in stages {
      #expect(stage["images"] as? Int == 500)
      #expect(try #require(stage["top5"] as? Double) >= (try #require(stage["top1"] as? Double)))
    }
    #expect(accuracy["input"] as? Double == 0.994)
    #expect(accuracy["output"] as? Double == stages.last?["top1"] as? Double)
    #expect(try #require(accuracy["output"] as? Double) > 0.9)
    let layers = try #require(json["layers"] as? [[String: Any]])
    #expect(layers.count == 7)
    for layer in layers {
      #expect(layer["name"] is String)
      #expect(layer["weights"] is String)
      #expect(layer.keys.contains("activations"))
      #expect((0...1).contains(try #require(layer["zeros"] as? Double)))
      #expect((0...1).contains(try #require(layer["error"] as? Double)))
    }
    #expect(layers[1]["weights"] as? String == "ternary")
    #expect(layers[1]["activations"] as? Int == 2)
  }

  @Test func `progress goes to standard error`() {
    for stage in ["reading data", "calibrate", "layers", "evaluate weights"] {
      #expect(baseline.error.contains(stage))
    }
    #expect(!baseline.error.contains("{"))
  }

  @Test func `both networks, report, record and journal are written`() throws {
    let left = try entries(baseline.scratch.path).filter { !$0.hasPrefix("stream-") }
    #expect(left == ["out.float.onnx", "out.onnx", "run"])
    let run = try entries(baseline.scratch.file("run"))
    for name in ["report.html", "record.json", "run.sqlite", "recipe.yaml", "store"] {
      #expect(run.contains(name))
    }
    let small = try bytes(baseline.scratch.file("out.onnx")).count
    #expect(small * 4 < (try bytes(Example.model)).count)
  }

  @Test(arguments: ["out.onnx", "out.float.onnx"])
  func `evaluating either form gives the accuracy that the run printed`(_ form: String) throws {
    let scratch = try ScratchFolder()
    let ending = try tsq(
      "evaluate", baseline.scratch.file(form), "--data", Example.test, "--preprocess", "unit",
      "--json", in: scratch)
    #expect(ending.code == 0)
    let json = try ending.json
    let object = try JSONSerialization.jsonObject(with: Data(baseline.output.utf8))
    let printed = (object as? [String: Any])?["accuracy"] as? [String: Any]
    #expect(json["top1"] as? Double == printed?["output"] as? Double)
    #expect(json["images"] as? Int == 500)
    #expect(json["top5"] is Double)
    #expect(json["standardError"] is Double)
  }

  @Test func `inspect shows networks and the run folder`() throws {
    let scratch = try ScratchFolder()
    let input = try tsq("inspect", Example.model, in: scratch)
    #expect(input.code == 0)
    #expect(input.output.contains("block1.conv1"))
    let output = try tsq("inspect", baseline.scratch.file("out.onnx"), "--all", in: scratch)
    #expect(output.code == 0)
    #expect(output.output.contains("{-1,0,1}"))
    #expect(output.output.contains("2 bits"))
    #expect(try tsq("inspect", baseline.scratch.file("out.float.onnx"), in: scratch).code == 0)
    let run = try tsq("inspect", baseline.scratch.file("run"), "--all", in: scratch)
    #expect(run.code == 0)
    #expect(run.output.contains("solve tasks finished"))
    #expect(run.output.contains("head.linear"))
    // The problem of each layer and its solution: 72 weights a row, 8 rows, 128 images of 8 × 8.
    let lines = run.output.split(separator: "\n").map(String.init)
    let heading = try #require(lines.firstIndex { $0.hasPrefix("problem") })
    let solution = try #require(
      lines[heading...].first { $0.hasPrefix("block1.conv1") }?.split(separator: " "))
    #expect(solution[1...2] == ["\(16 * 9)", "\(128 * 64)"])
    for stage in ["least squares", "projection", "ADMM", "descent", "final"] {
      #expect(solution.joined(separator: " ").contains(stage + " "))
    }
  }

  @Test func `inspect shows what an unfinished run has measured and solved`() throws {
    let scratch = try ScratchFolder()
    let copy = scratch.file("run")
    try FileManager.default.copyItem(atPath: baseline.scratch.file("run"), toPath: copy)
    try FileManager.default.removeItem(atPath: copy + "/record.json")
    let task = try #require(
      try RunFolder.open(path: copy).finishedTasks().first {
        $0.kind == "solve" && $0.layer == "head.linear"
      })
    let blob = try #require(
      try entries(copy + "/store").lazy.map { copy + "/store/" + $0 }.first { folder in
        exists(folder + "/" + task.outputs[0].hexadecimal)
      })
    try FileManager.default.removeItem(atPath: blob + "/" + task.outputs[0].hexadecimal)
    let ending = try tsq("inspect", copy, in: scratch)
    #expect(ending.code == 0, "\(ending.error)")
    #expect(ending.output.contains("not finished"))
    let line = try #require(
      ending.output.split(separator: "\n").last { $0.hasPrefix("head.linear") })
    #expect(line.contains("measured in 1 task, not solved yet"))
  }

  @Test func `a layer that no regression covers is named with the reason`() throws {
    let scratch = try ScratchFolder()
    let model = try Example.model("computed.onnx", in: scratch) { model in
      let index = try #require(model.graph.node.firstIndex { $0.opType == "Gemm" })
      model.graph.node.insert(
        .with {
          $0.opType = "ReduceMax"
          $0.name = "computed"
          $0.input = [model.graph.node[index].input[0]]
          $0.output = ["computed bias"]
          $0.attribute = [
            .with {
              $0.name = "keepdims"
              $0.type = .int
              $0.i = 0
            }
          ]
        }, at: index)
      model.graph.node[index + 1].input[2] = "computed bias"
    }
    let json = try Example.quantize(model, in: scratch).json
    let notes = try #require(json["notes"] as? [String])
    #expect(
      notes == [
        "node 'head.linear' (Gemm) has weights and stays in float: its bias is computed"
      ])
    let layers = try #require(json["layers"] as? [[String: Any]])
    #expect(layers.count == 6)
    // It is still the last one: no other layer gets 8 bits in its place.
    #expect(layers.last?["weights"] as? String == "ternary")
  }

  @Test func `report writes the same page again`() throws {
    let scratch = try ScratchFolder()
    let copy = scratch.file("run")
    try FileManager.default.copyItem(atPath: baseline.scratch.file("run"), toPath: copy)
    let page = try bytes(copy + "/report.html")
    try FileManager.default.removeItem(atPath: copy + "/report.html")
    let ending = try tsq("report", copy, in: scratch)
    #expect(ending.code == 0)
    #expect(ending.output == copy + "/report.html\n")
    #expect(try bytes(copy + "/report.html") == page)
  }

  @Test func `without JSON the accuracy before and after is printed`() throws {
    let scratch = try ScratchFolder()
    let ending = try tsq(
      "quantize", Example.model, "--data", Example.training, "--preprocess", "unit",
      "--calibration", "32", "--validation", Example.test, "--output", scratch.file("o.onnx"),
      in: scratch)
    #expect(ending.code == 0)
    #expect(ending.output.contains("accuracy (input): top-1 99.40 % ± 0.35 % of 500 images"))
    #expect(ending.output.contains("accuracy (weights): top-1 "))
    #expect(ending.output.contains(scratch.file("o.float.onnx")))
  }

  @Test func `extents that a network leaves open are those of the data`() throws {
    let scratch = try ScratchFolder()
    let open = try Example.model("open.onnx", in: scratch) { model in
      for axis in 2...3 {
        model.graph.input[0].type.tensorType.shape.dim[axis].dimParam = "extent \(axis)"
      }
    }
    let ending = try tsq(
      "evaluate", open, "--data", Example.test, "--preprocess", "unit", "--json", in: scratch)
    #expect(ending.code == 0, "\(ending.error)")
    #expect(try ending.json["top1"] as? Double == 0.994)
  }
}
