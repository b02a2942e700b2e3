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

  private static let large = [16_777_216, 16_777_217, 16_777_216]

  @Test(arguments: [
    ("Unique", 0, [16_777_216, 16_777_217]), ("Unique", 2, [0, 1, 0]), ("TopK", 1, [1, 0]),
    ("TopK", 0, [16_777_217, 16_777_216]), ("ArgMax", 0, [1]), ("ReduceMax", 0, [16_777_217]),
    ("ReduceSum", 0, [50_331_649]), ("Einsum", 0, [50_331_649]),
  ])
  func `Integers are compared and added as such`(name: String, output: Int, result: [Int]) throws {
    var operands: [TypedTensor?] = [TypedTensor(shape: [3], integers: Self.large)]
    if name == "TopK" { operands.append(TypedTensor(shape: [1], integers: [2])) }
    let found = try evaluate(
      name, operands, name == "Einsum" ? ["equation": .text("i->")] : [:], output: output)
    #expect(found.integers == result)
  }

  @Test(arguments: [
    (ElementType.int32, "ReduceMax", Int(Int32.min)), (.int32, "ReduceMin", Int(Int32.max)),
    (.uint8, "ReduceMax", 0), (.uint8, "ReduceMin", 255), (.int32, "ReduceSum", 0),
    (.int32, "ReduceMean", 0), (.int32, "ReduceProd", 1), (.bool, "ReduceMin", 1),
  ])
  func `Nothing of integers has the extremes of its type`(
    type: ElementType, name: String, result: Int
  ) throws {
    let empty = TypedTensor(type, shape: [0], integers: [])
    #expect(try evaluate(name, [empty]).integers == [result])
  }

  @Test func `Rules for floats give integers of an integer type`() throws {
    let x = TypedTensor(.int32, shape: [1, 1, 2], integers: [3, 3])
    #expect(try evaluate("ReduceLogSumExp", [x]).integers == [3])
    let (image, block) = (
      TypedTensor(shape: [1], integers: [3]), TypedTensor(shape: [1], integers: [2])
    )
    let columns = TypedTensor(.int32, shape: [1, 2, 2], integers: [1, 2, 3, 4])
    #expect(try evaluate("Col2Im", [columns, image, block]).integers == [1, 5, 4])
    let square = TypedTensor(.int32, shape: [1, 1, 2, 2], integers: [1, 2, 3, 4])
    let grid = TypedTensor(shape: [1, 1, 1, 2], [0, 0])
    #expect(try evaluate("GridSample", [square, grid]).type == .int32)
  }

  @Test(arguments: [
    "BatchNormalization", "Det", "GroupNormalization", "Hardmax", "InstanceNormalization", "LRN",
    "LayerNormalization", "LogSoftmax", "LpNormalization", "MeanVarianceNormalization",
    "RMSNormalization", "Softmax",
  ])
  func `Functions of floats refuse integers`(name: String) throws {
    let x = TypedTensor(shape: [1, 2, 2, 2], integers: [Int](repeating: 1, count: 8))
    let ones = TypedTensor(shape: [2], [1, 1])
    #expect(throws: ShapeProblem.self) {
      try evaluate(name, name == "Det" ? [x] : [x, ones, ones, ones, ones])
    }
  }

  @Test func `Products of integers wrap around, and codes have 8 bits`() throws {
    let a = TypedTensor(shape: [1, 2], integers: [1 << 62, 1 << 62])
    let b = TypedTensor(shape: [2, 1], integers: [1, 1])
    #expect(try evaluate("MatMul", [a, b]).integers == [.min])
    let lowest = TypedTensor(shape: [1, 1], integers: [.min])
    let one = TypedTensor(shape: [], integers: [1])
    #expect(throws: ShapeProblem.self) {
      try evaluate("MatMulInteger", [lowest, lowest, one, one])
    }
    let c = TypedTensor(.uint8, shape: [1, 1], integers: [200])
    #expect(try evaluate("MatMulInteger", [c, c, lowest, one]).type == .int32)
  }

  @Test func `Absurd attributes and bounds are refused`() throws {
    let bounds = [3e38, 0, 1e-38].map { (bound: Float) in TypedTensor(shape: [], [bound]) }
    #expect(throws: ShapeProblem.self) { try evaluate("Range", bounds) }
    let x = TypedTensor(.int8, shape: [2, 2], integers: [1, 2, 3, 4])
    #expect(throws: ShapeProblem.self) {
      try evaluate(
        "DequantizeLinear", [x, TypedTensor(shape: [2, 1], [1, 1])], ["block_size": .integer(.max)])
    }
    let empty = TypedTensor(shape: [1 << 20, 1 << 20, 1 << 20, 0], [])
    #expect(throws: ShapeProblem.self) {
      try evaluate("Einsum", [empty, empty], ["equation": .text("abcd,abcd->")])
    }
  }
}
