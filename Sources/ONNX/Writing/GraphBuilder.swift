internal import Foundation
internal import Network
internal import ONNXSchema
internal import Tensors

/// The graph message under construction: nodes, initializers and the names they use.
struct GraphBuilder {
  private(set) var nodes: [Onnx_NodeProto] = []
  private(set) var initializers: [Onnx_TensorProto] = []
  var version = FormatVersion()
  private var taken: Set<String>
  private var numbers: [String: Int] = [:]
  private var small: [SmallTensor: String] = [:]

  /// An added tensor of few elements, stored once however often it is used.
  private struct SmallTensor: Hashable {
    let type: ElementType
    let shape: [Int]
    let bytes: [UInt8]
  }

  /// - Parameter names: the names that values of the network have.
  init(avoiding names: some Sequence<String>) { taken = Set(names) }

  /// A short name, beginning with `prefix`, that nothing else has.
  mutating func unusedName(_ prefix: String) -> String {
    while true {
      let number = numbers[prefix, default: 0]
      numbers[prefix] = number + 1
      let name = "\(prefix)\(number)"
      if taken.insert(name).inserted { return name }
    }
  }

  /// Adds a node; attributes are written in the order given.
  mutating func addNode(
    _ operatorName: String, name: String = "", inputs: [String], outputs: [String],
    attributes: [Onnx_AttributeProto] = []
  ) {
    var node = Onnx_NodeProto()
    node.opType = operatorName
    if !name.isEmpty { node.name = name }
    node.input = inputs
    node.output = outputs
    node.attribute = attributes
    nodes.append(node)
  }

  /// Adds a node with one output of a new short name, and returns that name.
  mutating func addNode(
    _ operatorName: String, name: String = "", inputs: [String], newOutput prefix: String,
    attributes: [Onnx_AttributeProto] = []
  ) -> String {
    let output = unusedName(prefix)
    addNode(
      operatorName, name: name, inputs: inputs, outputs: [output], attributes: attributes)
    return output
  }

  /// Adds an initializer under a name of the network.
  mutating func addInitializer(_ name: String, type: ElementType, shape: [Int], bytes: Data) {
    var tensor = Onnx_TensorProto()
    tensor.dims = shape.map { Int64($0) }
    tensor.dataType = type.onnxCode
    tensor.name = name
    tensor.rawData = bytes
    initializers.append(tensor)
  }

  /// The name of a small initializer with this content, added when first asked for.
  mutating func sharedTensor(
    _ prefix: String, type: ElementType, shape: [Int], bytes: [UInt8]
  ) -> String {
    let key = SmallTensor(type: type, shape: shape, bytes: bytes)
    if let name = small[key] { return name }
    let name = unusedName(prefix)
    small[key] = name
    addInitializer(name, type: type, shape: shape, bytes: Data(bytes))
    return name
  }

  /// A scalar fp32 initializer.
  mutating func scalar(_ value: Float) -> String {
    sharedTensor("c", type: .float32, shape: [], bytes: value.littleEndianBytes)
  }

  /// A one-axis fp32 initializer.
  mutating func floats(_ values: [Float]) -> String {
    sharedTensor(
      "c", type: .float32, shape: [values.count], bytes: values.flatMap(\.littleEndianBytes))
  }

  /// A one-axis int64 initializer.
  mutating func vector(_ values: [Int]) -> String {
    sharedTensor(
      "i", type: .int64, shape: [values.count],
      bytes: values.flatMap { Int64($0).littleEndianBytes })
  }
}

extension ElementType {
  /// The type's number in `TensorProto.DataType`.
  var onnxCode: Int32 {
    let type: Onnx_TensorProto.DataType =
      switch self {
      case .float32: .float
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .float64: .double
      case .int8: .int8
      case .int16: .int16
      case .int32: .int32
      case .int64: .int64
      case .uint8: .uint8
      case .uint16: .uint16
      case .uint32: .uint32
      case .uint64: .uint64
      case .bool: .bool
      case .int4: .int4
      case .uint4: .uint4
      case .int2: .int2
      case .uint2: .uint2
      }
    return Int32(type.rawValue)
  }
}
