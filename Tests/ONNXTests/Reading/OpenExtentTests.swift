import Execution
import Network
import ONNX
import ONNXSchema
import Tensors
import Testing

/// One step of arithmetic on extents: operator, operands, result, attributes.
struct Step: Sendable {
  let name: String
  let operands: [String]
  let result: String

  init(_ name: String, _ operands: String..., to result: String) {
    self.name = name
    self.operands = operands
    self.result = result
  }
}

@Suite struct `Arithmetic on open extents` {
  /// An input `[N, 3, H, W]`, its batch `n` and height `h` as vectors, and some constants.
  private func fixture(_ steps: [Step]) -> ModelFixture {
    var fixture = ModelFixture()
    fixture.model.graph.input.append(
      valueDeclaration("x", [.dimParam("N"), .dimValue(3), .dimParam("H"), .dimParam("W")]))
    for value in [-1, 0, 1, 2, 3, 32, 100, 5000] { fixture.constant("c\(value)", [value]) }
    fixture.constant("half", [1], [0.5])
    fixture.constant("two", [1], [2])
    fixture.node("Shape", ["x"], ["s"])
    for (name, axis) in [("n", "c0"), ("h", "c2"), ("w", "c3")] {
      fixture.node("Gather", ["s", axis], [name], ["axis": .int(0)])
    }
    for step in steps {
      var attributes: [String: Attribute] = [:]
      if step.name == "Concat" { attributes["axis"] = .int(0) }
      if step.name == "Cast" { attributes["to"] = .int(step.result.hasPrefix("f") ? 1 : 7) }
      fixture.node(step.name, step.operands, [step.result], attributes)
    }
    return fixture
  }

  /// `p` more rows at the end of each image.
  private func padding(_ steps: [Step]) -> ModelFixture {
    var fixture = fixture(steps)
    fixture.constant("z6", [0, 0, 0, 0, 0, 0])
    fixture.node("Concat", ["z6", "p", "c0"], ["pads"], ["axis": .int(0)])
    fixture.node("Pad", ["x", "pads"], ["y"])
    fixture.output("y")
    return fixture
  }

  @Test(arguments: [
    [
      Step("Mod", "h", "c32", to: "a"), Step("Sub", "c32", "a", to: "b"),
      Step("Mod", "b", "c32", to: "p"),
    ],
    [Step("Min", "h", "c32", to: "a"), Step("Sub", "a", "c32", to: "p")],
    [
      Step("Min", "h", "c1", to: "a"), Step("Div", "h", "c5000", to: "b"),
      Step("Mul", "a", "b", to: "p"),
    ],
    [Step("Max", "h", "c5000", to: "a"), Step("Sub", "a", "c5000", to: "p")],
    [Step("Clip", "h", "c0", "c1", to: "p")],
    [Step("Less", "h", "c5000", to: "a"), Step("Cast", "a", to: "p")],
    [Step("Equal", "n", "c1", to: "a"), Step("Where", "a", "c1", "c0", to: "p")],
    [Step("Equal", "h", "w", to: "a"), Step("Cast", "a", to: "p")],
    [Step("Sub", "h", "w", to: "p")],
    [
      Step("Cast", "h", to: "f"), Step("Mul", "f", "half", to: "f2"),
      Step("Floor", "f2", to: "f3"), Step("Cast", "f3", to: "a"), Step("Add", "a", "a", to: "b"),
      Step("Sub", "h", "b", to: "p"),
    ],
    [
      Step("ReduceMax", "s", to: "a"), Step("Div", "a", "c5000", to: "b"),
      Step("Mul", "b", "c1", to: "p"),
    ],
  ])
  func `What only agrees for some extents is no constant`(steps: [Step]) throws {
    let found = try #require(try problem(padding(steps)), "\(steps) is read")
    guard case .notConstant = found else { throw Mismatch(text: "\(found)") }
  }

  @Test(arguments: [
    ([Step("Sub", "h", "h", to: "p")], 0),
    ([Step("Add", "h", "h", to: "a"), Step("Div", "a", "h", to: "p")], 2),
    ([Step("Mul", "h", "w", to: "a"), Step("Mod", "a", "c1", to: "p")], 0),
    (
      [
        Step("Mul", "h", "c32", to: "a"), Step("Add", "a", "c2", to: "b"),
        Step("Mod", "b", "c32", to: "p"),
      ], 2
    ),
    ([Step("Equal", "n", "c-1", to: "a"), Step("Where", "a", "c1", "c2", to: "p")], 2),
    ([Step("Less", "c0", "h", to: "a"), Step("Cast", "a", to: "p")], 1),
    ([Step("Max", "n", "c1", to: "a"), Step("Sub", "a", "n", to: "p")], 0),
    (
      [
        Step("Cast", "h", to: "f"), Step("Mul", "f", "two", to: "f2"),
        Step("Floor", "f2", to: "f3"),
        Step("Div", "f3", "f", to: "f4"), Step("Cast", "f4", to: "p"),
      ], 2
    ),
  ])
  func `What is proven is one`(steps: [Step], rows: Int) throws {
    let network = try readNetwork(bytes: padding(steps).serialized())
    let x = Tensor(shape: [1, 3, 2, 5], values: [Float](repeating: 1, count: 30))
    let executor = try Executor(
      network: network, batchSize: 1, inputShapes: [network.inputs[0]: x.shape])
    #expect(executor.outputShapes == [[1, 3, 2 + rows, 5]])
    #expect(network.nodes.count == 1)
  }

  @Test func `Height and width are told apart`() throws {
    var fixture = fixture([])
    fixture.node("Transpose", ["x"], ["t"], ["perm": .ints([0, 1, 3, 2])])
    fixture.node("Reshape", ["t", "s"], ["y"])
    fixture.output("y")
    #expect(try problem(fixture) != nil)
  }

  @Test func `Sizes of a Resize have to be the input's for all extents`() throws {
    for (bound, isRead) in [("c0", true), ("c5000", false)] {
      var fixture = fixture([Step("Min", "h", bound, to: "a"), Step("Max", "h", bound, to: "b")])
      fixture.constant("c64", [64])
      fixture.node("Slice", ["s", "c0", "c2"], ["f"])
      fixture.node("Concat", ["f", isRead ? "b" : "a", "c64"], ["sizes"], ["axis": .int(0)])
      fixture.node("Resize", ["x", "", "", "sizes"], ["y"])
      fixture.output("y")
      #expect(try (problem(fixture) == nil) == isRead)
    }
  }

  @Test func `A split of an open axis into equal parts is refused`() throws {
    for (axis, isRead) in [(1, true), (2, false)] {
      var fixture = fixture([])
      fixture.node(
        "Split", ["x"], ["y", "z", "t"], ["axis": .int(axis), "num_outputs": .int(3)])
      fixture.output("y", "z", "t")
      let found = try problem(fixture)
      #expect((found == nil) == isRead)
      if !isRead { #expect("\(try #require(found))".contains("open extent")) }
    }
  }
}
