import Network
import Tensors
import Testing

@Suite struct `Operators in general` {
  private func evaluate(
    _ name: String, _ operands: [TypedTensor?],
    _ attributes: [String: GeneralOperation.Attribute] = [:],
    output: Int = 0
  ) throws -> TypedTensor {
    try GeneralOperation(name: name, attributes: attributes, output: output).evaluate(operands)
  }

  @Test func `Integers wrap around in their type`() throws {
    let a = TypedTensor(.uint8, shape: [3], integers: [250, 3, 128])
    let b = TypedTensor(.uint8, shape: [1], integers: [10])
    #expect(try evaluate("Add", [a, b]).integers == [4, 13, 138])
    #expect(try evaluate("Sub", [b, a]).integers == [16, 7, 138])
    let c = TypedTensor(.int8, shape: [1], integers: [-128])
    #expect(try evaluate("Neg", [c]).integers == [-128])
    let lowest = TypedTensor(shape: [], integers: [.min])
    let minusOne = TypedTensor(shape: [], integers: [-1])
    #expect(try evaluate("Div", [lowest, minusOne]).integers == [.min])
    #expect(try evaluate("Mod", [lowest, TypedTensor(shape: [], integers: [0])]).integers == [0])
  }

  @Test func `Casts round, cut and saturate`() throws {
    let x = TypedTensor(shape: [5], [1.7, -1.7, .nan, .infinity, 0x1p-25])
    #expect(
      try evaluate("Cast", [x], ["to": .text("int64")]).integers == [1, -1, 0, .max, 0])
    #expect(try evaluate("Cast", [x], ["to": .text("int4")]).integers == [1, -1, 0, 7, 0])
    let half = try evaluate(
      "Cast", [TypedTensor(shape: [4], [1 + 0x1p-11, 65520, 0x1p-25, 0x1.8p-25])],
      ["to": .text("float16")])
    #expect(half.reals == [1, .infinity, 0, 0x1p-24])
  }

  @Test func `Nothing has a sum, a product and extremes`() throws {
    let empty = TypedTensor(shape: [2, 0, 3], [])
    let axes = TypedTensor(shape: [1], integers: [1])
    #expect(try evaluate("ReduceSum", [empty, axes]).shape == [2, 1, 3])
    #expect(try evaluate("ReduceProd", [empty, axes]).reals == [Float](repeating: 1, count: 6))
    #expect(
      try evaluate("ReduceMax", [empty, axes]).reals
        == [Float](repeating: -.infinity, count: 6))
    #expect(try evaluate("ArgMax", [TypedTensor(shape: [2], [3, 3])]).integers == [0])
  }

  @Test func `A wide and empty result takes no memory on the way`() throws {
    let empty = TypedTensor(shape: [1, 1, 0], [])
    let shape = TypedTensor(shape: [3], integers: [1 << 20, 1 << 20, 0])
    #expect(try evaluate("Expand", [empty, shape]).shape == [1 << 20, 1 << 20, 0])
  }

  @Test(arguments: [
    "Gather", "GatherElements", "ScatterElements",
  ])
  func `An index outside is refused`(name: String) throws {
    let x = TypedTensor(shape: [2], [1, 2])
    let updates = TypedTensor(shape: [1], [5])
    for index in [2, -3, .max, .min] {
      let indices = TypedTensor(shape: [1], integers: [index])
      #expect(throws: ShapeProblem.self) { try evaluate(name, [x, indices, updates]) }
    }
    let last = TypedTensor(shape: [1], integers: [-1])
    #expect(
      try evaluate(name, [x, last, updates]).reals.last == (name == "ScatterElements" ? 5 : 2))
  }
}
