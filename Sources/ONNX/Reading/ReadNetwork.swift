package import Network
internal import ONNXSchema
package import Tensors

/// Reads the model in the file `path`.
///
/// The file is mapped: large weights stay in place and are paged in when they are used. Values
/// keep their names; nodes that no output depends on are left out, the others come in topological
/// order. Everything that shapes a node (target shapes, bounds, pads) must be a constant.
///
/// - Parameter bindings: Values for graph inputs by name, which make constants of them.
/// - Throws: `ONNXError`, naming the part of the model, why it cannot be read and what to do.
package func readNetwork(
  path: String, bindings: [String: StoredTensor] = [:]
) throws(ONNXError) -> Network {
  do {
    let file = try MappedFile(path: path)
    let folder = path.lastIndex(of: "/").map { path[..<$0].isEmpty ? "/" : String(path[..<$0]) }
    return try read(.mapped(file), folder: folder ?? ".", bindings)
  } catch let error as FileError {
    throw ONNXError(source: path, problem: .file(error))
  } catch let problem as ONNXProblem {
    throw ONNXError(source: path, problem: problem)
  } catch {
    preconditionFailure("untyped error \(error)")
  }
}

/// Reads a model from its bytes; its weights must not lie in other files.
///
/// - Parameters:
///   - source: A name for the bytes in messages.
///   - bindings: Values for graph inputs by name, which make constants of them.
/// - Throws: `ONNXError`, naming the part of the model, why it cannot be read and what to do.
package func readNetwork(
  bytes: [UInt8], source: String = "model bytes", bindings: [String: StoredTensor] = [:]
) throws(ONNXError) -> Network {
  do {
    return try read(.owned(bytes), folder: nil, bindings)
  } catch {
    throw ONNXError(source: source, problem: error)
  }
}

private func read(
  _ bytes: ModelBytes, folder: String?, _ bindings: [String: StoredTensor]
) throws(ONNXProblem) -> Network {
  let parts = try ModelParts(bytes)
  let opset = try defaultOpset(parts.model)
  var tensors = TensorReading(source: bytes, externalFiles: ExternalFiles(folder: folder))
  guard !parts.graph.node.contains(where: { $0.domain == writtenFormDomain }) else {
    throw .malformed("it uses the operator domain '\(writtenFormDomain)', which is reserved")
  }
  let graph = joiningWrittenForms(
    parts.graph, scalars: try scalars(parts.initializers, &tensors))
  guard !graph.output.isEmpty else { throw .malformed("its graph has no outputs") }
  if let sparse = graph.sparseInitializer.first {
    throw .invalidTensor(
      name: sparse.values.name, "is a sparse initializer: store it as a dense one")
  }
  let names = nodeNames(graph)
  let order = try GraphOrder(graph, names: names)
  var nodes: [NodeSource] = []
  for index in order.nodes {
    nodes.append(try NodeSource(graph.node[index], name: names[index], opset: opset ?? 1))
  }
  try checkOperators(nodes)
  guard opset != nil || nodes.isEmpty else {
    throw .malformed("it imports no version of the default operator set")
  }
  var reader = GraphReader(graph, usedValues: order.usedValues, tensors: tensors)
  try reader.bindInitializers(parts.initializers, order: order)
  try reader.bindInputs(graph, bindings)
  for node in nodes { try reader.read(node) }
  var outputs: Set<String> = []
  for output in graph.output {
    guard outputs.insert(output.name).inserted else { throw .duplicateValue(name: output.name) }
    try reader.addOutput(output.name)
  }
  return reader.network
}

/// The numbers and zero points of one element that lie in the model itself, by name.
private func scalars(
  _ records: [InitializerRecord], _ tensors: inout TensorReading
) throws(ONNXProblem) -> [String: StoredTensor] {
  var scalars: [String: StoredTensor] = [:]
  for record in records where record.tensor.dataLocation != .external {
    switch ElementType(onnx: record.tensor.dataType) {
    case .float32, .uint2, .uint4, .uint8:
      guard record.tensor.dims.allSatisfy({ $0 == 1 }) else { continue }
      scalars[record.tensor.name] = try tensors.initializer(record)
    default: continue
    }
  }
  return scalars
}

/// The version of the default operator set, or nil where the model does not import it.
private func defaultOpset(_ model: Onnx_ModelProto) throws(ONNXProblem) -> Int? {
  let versions = model.opsetImport.filter { $0.domain.isEmpty || $0.domain == "ai.onnx" }
  guard let opset = versions.map({ Int($0.version) }).max() else { return nil }
  guard supportedOpsets.contains(opset) else {
    throw .unsupportedOpset(domain: "", version: opset, supported: supportedOpsets)
  }
  return opset
}

extension GraphReader {
  fileprivate mutating func bindInitializers(
    _ records: [InitializerRecord], order: GraphOrder
  ) throws(ONNXProblem) {
    var seen: Set<String> = []
    for record in records {
      let name = record.tensor.name
      guard seen.insert(name).inserted else { throw .duplicateValue(name: name) }
      guard isUsed(name) else { continue }
      try bindConstant(name, .stored(try tensors.initializer(record)))
    }
    initializerNames = seen
  }

  fileprivate mutating func bindInputs(
    _ graph: Onnx_GraphProto, _ values: [String: StoredTensor]
  ) throws(ONNXProblem) {
    var seen: Set<String> = []
    for input in graph.input {
      guard seen.insert(input.name).inserted else { throw .duplicateValue(name: input.name) }
      // Older files list initializers among the inputs.
      if initializerNames.contains(input.name) { continue }
      if let value = values[input.name] {
        try bindConstant(input.name, .stored(value))
      } else {
        try addInput(input)
      }
    }
  }
}
