import Foundation
import ONNX
import ONNXSchema
import SwiftProtobuf
import Tensors
import TestSupport
import Testing

/// A model written by hand, node by node.
struct ModelFixture {
  var model = Onnx_ModelProto()

  init(opset: Int = 21) {
    model.irVersion = 10
    model.opsetImport = [.with { $0.version = Int64(opset) }]
    model.graph.name = "fixture"
  }

  func serialized() throws -> [UInt8] { try model.serializedBytes() }

  mutating func input(_ name: String, _ shape: [Int], type: Onnx_TensorProto.DataType = .float) {
    model.graph.input.append(valueDeclaration(name, shape.map { .dimValue(Int64($0)) }, type))
  }

  mutating func output(_ names: String...) {
    for name in names { model.graph.output.append(.with { $0.name = name }) }
  }

  mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) {
    initializer(name, shape, .float) { $0.floatData = values }
  }

  mutating func constant(_ name: String, _ values: [Int]) {
    initializer(name, [values.count], .int64) { $0.int64Data = values.map { Int64($0) } }
  }

  /// A constant by its bytes; sub-byte types are packed, first element in the lowest bits.
  mutating func constant(
    _ name: String, _ shape: [Int], _ type: Onnx_TensorProto.DataType, bytes: [UInt8]
  ) {
    initializer(name, shape, type) { $0.rawData = Data(bytes) }
  }

  mutating func initializer(
    _ name: String, _ shape: [Int], _ type: Onnx_TensorProto.DataType,
    _ fill: (inout Onnx_TensorProto) -> Void
  ) {
    model.graph.initializer.append(tensorMessage(name, shape, type, fill))
  }

  mutating func node(
    _ operatorName: String, _ inputs: [String], _ outputs: [String], name: String = "",
    domain: String = "", _ attributes: [String: Attribute] = [:]
  ) {
    model.graph.node.append(
      .with {
        $0.opType = operatorName
        $0.domain = domain
        $0.name = name
        $0.input = inputs
        $0.output = outputs
        $0.attribute = attributes.sorted { $0.key < $1.key }.map { $1.message($0) }
      })
  }
}

/// An attribute of a node.
enum Attribute {
  case int(Int)
  case ints([Int])
  case float(Float)
  case floats([Float])
  case string(String)
  case tensor(Onnx_TensorProto)
  case graph

  fileprivate func message(_ name: String) -> Onnx_AttributeProto {
    .with {
      $0.name = name
      switch self {
      case .int(let value): ($0.type, $0.i) = (.int, Int64(value))
      case .ints(let values): ($0.type, $0.ints) = (.ints, values.map { Int64($0) })
      case .float(let value): ($0.type, $0.f) = (.float, value)
      case .floats(let values): ($0.type, $0.floats) = (.floats, values)
      case .string(let text): ($0.type, $0.s) = (.string, Data(text.utf8))
      case .tensor(let tensor): ($0.type, $0.t) = (.tensor, tensor)
      case .graph: ($0.type, $0.g) = (.graph, Onnx_GraphProto())
      }
    }
  }
}

func tensorMessage(
  _ name: String, _ shape: [Int], _ type: Onnx_TensorProto.DataType,
  _ fill: (inout Onnx_TensorProto) -> Void
) -> Onnx_TensorProto {
  .with {
    $0.name = name
    $0.dims = shape.map { Int64($0) }
    $0.dataType = Int32(type.rawValue)
    fill(&$0)
  }
}

func valueDeclaration(
  _ name: String, _ shape: [Onnx_TensorShapeProto.Dimension.OneOf_Value?],
  _ type: Onnx_TensorProto.DataType = .float
) -> Onnx_ValueInfoProto {
  .with {
    $0.name = name
    $0.type.tensorType.elemType = Int32(type.rawValue)
    $0.type.tensorType.shape.dim = shape.map { extent in .with { $0.value = extent } }
  }
}

/// A model of one node from the input `x` to the output `y`.
func singleNode(
  _ operatorName: String, _ attributes: [String: Attribute] = [:], opset: Int = 21,
  shape: [Int] = [1, 4, 6, 6], more: [String] = [],
  _ prepare: (inout ModelFixture) -> Void = { _ in }
) -> ModelFixture {
  var fixture = ModelFixture(opset: opset)
  fixture.input("x", shape)
  prepare(&fixture)
  fixture.node(operatorName, ["x"] + more, ["y"], name: "only", attributes)
  fixture.output("y")
  return fixture
}

/// A folder of its own for the files of one test, removed at the end of `body`.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = try ScratchFolder()
  try withExtendedLifetime(folder) { try body(folder.path) }
}

func write(_ bytes: [UInt8], to path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}
