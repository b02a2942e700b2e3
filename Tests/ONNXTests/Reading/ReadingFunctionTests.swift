import Network
import ONNX
import ONNXSchema
import Tensors
import Testing

@Suite struct `Reading functions` {
  private func operations(_ fixture: ModelFixture) throws -> [Operation] {
    try readNetwork(bytes: fixture.serialized()).nodes.map(\.operation)
  }

  @Test func `A constant of a shape is folded`() throws {
    var fixture = ModelFixture()
    fixture.input("x", [2, 3])
    fixture.constant("shape", [2, 3])
    fixture.node(
      "ConstantOfShape", ["shape"], ["c"],
      ["value": .tensor(tensorMessage("", [1], .float) { $0.floatData = [1.5] })])
    fixture.node("Add", ["x", "c"], ["y"])
    fixture.output("y")
    let network = try readNetwork(bytes: fixture.serialized())
    #expect(network.nodes.map(\.operation) == [.add])
    let id = try #require(network.nodes[0].inputs[1])
    #expect(
      network.constants[id]?.tensor
        == Tensor(shape: [2, 3], values: [Float](repeating: 1.5, count: 6)))
  }

  @Test(arguments: [[-1], [1 << 40], [1 << 20, 1 << 20], [Int.max, Int.max]])
  func `A constant of an impossible shape is refused`(shape: [Int]) throws {
    var fixture = ModelFixture()
    fixture.constant("shape", shape)
    fixture.node("ConstantOfShape", ["shape"], ["y"])
    fixture.output("y")
    guard case .invalidNode? = try problem(fixture) else { throw Mismatch(text: "\(shape)") }
  }

  @Test func `Sums and means of many become chains of two`() throws {
    #expect(try operations(singleNode("Sum")) == [.identity])
    #expect(try operations(singleNode("Sum", more: ["x"])) == [.add])
    #expect(try operations(singleNode("Sum", more: ["x", "x", "x"])) == [.add, .add, .add])
    #expect(
      try operations(singleNode("Max", more: ["x", "x"]))
        == [.binary(.maximum), .binary(.maximum)])
    let network = try readNetwork(bytes: singleNode("Mean", more: ["x", "x", "x"]).serialized())
    #expect(network.nodes.map(\.operation) == [.add, .add, .add, .multiply])
    #expect(network.constants.values.map(\.tensor.values) == [[0.25]])
    #expect(Set(network.nodes.map(\.name)).count == 4)
  }

  @Test func `Axes of extent 1 are named in every operator set`() throws {
    let attributes: [String: Attribute] = ["axes": .ints([-1, 0])]
    #expect(
      try operations(singleNode("Unsqueeze", attributes, opset: 11)) == [.unsqueeze(axes: [0, 5])])
    let inputs = singleNode("Squeeze", shape: [1, 4, 1, 6], more: ["axes"]) {
      $0.constant("axes", [-2, 0])
    }
    #expect(try operations(inputs) == [.squeeze(axes: [0, 2])])
    #expect(try operations(singleNode("Squeeze")) == [.squeeze(axes: [0])])
  }

  @Test func `Resize takes scales or sizes for some axes`() throws {
    let attributes: [String: Attribute] = ["mode": .string("linear"), "axes": .ints([2, -1])]
    let scales = singleNode("Resize", attributes, more: ["", "scales"]) {
      $0.constant("scales", [2], [2, 0.5])
    }
    #expect(
      try operations(scales)
        == [
          .resize(
            Resize(target: .scales([1, 1, 2, 0.5]), mode: .linear, coordinates: .halfPixel))
        ])
    let sizes = singleNode("Resize", attributes, more: ["", "", "sizes"]) {
      $0.constant("sizes", [3, 9])
    }
    #expect(
      try operations(sizes)
        == [
          .resize(
            Resize(
              target: .sizes([nil, nil, 3, 9]), mode: .linear, coordinates: .halfPixel))
        ])
    let old = singleNode("Upsample", ["scales": .floats([1, 1, 2, 2])], opset: 8)
    #expect(
      try operations(old)
        == [
          .resize(
            Resize(
              target: .scales([1, 1, 2, 2]), mode: .nearest(.floor), coordinates: .asymmetric))
        ])
    for bad in [[0, 1], [-1, 1], [.infinity, 1], [.nan, 1]] as [[Float]] {
      let fixture = singleNode("Resize", attributes, more: ["", "scales"]) {
        $0.constant("scales", [2], bad)
      }
      #expect(try problem(fixture) != nil, "\(bad)")
    }
  }

  @Test func `What is not supported of a function is named`() throws {
    let antialias = singleNode("Resize", ["antialias": .int(1)], more: ["", "s"]) {
      $0.constant("s", [4], [1, 1, 2, 2])
    }
    guard case .unsupported(let label, _, _)? = try problem(antialias) else {
      throw Mismatch(text: "an antialiased Resize is read")
    }
    #expect(label.name == "only")
  }

  @Test func `Forms that have no operation of their own are computed in general`() throws {
    let even = singleNode("LRN", ["size": .int(4)])
    let powers = singleNode("Pow", more: ["p"]) { $0.constant("p", [6], [1, 2, 3, 4, 5, 6]) }
    #expect(
      try operations(even)
        == [.general(GeneralOperation(name: "LRN", attributes: ["size": .integer(4)]))])
    #expect(try operations(powers) == [.general(GeneralOperation(name: "Pow"))])
    #expect(
      try operations(singleNode("Pow", more: ["x"])) == [.general(GeneralOperation(name: "Pow"))])
  }
}
