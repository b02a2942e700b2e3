internal import Network
internal import ONNXSchema
internal import Tensors

/// What the name of a value stands for while a graph is read.
enum Binding {
  /// A constant that nothing in the network reads yet.
  case constant(Constant)
  /// A value of the network with its number of axes; a constant where the network has one for it.
  case value(ValueID, rank: Int)
  /// Numbers that may depend on open extents.
  case probed(ProbedTensor)
  /// Integer codes of a value, to be turned back by DequantizeLinear.
  case codes(QuantizedCodes)
}

/// Builds a network from a graph, node by node in topological order.
///
/// The number of axes of every value is known all the time, so axes are counted from the start in
/// all operations.
struct GraphReader {
  var network: Network
  var tensors: TensorReading
  private(set) var bindings: [String: Binding] = [:]
  /// The names of all initializers, read or not.
  var initializerNames: Set<String> = []
  /// The shapes of computed values for the probes.
  var shapes: [ValueID: ProbedShapes] = [:]
  var extents: ExtentTable
  /// Elements of all constants folded so far.
  var foldedElements = 0
  private let usedValues: Set<String>
  /// The names of the graph's outputs.
  let outputNames: Set<String>
  /// What the graph says about its values, by name.
  private let declarations: [String: Onnx_ValueInfoProto]

  init(_ graph: Onnx_GraphProto, usedValues: Set<String>, tensors: TensorReading) {
    network = Network(name: graph.name)
    extents = ExtentTable(
      batchSymbols: Set(graph.input.compactMap { $0.type.tensorType.shape.dim.first?.dimParam }))
    self.tensors = tensors
    self.usedValues = usedValues
    outputNames = Set(graph.output.map(\.name))
    declarations = Dictionary(
      (graph.valueInfo + graph.output).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
  }

  /// Whether a live node or the caller reads the value.
  func isUsed(_ name: String?) -> Bool { name.map(usedValues.contains) ?? false }

  // MARK: Defining values

  mutating func bind(_ name: String, _ binding: Binding) throws(ONNXProblem) {
    guard bindings.updateValue(binding, forKey: name) == nil else {
      throw .duplicateValue(name: name)
    }
  }

  /// Replaces what a name that is bound already stands for.
  mutating func rebind(_ name: String, _ binding: Binding) { bindings[name] = binding }

  mutating func bindConstant(_ name: String, _ constant: Constant) throws(ONNXProblem) {
    try bind(name, .constant(constant))
  }

  /// Appends a node whose single output is the value `output` with `rank` axes.
  mutating func append(
    _ operation: Operation, _ node: NodeSource, inputs: [ValueID?], rank: Int,
    named name: String? = nil
  ) throws(ONNXProblem) {
    guard let output = node.output(0) else {
      throw .invalidNode(node.label, "its first output is left out")
    }
    for index in node.outputs.indices.dropFirst()
    where isUsed(node.output(index)) && !GeneralOperation.knows(node.operatorName) {
      throw .unsupported(
        node.label, what: "has its output '\(node.outputs[index])' used",
        remedy: "only the first output is supported; remove what reads the other")
    }
    try append(
      operation, as: name ?? node.label.name, inputs: inputs, output: output, rank: rank,
      type: .float32)
  }

  /// Appends a node that computes the value `output`.
  mutating func append(
    _ operation: Operation, as name: String, inputs: [ValueID?], output: String, rank: Int,
    type: ElementType
  ) throws(ONNXProblem) {
    let id = network.addValue(try info(output, rank: rank, type: type))
    try bind(output, .value(id, rank: rank))
    network.nodes.append(Node(name: name, operation: operation, inputs: inputs, outputs: [id]))
    probeLastNode()
  }

  private func info(
    _ name: String, rank: Int, type: ElementType
  ) throws(ONNXProblem) -> ValueInfo {
    // A declaration that contradicts the operators is the exporter's slip; nothing depends on it.
    guard let declaration = declarations[name], declaration.type.tensorType.hasShape
    else { return ValueInfo(name: name, type: type) }
    let shape = try dimensions(declaration)
    return ValueInfo(name: name, type: type, declaredShape: shape.count == rank ? shape : nil)
  }

  // MARK: Reading values

  private func binding(_ name: String, _ node: NodeSource) throws(ONNXProblem) -> Binding {
    guard let binding = bindings[name] else {
      throw .undefinedValue(name: name, reader: node.label.description)
    }
    if case .codes(let codes) = binding, node.operatorName != "DequantizeLinear" {
      throw codes.misuse(by: node)
    }
    return binding
  }

  /// The binding of an input that has to be there.
  func operand(_ index: Int, _ node: NodeSource) throws(ONNXProblem) -> Binding {
    guard let name = node.input(index) else {
      throw .invalidNode(node.label, "input \(index) is missing")
    }
    return try binding(name, node)
  }

  /// The value and the number of axes of an input; constants enter the network here.
  mutating func value(
    _ index: Int, _ node: NodeSource
  ) throws(ONNXProblem) -> (id: ValueID, rank: Int) {
    switch try operand(index, node) {
    case .value(let id, let rank):
      guard network[id].type.isReal || network.constants[id] != nil else {
        throw .unsupported(
          node.label, what: "reads '\(node.inputs[index])', which holds integers",
          remedy: "cast it to float in front of it")
      }
      return (id, rank)
    case .constant(let constant):
      let name = node.inputs[index]
      try checkFinite(constant, name)
      let id = network.addConstant(constant, name: name)
      bindings[name] = .value(id, rank: constant.shape.count)
      return (id, constant.shape.count)
    case .probed:
      throw .unsupported(
        node.label, what: "computes with '\(node.inputs[index])', which depends on open extents",
        remedy: "declare the extents of the graph's inputs, the batch too")
    case .codes: preconditionFailure("codes are refused by operand(_:_:)")
    }
  }

  /// The constant that an input is, or nil when it is computed.
  func constant(_ index: Int, _ node: NodeSource) throws(ONNXProblem) -> Constant? {
    switch try operand(index, node) {
    case .constant(let constant): constant
    case .value(let id, _): network.constants[id]
    case .codes, .probed: nil
    }
  }

  /// The constant that an input has to be; nil where it is left out.
  func parameter(
    _ index: Int, _ role: String, _ node: NodeSource
  ) throws(ONNXProblem) -> StoredTensor? {
    guard let name = node.input(index) else { return nil }
    guard let constant = try constant(index, node) else {
      throw .notConstant(node.label, value: name, role: role)
    }
    switch constant {
    case .stored(let tensor): return tensor
    case .quantized(let tensor): return StoredTensor(tensor.dequantized)
    }
  }

  /// A constant vector (or scalar) of integers; nil where it is left out.
  func integers(_ index: Int, _ role: String, _ node: NodeSource) throws(ONNXProblem) -> [Int]? {
    guard let tensor = try parameter(index, role, node) else { return nil }
    guard tensor.shape.count <= 1, let values = tensor.integers else {
      throw .invalidNode(
        node.label,
        "its \(role) is a \(tensor.type) tensor of shape \(tensor.shape), "
          + "not a vector of integers")
    }
    return values
  }

  /// A constant with one element; nil where it is left out.
  func scalar(_ index: Int, _ role: String, _ node: NodeSource) throws(ONNXProblem) -> Float? {
    guard let tensor = try parameter(index, role, node) else { return nil }
    guard tensor.elementCount == 1 else {
      throw .invalidNode(node.label, "its \(role) has shape \(tensor.shape), not one element")
    }
    return tensor.floats[0]
  }

  // MARK: The caller's side

  /// Declares a value that the caller provides.
  mutating func addInput(_ declaration: Onnx_ValueInfoProto) throws(ONNXProblem) {
    let name = declaration.name
    guard case .tensorType(let tensor)? = declaration.type.value else {
      throw .unsupportedType(value: name, type: "sequence, map, optional or sparse tensor")
    }
    guard let type = ElementType(onnx: tensor.elemType) else {
      throw .unsupportedType(value: name, type: elementTypeName(tensor.elemType))
    }
    guard tensor.hasShape else {
      throw .invalidValue(
        name: name, "is a graph input without a shape: declare its axes (extents may be symbolic)")
    }
    let shape = try dimensions(declaration)
    if let axis = shape.firstIndex(of: .fixed(0)) {
      throw .invalidValue(
        name: name,
        "is a graph input that declares axis \(axis) to have no elements; declare its extent")
    }
    let id = network.addValue(ValueInfo(name: name, type: type, declaredShape: shape))
    try bind(name, .value(id, rank: shape.count))
    network.inputs.append(id)
    shapes[id] = extents.shapes(shape)
  }

  /// Declares a value that the caller receives.
  mutating func addOutput(_ name: String) throws(ONNXProblem) {
    switch bindings[name] {
    case .value(let id, _) where network.constants[id] == nil: network.outputs.append(id)
    case .value(let id, _): try addConstantOutput(name, network.constants[id])
    case .constant(let constant): try addConstantOutput(name, constant)
    case .probed:
      throw .invalidValue(
        name: name, "is a graph output that depends on open extents alone: declare the extents")
    case .codes(let codes): throw codes.unfinished
    case nil: throw .undefinedValue(name: name, reader: "the list of graph outputs")
    }
  }

  /// An output that depends on no input is a constant behind a node, so that every output has a
  /// producer.
  private mutating func addConstantOutput(
    _ name: String, _ constant: Constant?
  ) throws(ONNXProblem) {
    guard let constant else { preconditionFailure("the constant of '\(name)' is gone") }
    let source = network.addConstant(constant, name: unusedName("\(name)_constant"))
    let type = network[source].type
    let output = network.addValue(
      ValueInfo(
        name: name, type: type.isReal ? .float32 : type,
        declaredShape: constant.shape.map { .fixed($0) }))
    network.nodes.append(
      Node(
        name: unusedName("Identity_\(name)"),
        operation: type.isReal ? .identity : .general(GeneralOperation(name: "Identity")),
        inputs: [source], outputs: [output]))
    network.outputs.append(output)
  }

  func unusedName(_ base: String) -> String {
    var name = base
    while bindings[name] != nil || network.nodes.contains(where: { $0.name == name }) {
      name += "_"
    }
    return name
  }
}

/// The declared shape of a tensor value.
///
/// Extents that are unknown, or negative as some exporters write them, get a symbol of their own;
/// so does a leading 0, which others write for a batch of any size.
func dimensions(_ declaration: Onnx_ValueInfoProto) throws(ONNXProblem) -> [Dimension] {
  var size = 1
  var shape: [Dimension] = []
  for (axis, dimension) in declaration.type.tensorType.shape.dim.enumerated() {
    switch dimension.value {
    case .dimValue(let extent) where extent > 0 || extent == 0 && axis > 0:
      let (product, overflow) = size.multipliedReportingOverflow(by: max(Int(extent), 1))
      guard !overflow, product <= 1 << 48 else {
        throw .invalidValue(name: declaration.name, "declares an impossibly large shape")
      }
      size = product
      shape.append(.fixed(Int(extent)))
    case .dimParam(let symbol) where !symbol.isEmpty: shape.append(.symbolic(symbol))
    default: shape.append(.symbolic("\(declaration.name)_axis\(axis)"))
    }
  }
  return shape
}

/// Throws `ONNXProblem.nonFinite` when a constant that takes part in the computation has a NaN or
/// an infinity. Complexity: O(elements).
func checkFinite(_ constant: Constant, _ name: String) throws(ONNXProblem) {
  let values: [Float]
  switch constant {
  case .quantized(let tensor): values = tensor.scales
  case .stored(let tensor):
    guard tensor.type.integerRange == nil else { return }
    if tensor.type == .float32, tensor.withBytes(isFiniteThroughout) { return }
    values = tensor.floats
  }
  if let index = values.firstIndex(where: { !$0.isFinite }) {
    throw .nonFinite(tensor: name, index: index, value: "\(values[index])")
  }
}

/// Whether bytes that are fp32 values hold neither NaN nor infinity, without decoding them.
private func isFiniteThroughout(_ bytes: RawSpan) -> Bool {
  // Through the raw buffer, because checked loads keep the loop from being vectorised.
  let bits = unsafe bytes.withUnsafeBytes { buffer in
    var bits: UInt32 = 0
    for offset in stride(from: 0, to: buffer.count & ~3, by: 4) {
      let word = unsafe buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      // An exponent of all ones carries into the top bit.
      bits |= (UInt32(littleEndian: word) & 0x7F80_0000) &+ 0x80_0000
    }
    return bits
  }
  return bits < 0x8000_0000
}
