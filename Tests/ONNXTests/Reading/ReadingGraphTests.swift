import Network
import ONNX
import ONNXSchema
import Tensors
import Testing

@Suite struct `Reading a graph` {
  /// x → Relu → Add(bias) → Relu, with the given order of nodes in the file.
  private func chain(order: [Int]) -> ModelFixture {
    var fixture = ModelFixture()
    fixture.input("x", [2, 3])
    fixture.constant("bias", [3], [1, 2, 3])
    fixture.node("Relu", ["x"], ["a"], name: "first")
    fixture.node("Add", ["a", "bias"], ["b"])
    fixture.node("Relu", ["b"], ["y"], name: "last")
    fixture.model.graph.node = order.map { fixture.model.graph.node[$0] }
    fixture.output("y")
    return fixture
  }

  @Test(arguments: [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
  func `Nodes come in topological order, whatever the order in the file`(order: [Int]) throws {
    let network = try readNetwork(bytes: chain(order: order).serialized())
    #expect(network.nodes.map(\.operation) == [.relu, .add, .relu])
    #expect(network.nodes.first?.name == "first")
    #expect(network.nodes.last?.name == "last")
  }

  @Test func `An order that is topological already is kept`() throws {
    var fixture = ModelFixture()
    fixture.input("x", [2])
    // Branches that do not depend on each other, begun in one order and ended in another.
    let branches = Array(0..<12)
    let ends = branches.map { $0 * 5 % 12 }
    for branch in branches {
      fixture.node("Relu", ["x"], ["a\(branch)"], name: "begin \(branch)")
    }
    for branch in ends {
      fixture.node("Relu", ["a\(branch)"], ["y\(branch)"], name: "end \(branch)")
      fixture.output("y\(branch)")
    }
    let network = try readNetwork(bytes: fixture.serialized())
    #expect(
      network.nodes.map(\.name)
        == branches.map { "begin \($0)" } + ends.map { "end \($0)" })
  }

  @Test func `Names of values and nodes are kept, and nodes without a name get one`() throws {
    let network = try readNetwork(bytes: chain(order: [0, 1, 2]).serialized())
    #expect(network.nodes.map(\.name) == ["first", "Add_1", "last"])
    #expect(network.inputs.map { network[$0].name } == ["x"])
    #expect(network.outputs.map { network[$0].name } == ["y"])
    let add = network.nodes[1]
    #expect(add.inputs.map { $0.map { network[$0].name } } == ["a", "bias"])
    #expect(add.outputs.map { network[$0].name } == ["b"])
  }

  @Test func `Two nodes of the same name are told apart`() throws {
    var fixture = ModelFixture()
    fixture.input("x", [2])
    fixture.node("Relu", ["x"], ["a"], name: "same")
    fixture.node("Relu", ["a"], ["b"], name: "same")
    fixture.node("Relu", ["b"], ["y"], name: "same_1")
    fixture.output("y")
    let network = try readNetwork(bytes: fixture.serialized())
    #expect(network.nodes.map(\.name) == ["same", "same_1_2", "same_1"])
  }

  @Test func `Unknown extents become symbols`() throws {
    var fixture = chain(order: [0, 1, 2])
    fixture.model.graph.input = [
      valueDeclaration("x", [.dimParam("N"), .dimValue(3), nil, .dimValue(-1)])
    ]
    let network = try readNetwork(bytes: fixture.serialized())
    let declared = network[network.inputs[0]].declaredShape
    #expect(
      declared == [.symbolic("N"), .fixed(3), .symbolic("x_axis2"), .symbolic("x_axis3")])
  }

  @Test func `Initializers listed among the inputs are constants`() throws {
    var fixture = chain(order: [0, 1, 2])
    fixture.input("bias", [3])
    let network = try readNetwork(bytes: fixture.serialized())
    #expect(network.inputs.map { network[$0].name } == ["x"])
    #expect(network.constants.count == 1)
    #expect(network.constants.values.first?.tensor.values == [1, 2, 3])
  }

  @Test func `A bound input becomes a constant`() throws {
    var fixture = ModelFixture()
    fixture.input("x", [2, 3])
    fixture.input("target", [1], type: .int64)
    fixture.node("Reshape", ["x", "target"], ["y"])
    fixture.output("y")
    let bytes = try fixture.serialized()
    let network = try readNetwork(
      bytes: bytes, bindings: ["target": StoredTensor(int64: [6])])
    #expect(network.inputs.count == 1)
    #expect(
      network.nodes[0].operation == .reshape(Reshape(target: [6], allowsZero: false)))
    #expect(throws: (any Error).self) { try readNetwork(bytes: bytes) }
  }

  @Test func `Nodes that no output needs are left out, supported or not`() throws {
    var fixture = chain(order: [0, 1, 2])
    fixture.node("NonMaxSuppression", ["a"], ["unused"])
    fixture.constant("unread", [1], [.nan])
    let network = try readNetwork(bytes: fixture.serialized())
    #expect(network.nodes.count == 3)
    #expect(network.constants.count == 1)
  }

  @Test func `An output that is constant gets a producer`() throws {
    var fixture = ModelFixture()
    fixture.node("Constant", [], ["y"], ["value_floats": .floats([1, 2])])
    fixture.output("y")
    let network = try readNetwork(bytes: fixture.serialized())
    #expect(network.nodes.map(\.operation) == [.identity])
    #expect(network.outputs.map { network[$0].name } == ["y"])
    let source = try #require(network.nodes[0].inputs[0])
    #expect(network.constants[source]?.tensor == Tensor(shape: [2], values: [1, 2]))
  }

  @Test func `A model comes out the same from a file and from bytes`() throws {
    let fixture = chain(order: [2, 0, 1])
    try withTemporaryFolder { folder in
      let path = folder + "/model.onnx"
      try write(fixture.serialized(), to: path)
      let fromFile = try readNetwork(path: path)
      let fromBytes = try readNetwork(bytes: fixture.serialized())
      #expect(fromFile.values == fromBytes.values)
      #expect(fromFile.nodes.map(\.operation) == fromBytes.nodes.map(\.operation))
      #expect(
        fromFile.constants.mapValues(\.tensor) == fromBytes.constants.mapValues(\.tensor))
    }
  }
}
