import Execution
import Network
import ONNX
import ONNXSchema
import Tensors
import Testing

@Suite struct `Reading operators in general` {
  private func outputs(_ fixture: ModelFixture, _ input: Tensor) throws -> [Tensor] {
    let network = try readNetwork(bytes: fixture.serialized())
    return try Executor(network: network, batchSize: input.shape.first ?? 1).run([input])
  }

  @Test func `B lies along the axes of A that operator set 6 says`() throws {
    var fixture = ModelFixture(opset: 6)
    fixture.input("x", [1, 2, 3])
    fixture.constant("b", [2], [10, 20])
    fixture.node("Add", ["x", "b"], ["a"], ["axis": .int(1), "broadcast": .int(1)])
    fixture.constant("slope", [2], [2, 3])
    fixture.node("PRelu", ["a", "slope"], ["y"])
    fixture.output("y")
    let x = Tensor(shape: [1, 2, 3], values: [-11, 0, 1, -21, 0, 1])
    #expect(try outputs(fixture, x).map(\.values) == [[-2, 10, 11, -3, 20, 21]])
  }

  @Test func `Integers are carried beside floats`() throws {
    var fixture = ModelFixture()
    fixture.input("x", [1, 4], type: .int64)
    fixture.constant("three", [3])
    fixture.node("Div", ["x", "three"], ["quotient"])
    fixture.node("Mod", ["x", "three"], ["rest"])
    fixture.node("Cast", ["rest"], ["f"], ["to": .int(1)])
    fixture.output("quotient", "f")
    let x = Tensor(shape: [1, 4], values: [7, -7, 3, -1])
    #expect(
      try outputs(fixture, x).map(\.values) == [[2, -2, 1, 0], [1, 2, 0, 2]])
  }

  @Test func `An index outside is an error that names the node`() throws {
    var fixture = ModelFixture()
    fixture.input("x", [1, 2], type: .int64)
    fixture.constant("table", [3, 1], [1, 2, 3])
    fixture.node("Gather", ["table", "x"], ["y"], name: "look up")
    fixture.output("y")
    #expect(
      try outputs(fixture, Tensor(shape: [1, 2], values: [2, -3])).map(\.values) == [[3, 1]])
    let error = #expect(throws: ExecutionError.self) {
      try outputs(fixture, Tensor(shape: [1, 2], values: [0, 3]))
    }
    #expect(try #require(error).description.contains("'look up' (Gather)"))
  }

  /// Chains that would make a constant of many elements from few.
  @Test(arguments: [
    ("Expand", [1 << 14, 1 << 14]), ("Tile", [1 << 14, 1 << 14]), ("Expand", [Int.max, 2]),
    ("Tile", [1 << 40, 1 << 40]), ("Expand", [-1, 2]),
  ])
  func `A constant that would be too large is refused`(name: String, extents: [Int]) throws {
    var fixture = ModelFixture()
    fixture.constant("c", [1, 1], [1])
    fixture.constant("extents", extents)
    fixture.node(name, ["c", "extents"], ["y"])
    fixture.output("y")
    guard case .invalidNode? = try problem(fixture) else { throw Mismatch(text: name) }
  }

  @Test func `Folding ends where a file asks for too much in all`() throws {
    var fixture = ModelFixture()
    fixture.constant("c", [1, 1], [1])
    fixture.constant("extents", [1 << 12, 1 << 12])
    for index in 0..<20 { fixture.node("Expand", ["c", "extents"], ["y\(index)"]) }
    for index in 0..<20 { fixture.output("y\(index)") }
    guard case .invalidNode(_, let text)? = try problem(fixture) else {
      throw Mismatch(text: "20 constants of 16 M elements are folded")
    }
    #expect(text.contains("computes constants from more than"))
  }

  @Test(arguments: [
    ([0, Int.max, 1], "Range"), ([0, 1, 0], "Range"), ([Int.min, Int.max, 1], "Range"),
    ([Int.max, Int.min, 1], "Range"),
  ])
  func `A range without end is refused`(bounds: [Int], name: String) throws {
    var fixture = ModelFixture()
    for (index, bound) in bounds.enumerated() {
      fixture.initializer("b\(index)", [], .int64) { $0.int64Data = [Int64(bound)] }
    }
    fixture.node(name, ["b0", "b1", "b2"], ["y"])
    fixture.output("y")
    guard case .invalidNode? = try problem(fixture) else { throw Mismatch(text: "\(bounds)") }
  }

  @Test(arguments: [
    ("If", "control flow"), ("SequenceAt", "sequences"), ("RandomNormal", "random"),
    ("StringNormalizer", "text"), ("LSTM", "recurrent"),
  ])
  func `What is left out is refused with the reason`(name: String, reason: String) throws {
    let found = try #require(try problem(singleNode(name)))
    #expect(found.description.contains(reason), "\(found)")
    #expect(found.category?.contains(reason) == true)
  }

  @Test(arguments: [10, 11])
  func `Casts of integers to other floats give fp32, and can be written`(type: Int) throws {
    var fixture = ModelFixture()
    fixture.input("x", [1, 2], type: .int64)
    fixture.node("Cast", ["x"], ["y"], ["to": .int(type)])
    fixture.output("y")
    let network = try readNetwork(bytes: fixture.serialized())
    let bytes = try writeNetwork(network, options: WriteOptions(form: .float))
    try checkExport(bytes: bytes, against: network)
    #expect(
      try outputs(fixture, Tensor(shape: [1, 2], values: [3, -4])).map(\.values) == [[3, -4]])
  }

  @Test func `A power is one of floats, whoever reads its exponent before`() throws {
    var fixture = ModelFixture()
    fixture.input("x", [1, 2])
    fixture.constant("two", [], [2])
    fixture.node("Mul", ["x", "two"], ["a"])
    fixture.node("Pow", ["a", "two"], ["y"])
    fixture.output("y")
    let network = try readNetwork(bytes: fixture.serialized())
    #expect(network.nodes.last?.operation == .unary(.power(exponent: 2)))
  }

  @Test(arguments: ["Softmax", "LpNormalization", "Hardmax", "Det"])
  func `A function of floats refuses integers that it is given`(name: String) throws {
    for isConstant in [true, false] {
      var fixture = ModelFixture()
      if isConstant {
        fixture.initializer("x", [2, 2], .int64) { $0.int64Data = [1, 2, 3, 4] }
      } else {
        fixture.input("x", [2, 2], type: .int64)
      }
      fixture.node(name, ["x"], ["y"])
      fixture.output("y")
      guard case .invalidNode(_, let text)? = try problem(fixture) else {
        throw Mismatch(text: name)
      }
      #expect(text.contains("computes floats, not int64"))
    }
  }

  @Test func `Many boxes of many classes are refused before they are compared`() throws {
    var fixture = ModelFixture()
    fixture.constant("zero", [1], [0])
    fixture.constant("boxes", [1, 2000, 4])
    fixture.constant("scores", [1, 1000, 2000])
    fixture.constant("limit", [2000])
    fixture.node("Expand", ["zero", "boxes"], ["b"])
    fixture.node("Expand", ["zero", "scores"], ["s"])
    fixture.node("NonMaxSuppression", ["b", "s", "limit"], ["y"])
    fixture.output("y")
    guard case .invalidNode(_, let text)? = try problem(fixture) else {
      throw Mismatch(text: "2000 boxes of 1000 classes are compared")
    }
    #expect(text.contains("too much"))
  }

  @Test func `Statistics of a normalization in training are two, and none without`() throws {
    for (opset, training, output, isRead) in [
      (9, nil, 1, true), (9, nil, 3, false), (15, 1, 2, true), (15, nil, 1, false),
    ] as [(Int, Int?, Int, Bool)] {
      var fixture = ModelFixture(opset: opset)
      fixture.input("x", [2, 3, 4, 4])
      for name in ["scale", "offset", "mean", "variance"] {
        fixture.constant(name, [3], [1, 2, 3])
      }
      fixture.node(
        "BatchNormalization", ["x", "scale", "offset", "mean", "variance"],
        (0...output).map { "y\($0)" }, training.map { ["training_mode": .int($0)] } ?? [:])
      fixture.output("y0", "y\(output)")
      #expect(try (problem(fixture) == nil) == isRead, "\(opset) \(output)")
    }
  }
}
