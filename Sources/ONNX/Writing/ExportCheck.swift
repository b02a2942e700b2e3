package import Network
internal import ONNXSchema
internal import SwiftProtobuf
internal import Tensors

/// Checks that `bytes` is a well-formed ONNX model that computes exactly what `network` does.
///
/// The bytes are parsed afresh. Checked are the versions, the structure (names, order, types and
/// sizes of tensors), every weight code, scale and float of every constant, and the numbers of
/// every code site; then the bytes are read back as a network, whose operations, attributes and
/// wiring must be those of `network`.
/// - Throws: `ONNXWriteError.selfCheck` naming the first tensor or node that is wrong.
/// - Complexity: O(nodes + elements of all constants).
package func checkExport(
  bytes: [UInt8], against network: Network
) throws(ONNXWriteError) {
  let model: Onnx_ModelProto
  do {
    model = try Onnx_ModelProto(serializedBytes: bytes)
  } catch {
    throw ONNXWriteError.selfCheck(where: "model", problem: "cannot be parsed (\(error))")
  }
  let general = network.nodes.filter { if case .general = $0.operation { true } else { false } }
  let check = try ExportCheck(graph: model.graph, general: Set(general.map(\.name)))
  try check.checkVersions(of: model)
  try check.checkStructure()
  try check.checkNumbers(against: network)
  try checkReadingBack(bytes, as: network)
}

/// A parsed file, indexed by name, under check.
struct ExportCheck {
  let graph: Onnx_GraphProto
  let initializers: [String: Onnx_TensorProto]
  /// The node that computes each value.
  let producers: [String: Onnx_NodeProto]
  /// Nodes that compute in general, with whatever type they are given.
  private let general: Set<String>

  init(graph: Onnx_GraphProto, general: Set<String>) throws(ONNXWriteError) {
    var initializers: [String: Onnx_TensorProto] = [:]
    var producers: [String: Onnx_NodeProto] = [:]
    var defined: Set<String> = []
    func define(_ name: String) throws(ONNXWriteError) {
      guard !name.isEmpty, defined.insert(name).inserted else {
        throw mismatch("value '\(name)'", "has no name or is defined twice")
      }
    }
    for input in graph.input { try define(input.name) }
    for tensor in graph.initializer {
      try define(tensor.name)
      initializers[tensor.name] = tensor
    }
    for node in graph.node {
      for output in node.output {
        try define(output)
        producers[output] = node
      }
    }
    self.graph = graph
    self.initializers = initializers
    self.producers = producers
    self.general = general
  }

  func checkVersions(of model: Onnx_ModelProto) throws(ONNXWriteError) {
    guard model.opsetImport.count == 1, let opset = model.opsetImport.first, opset.domain.isEmpty
    else { throw mismatch("model", "must import one operator set, the standard one") }
    var needed = FormatVersion()
    for tensor in graph.initializer {
      guard let type = ElementType.allCases.first(where: { $0.onnxCode == tensor.dataType }) else {
        throw mismatch("tensor '\(tensor.name)'", "has the unknown type \(tensor.dataType)")
      }
      needed.require(codes: type)
    }
    guard opset.version >= needed.opset, opset.version <= 25 else {
      throw mismatch("model", "has opset \(opset.version) and needs \(needed.opset) to 25")
    }
    var stated = FormatVersion()
    stated.require(opset: Int(opset.version))
    guard model.irVersion == stated.irVersion else {
      throw mismatch(
        "model", "has IR version \(model.irVersion), not \(stated.irVersion) as its opset asks for")
    }
  }

  /// Inputs come before their readers, outputs exist, tensors have the bytes their shapes need,
  /// and codes are read by the operators for codes only.
  func checkStructure() throws(ONNXWriteError) {
    var known = Set(graph.input.map(\.name)).union(initializers.keys)
    for node in graph.node {
      for (position, input) in node.input.enumerated() where !input.isEmpty {
        guard known.contains(input) else {
          throw mismatch(label(node), "reads '\(input)', which nothing before it defines")
        }
        if let tensor = initializers[input] { try checkReader(node, position, of: tensor) }
      }
      known.formUnion(node.output)
    }
    for output in graph.output where !known.contains(output.name) {
      throw mismatch("graph output '\(output.name)'", "is not computed")
    }
    for tensor in graph.initializer { try checkSize(of: tensor) }
  }

  private func checkSize(of tensor: Onnx_TensorProto) throws(ONNXWriteError) {
    guard let type = ElementType.allCases.first(where: { $0.onnxCode == tensor.dataType }),
      !tensor.dims.contains(where: { $0 < 0 })
    else { throw mismatch("tensor '\(tensor.name)'", "has a type or shape that cannot be") }
    let needed = type.byteCount(of: tensor.dims.reduce(1) { $0 * Int($1) })
    guard tensor.rawData.count == needed else {
      throw mismatch(
        "tensor '\(tensor.name)'",
        "has \(tensor.rawData.count) bytes where its shape needs \(needed)")
    }
  }

  private func checkReader(
    _ node: Onnx_NodeProto, _ position: Int, of tensor: Onnx_TensorProto
  ) throws(ONNXWriteError) {
    let mayBeCodes =
      switch (node.opType, position) {
      case ("DequantizeLinear", 0), ("DequantizeLinear", 2), ("QuantizeLinear", 2): true
      default: false
      }
    let mayBeIndices =
      switch (node.opType, position) {
      case ("Reshape", 1), ("Pad", 1), ("Slice", 1...), ("Resize", 3), ("Squeeze", 1),
        ("Unsqueeze", 1):
        true
      default: false
      }
    let isRight =
      switch ElementType.allCases.first(where: { $0.onnxCode == tensor.dataType }) {
      case .int2, .int4, .int8, .uint2, .uint4, .uint8: mayBeCodes
      case .int64: mayBeIndices
      case .float32: !mayBeCodes && !mayBeIndices
      default: false
      }
    guard isRight || general.contains(node.name) else {
      throw mismatch(label(node), "cannot take the type of tensor '\(tensor.name)'")
    }
  }

  func label(_ node: Onnx_NodeProto) -> String {
    "node '\(node.name.isEmpty ? node.output.first ?? "" : node.name)' (\(node.opType))"
  }

}

/// A finding of the check, with the place it was found at.
func mismatch(_ place: String, _ problem: String) -> ONNXWriteError {
  ONNXWriteError.selfCheck(where: place, problem: problem)
}
