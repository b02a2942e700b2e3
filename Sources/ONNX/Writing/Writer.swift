internal import Foundation
package import Network
internal import ONNXSchema
internal import SwiftProtobuf
internal import Tensors

/// The bytes of an ONNX model that computes what `network` computes.
///
/// The same network and options always give the same bytes. Names of the network's nodes and values
/// are kept; constants that nothing reads are left out. All tensors are fp32 apart from codes.
/// - Throws: `ONNXWriteError` naming the node or constant that has no ONNX form.
/// - Complexity: O(nodes + bytes of all constants).
package func writeNetwork(
  _ network: Network, options: WriteOptions
) throws(ONNXWriteError) -> [UInt8] {
  var writer = Writer(network: network, options: options)
  try writer.writeNodes()
  let model = writer.model()
  // Protobuf sizes are signed 32-bit numbers.
  let rawBytes = model.graph.initializer.reduce(0) { $0 + $1.rawData.count }
  guard rawBytes < Int(Int32.max) - (64 << 20) else {
    throw ONNXWriteError.tooLarge(bytes: rawBytes)
  }
  do {
    return try model.serializedBytes()
  } catch {
    throw ONNXWriteError.encoding("\(error)")
  }
}

/// One writing of one network: walks the nodes in order and fills the graph message.
struct Writer {
  let network: Network
  let options: WriteOptions
  let names: [ValueID: String]
  /// Code sites exist, so weights must be kept out of a runtime's integer fusions.
  let hasCodeSites: Bool
  let consumers: [ValueID: [Int]]
  var graph: GraphBuilder
  /// Constants and computed values that the graph already holds.
  private var defined: Set<ValueID>

  init(network: Network, options: WriteOptions) {
    self.network = network
    self.options = options
    names = uniqueValueNames(of: network)
    consumers = network.consumers
    hasCodeSites = network.nodes.contains {
      if case .quantize = $0.operation { true } else { false }
    }
    graph = GraphBuilder(avoiding: names.values)
    defined = Set(network.inputs.filter { network.constants[$0] == nil })
  }

  mutating func writeNodes() throws(ONNXWriteError) {
    for node in network.nodes {
      for case let input? in node.inputs { try define(input, for: node.name) }
      try write(node)
      defined.formUnion(node.outputs)
    }
    for output in network.outputs { try define(output, for: "graph output") }
  }

  /// Makes sure that the graph holds `value`, writing it when it is a constant.
  private mutating func define(_ value: ValueID, for reader: String) throws(ONNXWriteError) {
    guard !defined.contains(value) else { return }
    guard let constant = network.constants[value] else {
      throw ONNXWriteError.undefinedValue(node: reader, value: network[value].name)
    }
    try write(constant, value: value)
    defined.insert(value)
  }

  /// The name of a value that is written.
  func name(_ value: ValueID) -> String {
    guard let name = names[value] else {
      preconditionFailure("value \(value.index) is not part of the written graph")
    }
    return name
  }

  func model() -> Onnx_ModelProto {
    var message = Onnx_GraphProto()
    message.name = network.name.isEmpty ? "network" : network.name
    message.node = graph.nodes
    message.initializer = graph.initializers
    message.input = network.inputs.filter { network.constants[$0] == nil }.map(valueMessage)
    message.output = network.outputs.map(valueMessage)
    var opset = Onnx_OperatorSetIdProto()
    opset.domain = ""
    opset.version = Int64(graph.version.opset)
    var model = Onnx_ModelProto()
    model.irVersion = Int64(graph.version.irVersion)
    model.producerName = "tsq"
    model.opsetImport = [opset]
    model.graph = message
    return model
  }

  private func valueMessage(_ value: ValueID) -> Onnx_ValueInfoProto {
    var tensor = Onnx_TypeProto.Tensor()
    let type = network[value].type
    tensor.elemType = (type.isReal ? .float32 : type).onnxCode
    if let declared = network[value].declaredShape {
      var shape = Onnx_TensorShapeProto()
      shape.dim = declared.map { dimension in
        var extent = Onnx_TensorShapeProto.Dimension()
        switch dimension {
        case .fixed(let count): extent.dimValue = Int64(count)
        case .symbolic(let symbol) where !symbol.isEmpty: extent.dimParam = symbol
        case .symbolic: break
        }
        return extent
      }
      tensor.shape = shape
    }
    var message = Onnx_ValueInfoProto()
    message.name = name(value)
    message.type.tensorType = tensor
    return message
  }
}
