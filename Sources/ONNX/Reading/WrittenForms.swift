internal import Network
internal import ONNXSchema
internal import Tensors

/// The domain of nodes that stand for several nodes of the file; no file has it.
let writtenFormDomain = "tsq.written"

/// The graph in which groups of nodes that the writer writes for one node are one node again.
///
/// Code sites become `CodeSite` nodes and softmax over several axes becomes `FlatSoftmax`, both of
/// the domain `writtenFormDomain`; the inner values of a group must have no other reader. Groups
/// that deviate in anything from what the writer writes are left as they are.
/// - Parameter scalars: the constants of one element, by name.
/// - Complexity: O(nodes).
func joiningWrittenForms(
  _ graph: Onnx_GraphProto, scalars: [String: StoredTensor]
) -> Onnx_GraphProto {
  var forms = WrittenForms(graph, scalars: scalars)
  for index in graph.node.indices { forms.join(at: index) }
  var result = graph
  result.node = graph.node.indices.compactMap { index in
    forms.joined[index] ?? (forms.absorbed.contains(index) ? nil : graph.node[index])
  }
  return result
}

/// A graph's nodes by the values they write and read, and the groups found so far.
struct WrittenForms {
  let nodes: [Onnx_NodeProto]
  let scalars: [String: StoredTensor]
  /// The nodes that groups have become, by the index of the last node of each group.
  private(set) var joined: [Int: Onnx_NodeProto] = [:]
  /// All nodes of these groups.
  private(set) var absorbed: Set<Int> = []
  private var producers: [String: Int] = [:]
  private var readers: [String: [Int]] = [:]

  init(_ graph: Onnx_GraphProto, scalars: [String: StoredTensor]) {
    nodes = graph.node
    self.scalars = scalars
    for (index, node) in graph.node.enumerated() {
      for output in node.output { producers[output] = index }
      for input in node.input { readers[input, default: []].append(index) }
    }
    // A value that leaves the graph is no inner value of a group.
    for output in graph.output { readers[output.name, default: []].append(-1) }
  }

  /// Joins the group whose characteristic node is at `index`, if there is one.
  mutating func join(at index: Int) {
    switch nodes[index].opType {
    case "QuantizeLinear": joinCodedSite(at: index)
    case "Round": joinFloatSite(at: index)
    case "Softmax": joinFlatSoftmax(at: index)
    default: break
    }
  }

  /// Puts one node in the place of a group.
  /// - Parameter group: the indices of its nodes, the last one being the one that is replaced.
  mutating func replace(
    _ group: [Int], by operatorName: String, name: String, input: String,
    attributes: [Onnx_AttributeProto]
  ) {
    guard let last = group.last, absorbed.isDisjoint(with: group) else { return }
    var node = Onnx_NodeProto()
    node.opType = operatorName
    node.domain = writtenFormDomain
    node.name = name
    node.input = [input]
    node.output = nodes[last].output
    node.attribute = attributes
    joined[last] = node
    absorbed.formUnion(group)
  }

  // MARK: Steps along a group

  /// The only reader of a node's only output, if it has this operator and reads it first.
  func next(_ index: Int, _ operatorName: String) -> Int? {
    guard nodes[index].output.count == 1, let output = nodes[index].output.first,
      let found = readers[output], found.count == 1, found[0] >= 0
    else { return nil }
    let reader = nodes[found[0]]
    guard reader.opType == operatorName, reader.domain.isEmpty, reader.input.first == output
    else { return nil }
    return found[0]
  }

  /// The node that computes an input, if it has this operator and no other reader.
  func previous(_ index: Int, input: Int, _ operatorName: String) -> Int? {
    guard nodes[index].input.indices.contains(input) else { return nil }
    let value = nodes[index].input[input]
    guard let found = producers[value], readers[value] == [index],
      nodes[found].opType == operatorName, nodes[found].domain.isEmpty,
      nodes[found].output.count == 1
    else { return nil }
    return found
  }

  func input(_ index: Int, _ position: Int) -> String? {
    nodes[index].input.indices.contains(position) ? nodes[index].input[position] : nil
  }

  /// The fp32 scalar that an input is.
  func scalar(_ index: Int, _ position: Int) -> Float? {
    guard let name = input(index, position), let tensor = scalars[name],
      tensor.type == .float32, tensor.shape.isEmpty
    else { return nil }
    return tensor.floats[0]
  }

  /// `Shape(x)`, and `Flatten(x) → Softmax → Reshape` back to that shape.
  private mutating func joinFlatSoftmax(at softmax: Int) {
    guard let flatten = previous(softmax, input: 0, "Flatten"), let x = input(flatten, 0),
      let reshape = next(softmax, "Reshape"), let shape = previous(reshape, input: 1, "Shape"),
      nodes[shape].input == [x], nodes[shape].attribute.isEmpty,
      nodes[softmax].attribute == [.int("axis", 1)], nodes[flatten].attribute.count == 1
    else { return }
    replace(
      [shape, flatten, softmax, reshape], by: "FlatSoftmax", name: nodes[softmax].name, input: x,
      attributes: nodes[flatten].attribute)
  }
}

extension GraphReader {
  /// Adds the node that a group of the writer's stands for.
  mutating func readWrittenForm(_ node: NodeSource) throws(ONNXProblem) {
    let (x, rank) = try value(0, node)
    if node.label.operatorName == "\(writtenFormDomain).FlatSoftmax" {
      let axis = try node.axis("axis", default: 1, rank: rank)
      return try append(
        .softmax(axis: axis, flattensTrailing: true), node, inputs: [x], rank: rank)
    }
    let quantizer = ActivationQuantizer(
      bits: try node.integer("bits", default: 8), step: try node.finite("step", default: 1),
      lowestCode: try node.integer("lowest", default: 0), threshold: try node.float("threshold"))
    try append(.quantize(quantizer), node, inputs: [x], rank: rank)
  }
}
