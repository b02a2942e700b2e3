import Network
import ONNX
import ONNXSchema
import SwiftProtobuf
import Tensors
import Testing

/// The problem that reading these bytes ends in, or nil where it succeeds.
func problem(_ bytes: [UInt8]) -> ONNXProblem? {
  do {
    _ = try readNetwork(bytes: bytes)
    return nil
  } catch {
    return error.problem
  }
}

func problem(_ fixture: ModelFixture) throws -> ONNXProblem? { problem(try fixture.serialized()) }

@Suite struct `Refusing a file` {
  @Test func `A missing file is named with the system's reason`() throws {
    let error = #expect(throws: ONNXError.self) { try readNetwork(path: "/nowhere/model.onnx") }
    let text = try #require(error).description
    #expect(text.contains("/nowhere/model.onnx"))
    #expect(text.contains("No such file"))
  }

  @Test func `Empty, foreign and pointer files are told apart`() {
    #expect(problem([]) == .malformed("it is empty"))
    #expect("\(String(describing: problem(Array("<html>".utf8))))".contains("not an ONNX model"))
    #expect(
      "\(String(describing: problem(Array(repeating: 0, count: 64))))".contains("not an ONNX"))
    let pointer = Array("version https://git-lfs.github.com/spec/v1\noid sha256:00\n".utf8)
    #expect("\(String(describing: problem(pointer)))".contains("git lfs pull"))
  }

  @Test func `A model cut anywhere is refused`() throws {
    var fixture = singleNode("Add", more: ["w"]) {
      $0.constant("w", [1, 4, 6, 6], .float, bytes: [UInt8](repeating: 0, count: 576))
    }
    fixture.model.producerName = ""
    let bytes = try fixture.serialized()
    #expect(problem(bytes) == nil)
    for count in 0..<bytes.count { #expect(problem(Array(bytes[..<count])) != nil) }
  }

  @Test(arguments: [-1, 0, 26, 1000])
  func `An operator set outside the supported ones is refused`(opset: Int) throws {
    #expect(
      try problem(singleNode("Relu", opset: opset))
        == .unsupportedOpset(domain: "", version: opset, supported: 1...25))
  }

  @Test(arguments: [7, 13, 21, 25])
  func `The supported operator sets are read`(opset: Int) throws {
    #expect(try problem(singleNode("Relu", opset: opset)) == nil)
  }

  @Test func `All unsupported operators are named at once`() throws {
    var fixture = singleNode("Relu")
    fixture.node("ImageDecoder", ["y"], ["a"], name: "up")
    fixture.node("ImageDecoder", ["a"], ["b"], name: "up again")
    fixture.node("Relu", ["b"], ["z"], name: "foreign", domain: "com.example")
    fixture.model.graph.output = []
    fixture.output("z")
    let found = try problem(fixture)
    #expect(
      found
        == .unsupportedOperators([
          NodeLabel(name: "up", operatorName: "ImageDecoder"),
          NodeLabel(name: "foreign", operatorName: "com.example.Relu"),
        ]))
    let text = try #require(found).description
    #expect(text.contains("'up' (ImageDecoder)") && text.contains("extract_model"))
  }

  @Test func `Messages name the model, the part and the remedy`() throws {
    let bytes = try singleNode("Dropout", opset: 6).serialized()
    let error = #expect(throws: ONNXError.self) {
      try readNetwork(bytes: bytes, source: "blob 7")
    }
    #expect(
      try #require(error).description
        == "cannot read model 'blob 7': node 'only' (Dropout) is in training mode: export the "
        + "model for inference (in PyTorch: model.eval())")
  }
}

@Suite struct `Refusing a graph` {
  @Test func `An input axis without elements is refused, a leading one is open`() throws {
    #expect(
      "\(String(describing: try problem(singleNode("Relu", shape: [1, 0, 2]))))"
        .contains("declares axis 1 to have no elements"))
    let network = try readNetwork(bytes: singleNode("Relu", shape: [0, 4]).serialized())
    #expect(network.fixedBatchSize == nil)
    #expect(try network.inferShapes(batch: 3)[network.outputs[0]] == [3, 4])
  }

  @Test func `An undefined value is named with its reader`() throws {
    #expect(
      try problem(singleNode("Add", more: ["ghost"]))
        == .undefinedValue(name: "ghost", reader: "node 'only' (Add)"))
    var fixture = singleNode("Relu")
    fixture.output("ghost")
    #expect(
      try problem(fixture)
        == .undefinedValue(name: "ghost", reader: "the list of graph outputs"))
  }

  @Test func `A circle is refused, and its nodes are named`() throws {
    var fixture = ModelFixture()
    fixture.input("x", [1])
    fixture.node("Add", ["x", "b"], ["a"], name: "one")
    fixture.node("Relu", ["a"], ["b"], name: "two")
    fixture.output("b")
    #expect(try problem(fixture) == .cycle(nodes: ["one", "two"]))
  }

  @Test func `A value defined twice is refused`() throws {
    var twice = singleNode("Relu")
    twice.node("Relu", ["x"], ["y"])
    #expect(try problem(twice) == .duplicateValue(name: "y"))

    var shadowing = singleNode("Relu")
    shadowing.node("Relu", ["y"], ["x"])
    #expect(try problem(shadowing) != nil)

    var inputs = singleNode("Relu")
    inputs.input("x", [1])
    #expect(try problem(inputs) == .duplicateValue(name: "x"))

    var constants = singleNode("Add", more: ["w"])
    constants.constant("w", [1], [1])
    constants.constant("w", [1], [2])
    #expect(try problem(constants) == .duplicateValue(name: "w"))

    var outputs = singleNode("Relu")
    outputs.output("y")
    #expect(try problem(outputs) == .duplicateValue(name: "y"))
  }

  @Test func `Sparse initializers, subgraphs, sequences and strings are refused`() throws {
    var sparse = singleNode("Relu")
    sparse.model.graph.sparseInitializer = [.with { $0.values.name = "s" }]
    #expect("\(String(describing: try problem(sparse)))".contains("sparse"))

    #expect(
      "\(String(describing: try problem(singleNode("If", ["then_branch": .graph]))))"
        .contains("subgraph"))

    var sequence = singleNode("Identity")
    sequence.model.graph.input[0].type.sequenceType = .init()
    #expect("\(String(describing: try problem(sequence)))".contains("sequence"))

    var text = singleNode("Identity")
    text.model.graph.input[0].type.tensorType.elemType = 8
    #expect("\(String(describing: try problem(text)))".contains("string"))

    var shapeless = singleNode("Identity")
    shapeless.model.graph.input[0].type.tensorType.clearShape()
    #expect("\(String(describing: try problem(shapeless)))".contains("without a shape"))
  }

  @Test func `A graph without outputs is refused`() throws {
    var fixture = singleNode("Relu")
    fixture.model.graph.output = []
    #expect(try problem(fixture) == .malformed("its graph has no outputs"))
  }

  @Test func `A shape that is computed is refused, and the input to bind is named`() throws {
    var fixture = singleNode("Reshape", more: ["target"])
    fixture.input("target", [2], type: .int64)
    #expect(
      try problem(fixture)
        == .notConstant(
          NodeLabel(name: "only", operatorName: "Reshape"), value: "target", role: "target shape"))
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func `Weights that are no numbers are refused, and the tensor is named`(value: Float) throws {
    let fixture = singleNode("Add", more: ["w"]) { $0.constant("w", [3], [1, 2, value]) }
    #expect(
      try problem(fixture) == .nonFinite(tensor: "w", index: 2, value: "\(value)"))
  }

  @Test func `Nesting beyond reason is refused`() throws {
    // Graphs within attributes of nodes within graphs.
    var graph = Onnx_GraphProto()
    for _ in 0..<200 {
      let inner = graph
      graph = .with {
        $0.node = [
          .with {
            $0.attribute = [
              .with {
                $0.name = "g"; $0.g = inner
              }
            ]
          }
        ]
      }
    }
    var fixture = singleNode("Relu")
    fixture.model.graph.node.append(graph.node[0])
    let bytes = try fixture.serialized()
    #expect(problem(bytes) != nil)
  }
}
