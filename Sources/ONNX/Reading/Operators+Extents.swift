internal import Network
internal import Tensors

/// The most elements of a constant that a file may ask for without holding them.
private let filledLimit = 1 << 28

extension GraphReader {
  /// A constant of one value, where its shape is constant.
  mutating func readConstantOfShape(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(1...1)
    guard let output = node.output(0), let shape = try integers(0, "shape", node) else { return }
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(extent, 1))
      guard extent >= 0, !overflow, product <= filledLimit else {
        throw .invalidNode(
          node.label, "its shape is \(shape); up to \(filledLimit) elements are read")
      }
      count = product
    }
    if shape.contains(0) { count = 0 }
    var element = StoredTensor(Tensor(shape: [1], values: [0]))
    if let given = try node.tensor("value") { element = try tensors.tensor(given) }
    guard element.elementCount == 1, element.type.bitCount >= 8 else {
      throw .invalidNode(
        node.label, "its value is a \(element.type) tensor of shape \(element.shape)")
    }
    let bytes = repeated(element.bytes, count: count)
    try bindConstant(
      output, .stored(StoredTensor(type: element.type, shape: shape, bytes: bytes)))
  }

  mutating func readUnsqueeze(_ node: NodeSource) throws(ONNXProblem) {
    guard let given = try axes(of: node) else {
      throw .invalidNode(node.label, "it has no axes")
    }
    if let constant = try constant(0, node), let output = node.output(0) {
      var shape = constant.shape
      for axis in try node.axes(given, rank: shape.count + given.count).sorted() {
        shape.insert(1, at: axis)
      }
      return try bindConstant(output, constant.reshaped(to: shape))
    }
    let (x, rank) = try value(0, node)
    let axes = try node.axes(given, rank: rank + given.count).sorted()
    try append(.unsqueeze(axes: axes), node, inputs: [x], rank: rank + axes.count)
  }

  mutating func readSqueeze(_ node: NodeSource) throws(ONNXProblem) {
    let given = try axes(of: node)
    if let constant = try constant(0, node), let output = node.output(0) {
      let shape = constant.shape
      let axes = try node.axes(given ?? shape.indices.filter { shape[$0] == 1 }, rank: shape.count)
      guard axes.allSatisfy({ shape[$0] == 1 }) else {
        throw .invalidNode(node.label, "it removes axes \(axes) of shape \(shape)")
      }
      let kept = shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
      return try bindConstant(output, constant.reshaped(to: kept))
    }
    let (x, rank) = try value(0, node)
    guard let given = given ?? unitAxes(of: x) else {
      throw .unsupported(
        node.label, what: "removes all axes of extent 1, whichever these are",
        remedy: "name the axes (its axes attribute or input)")
    }
    let axes = try node.axes(given, rank: rank).sorted()
    try append(.squeeze(axes: axes), node, inputs: [x], rank: rank - axes.count)
  }

  /// The axes whose extent is 1 whatever is open; nil where extents are not known.
  private func unitAxes(of value: ValueID) -> [Int]? {
    probedShapes(of: value).map { shapes in
      shapes.first.indices.filter { axis in shapes.known.allSatisfy { $0[axis] == 1 } }
    }
  }

  /// From an attribute, since operator set 13 from an input.
  private func axes(of node: NodeSource) throws(ONNXProblem) -> [Int]? {
    if node.opset < 13 {
      try node.checkInputs(1...1)
      return try node.integers("axes")
    }
    try node.checkInputs(1...2)
    return try integers(1, "axes", node)
  }
}

/// The bytes of one element, so many times.
private func repeated(_ element: [UInt8], count: Int) -> [UInt8] {
  guard element.contains(where: { $0 != 0 }) else {
    return [UInt8](repeating: 0, count: element.count * count)
  }
  var bytes = count > 0 ? element : []
  bytes.reserveCapacity(element.count * count)
  while bytes.count < element.count * count {
    bytes += bytes.prefix(element.count * count - bytes.count)
  }
  return bytes
}
