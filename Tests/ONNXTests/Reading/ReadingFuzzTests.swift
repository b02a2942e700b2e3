import Execution
import Foundation
import Network
import ONNX
import ONNXSchema
import SwiftProtobuf
import Tensors
import Testing

/// A generator with a fixed sequence (splitmix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

/// Models with every operator, so that mutations reach every reader.
private func seedModels() throws -> [[UInt8]] {
  var image = ModelFixture(opset: 21)
  image.input("x", [1, 4, 6, 6])
  image.constant("w", [2, 4, 3, 3], .int8, bytes: [UInt8](repeating: 3, count: 72))
  image.constant("s", [2], [0.5, 0.25])
  image.constant("z", [2], .int8, bytes: [0, 0])
  image.node("DequantizeLinear", ["w", "s", "z"], ["wd"], ["axis": .int(0)])
  image.node("Conv", ["x", "wd", "s"], ["c"], ["pads": .ints([1, 1, 1, 1]), "group": .int(1)])
  for name in ["bs", "bo", "bm", "bv"] { image.constant(name, [2], [1, 2]) }
  image.node("BatchNormalization", ["c", "bs", "bo", "bm", "bv"], ["n"])
  image.constant("q", [], [0.5])
  image.constant("qz", [], .uint4, bytes: [3])
  image.node("QuantizeLinear", ["n", "q", "qz"], ["k"])
  image.node("DequantizeLinear", ["k", "q", "qz"], ["d"])
  image.node("MaxPool", ["d"], ["m"], ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
  image.node("AveragePool", ["m"], ["a"], ["kernel_shape": .ints([2, 2])])
  image.node("Clip", ["a", "q"], ["l"])
  image.constant("pads", [0, 0, 1, 1, 0, 0, 1, 1])
  image.node("Pad", ["l", "pads"], ["p"])
  image.constant("from", [0])
  image.constant("to", [2])
  image.node("Slice", ["p", "from", "to"], ["t"])
  image.node("GlobalAveragePool", ["t"], ["g"])
  image.node("Flatten", ["g"], ["y"])
  image.output("y")

  var vector = ModelFixture(opset: 21)
  vector.model.graph.input = [valueDeclaration("x", [.dimParam("N"), .dimValue(3)])]
  vector.constant("w", [2, 3], .int2, bytes: [0xE4, 0x04])
  vector.constant("s", [], [0.5])
  vector.node("DequantizeLinear", ["w", "s"], ["wd"])
  vector.node("Transpose", ["wd"], ["t"], ["perm": .ints([1, 0])])
  vector.node("MatMul", ["x", "t"], ["m"])
  vector.node("Gemm", ["m", "m"], ["g"], ["transB": .int(1), "alpha": .float(2)])
  vector.node("Concat", ["g", "g"], ["c"], ["axis": .int(1)])
  vector.node(
    "Constant", [], ["target"],
    ["value": .tensor(tensorMessage("", [2], .int64) { $0.int64Data = [-1, 2] })])
  vector.node("Reshape", ["c", "target"], ["r"])
  vector.node("Softmax", ["r"], ["f"], ["axis": .int(-1)])
  vector.node("Dropout", ["f"], ["o"])
  vector.node("LeakyRelu", ["o"], ["y"], ["alpha": .float(0.1)])
  vector.output("y")
  return [try image.serialized(), try vector.serialized(), try codeSites().serialized()]
}

/// The forms in which the writer writes code sites.
private func codeSites() -> ModelFixture {
  var fixture = ModelFixture(opset: 25)
  fixture.input("x", [1, 3])
  for (name, value) in [("step", 0.5), ("top", 1.5), ("floor", 0), ("low", 0), ("high", 3)] {
    fixture.constant(name, [], [Float(value)])
  }
  fixture.constant("zero", [], .uint2, bytes: [0])
  fixture.node("Min", ["x", "top"], ["m"])
  fixture.node("QuantizeLinear", ["m", "step", "zero"], ["k"], name: "site")
  fixture.node("DequantizeLinear", ["k", "step", "zero"], ["d"])
  fixture.node("Max", ["d", "floor"], ["a"])
  fixture.node("Greater", ["a", "step"], ["g"])
  fixture.node("Max", ["a", "step"], ["r"])
  fixture.node("Where", ["g", "r", "low"], ["w"])
  fixture.node("Div", ["w", "step"], ["q"])
  fixture.node("Round", ["q"], ["o"])
  fixture.node("Clip", ["o", "low", "high"], ["c"])
  fixture.node("Mul", ["c", "step"], ["y"])
  fixture.output("y")
  return fixture
}

@Suite struct `Reading hostile bytes` {
  @Test func `The models to mutate are valid`() throws {
    for bytes in try seedModels() { #expect(problem(bytes) == nil) }
  }

  @Test(arguments: 0..<8)
  func `Mutated bytes give a network or an error`(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    var readable = 0
    for original in try seedModels() {
      for _ in 0..<2000 {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          mutate(&bytes, using: &generator)
        }
        if try evaluatesOrExplains(bytes) { readable += 1 }
      }
    }
    // A generator that only makes rubbish would test nothing but the first check.
    #expect(readable > 40)
  }

  /// Reads the bytes and, where they are a network, evaluates it for one image and for two: each
  /// step gives a value or an error that says why not.
  ///
  /// - Returns: whether the bytes could be read.
  private func evaluatesOrExplains(_ bytes: [UInt8]) throws -> Bool {
    let network: Network
    do throws(ONNXError) {
      network = try readNetwork(bytes: bytes)
    } catch {
      #expect(!"\(error)".isEmpty)
      return false
    }
    for batch in 1...2 {
      do {
        let shapes = try network.inferShapes(batch: batch)
        // What is large takes time and memory, and is right or wrong as what is small.
        guard shapes.values.allSatisfy({ $0.product <= 1 << 14 }) else { continue }
        let executor = try Executor(network: network, batchSize: batch)
        let inputs = executor.inputShapes.map { shape in
          Tensor(shape: shape, values: (0..<shape.product).map { Float($0 % 7) - 3 })
        }
        let found = try executor.run(inputs)
        #expect(found.map(\.shape) == network.outputs.map { shapes[$0] })
      } catch let error as NetworkError {
        #expect(!"\(error)".isEmpty)
      } catch let error as ExecutionError {
        #expect(!"\(error)".isEmpty)
      }
    }
    return true
  }

  private func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
    guard let position = bytes.indices.randomElement(using: &generator) else { return }
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: bytes[position] = UInt8.random(in: 0...255, using: &generator)
    case 2: bytes[position] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
    case 3: bytes.removeSubrange(position..<min(bytes.count, position + 3))
    case 4: bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + 9)], at: position)
    default: bytes.removeSubrange(position...)
    }
  }

  /// Numbers at the ends of their ranges, which random bytes hit too seldom.
  @Test(arguments: 0..<4)
  func `Extreme numbers in well-formed messages give a network or an error`(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(1000 + seed))
    let extremes: [Int64] = [
      .min, .max, -1, 0, 1, 2, 3, 1 << 31, -(1 << 31), 1 << 32, 1 << 61, -(1 << 61), .min + 1,
    ]
    for original in try seedModels() {
      let model = try Onnx_ModelProto(serializedBytes: original)
      for _ in 0..<1500 {
        var fixture = ModelFixture()
        fixture.model = model
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          disturb(&fixture.model.graph, extremes.randomElement(using: &generator) ?? 0, &generator)
        }
        _ = try evaluatesOrExplains(fixture.serialized())
      }
    }
  }

  private func disturb(
    _ graph: inout Onnx_GraphProto, _ number: Int64, _ generator: inout SeededGenerator
  ) {
    let node = Int.random(in: graph.node.indices, using: &generator)
    let tensor = Int.random(in: graph.initializer.indices, using: &generator)
    switch Int.random(in: 0..<6, using: &generator) {
    case 0:
      if !graph.initializer[tensor].dims.isEmpty { graph.initializer[tensor].dims[0] = number }
    case 1: graph.initializer[tensor].dims.append(number)
    case 2:
      if !graph.initializer[tensor].int64Data.isEmpty {
        graph.initializer[tensor].int64Data[0] = number
      }
    case 3:
      let shape = graph.input[0].type.tensorType.shape.dim
      let axis = Int.random(in: shape.indices, using: &generator)
      graph.input[0].type.tensorType.shape.dim[axis].value = .dimValue(number)
    case 4:
      graph.initializer[tensor].dataType = Int32.random(in: 0...28, using: &generator)
    default:
      for index in graph.node[node].attribute.indices {
        graph.node[node].attribute[index].i = number
        for position in graph.node[node].attribute[index].ints.indices {
          graph.node[node].attribute[index].ints[position] = number
        }
      }
    }
  }
}
