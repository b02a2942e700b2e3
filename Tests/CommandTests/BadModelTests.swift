import Foundation
import ONNXSchema
import TestSupport
import Testing

/// Models that cannot be used are refused before any work.
@Suite(.timeLimit(.minutes(10)))
struct `a bad model` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func expectRefusal(
    _ model: String, _ code: Int32, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try CommandTests.expectRefusal(
      Example.quantize(model, in: scratch), code, what, model, leavingNothingIn: scratch,
      sourceLocation: sourceLocation)
    let data = ["--data", Example.test, "--preprocess", "unit"]
    let ending = try Program(["evaluate", model] + data, in: scratch).wait()
    #expect(ending.code == code, sourceLocation: sourceLocation)
    #expect(ending.error.contains(what), sourceLocation: sourceLocation)
  }

  @Test func `that is missing`() throws {
    try expectRefusal(scratch.file("none.onnx"), 66, "No such file")
  }

  @Test func `that is a folder`() throws {
    try expectRefusal(try scratch.folder("folder.onnx"), 65, "not a regular file")
  }

  @Test func `that is empty`() throws {
    try expectRefusal(try scratch.write("empty.onnx", ""), 65, "it is empty")
  }

  @Test func `that is text`() throws {
    try expectRefusal(
      try scratch.write("text.onnx", "this is not a model"), 65, "not an ONNX model")
  }

  @Test(arguments: [1, 2, 7, 300, 50_000, 118_000])
  func `that ends early`(_ count: Int) throws {
    let whole = try bytes(Example.model)
    try expectRefusal(
      try scratch.write("cut.onnx", Array(whole.prefix(count))), 65, "cannot read model")
  }

  @Test func `with an operator that is not supported`() throws {
    let model = try Example.model("random.onnx", in: scratch) { model in
      let index = try #require(model.graph.node.firstIndex { $0.opType == "Relu" })
      model.graph.node[index].opType = "RandomNormalLike"
    }
    try expectRefusal(model, 65, "node 'stem.relu' (RandomNormalLike)")
  }

  @Test func `of an opset that is not known`() throws {
    let model = try Example.model("opset.onnx", in: scratch) { $0.opsetImport[0].version = 99 }
    try expectRefusal(model, 65, "its opset is 99")
  }

  @Test(arguments: [Float.nan, .infinity])
  func `with weights that are no numbers`(_ value: Float) throws {
    let model = try Example.model("nan.onnx", in: scratch) { model in
      model.graph.initializer[0].rawData.replaceSubrange(
        12..<16, with: unsafe withUnsafeBytes(of: value) { unsafe Data($0) })
    }
    try expectRefusal(model, 65, "'stem.conv.weight' holds \(value) at element 3")
  }

  /// Products of two layers that are finite each: what is calibrated on is none.
  @Test(arguments: [
    ("2", Int32(65), "NaN or infinity at 'block1.relu1_out'"),
    ("float", 75, "block1.conv1 rows 0–15: attempt 1: numeric failure"),
  ])
  func `whose values overflow names the layer`(
    _ activations: String, _ code: Int32, _ what: String
  ) throws {
    let model = try Example.model("huge.onnx", in: scratch) { model in
      for name in ["stem.conv.weight", "block1.conv1.weight"] {
        let index = try #require(model.graph.initializer.firstIndex { $0.name == name })
        let values = unsafe model.graph.initializer[index].rawData.withUnsafeBytes { bytes in
          unsafe bytes.bindMemory(to: Float.self).map { $0 * 1e25 }
        }
        model.graph.initializer[index].rawData = unsafe values.withUnsafeBytes { unsafe Data($0) }
      }
    }
    let ending = try Example.quantize(model, in: scratch, "--activations", activations)
    #expect(ending.code == code, "\(ending.error)")
    #expect(ending.error.contains(what), "\(ending.error)")
    #expect(!exists(scratch.file("out.onnx")))
  }

  @Test func `with a shape that depends on its input`() throws {
    let model = try Example.model("reshape.onnx", in: scratch) { model in
      var shape = model.graph.input[0]
      shape.name = "shape"
      shape.type.tensorType.elemType = 7
      shape.type.tensorType.shape.dim.removeLast(3)
      model.graph.input.append(shape)
      let index = try #require(model.graph.node.firstIndex { $0.opType == "Flatten" })
      model.graph.node[index].opType = "Reshape"
      model.graph.node[index].attribute = []
      model.graph.node[index].input.append("shape")
    }
    try expectRefusal(model, 65, "target shape from 'shape', which is not a constant")
  }

  @Test func `whose input declares no shape`() throws {
    let model = try Example.model("shape.onnx", in: scratch) { model in
      model.graph.input[0].type.tensorType.clearShape()
    }
    try expectRefusal(model, 65, "'input' is a graph input without a shape")
  }

  @Test func `with nothing to quantize`() throws {
    let model = try Example.model("bare.onnx", in: scratch) { model in
      let node = try #require(model.graph.node.last { $0.opType == "Relu" })
      model.graph.node = [node]
      model.graph.node[0].input = ["input"]
      model.graph.node[0].output = ["output"]
      model.graph.initializer = []
      model.graph.valueInfo = []
      model.graph.output = model.graph.input
      model.graph.output[0].name = "output"
    }
    try CommandTests.expectRefusal(
      Example.quantize(model, in: scratch), 65, "no convolution or linear layer",
      leavingNothingIn: scratch)
  }
}
