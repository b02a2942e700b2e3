internal import Network
internal import Tensors

extension GraphReader {
  mutating func readConcat(_ node: NodeSource) throws(ONNXProblem) {
    guard !node.inputs.isEmpty else { throw .invalidNode(node.label, "it has no inputs") }
    if let values = try constantVectors(node), let output = node.output(0) {
      return try bindConstant(output, .stored(StoredTensor(int64: values)))
    }
    var inputs: [ValueID?] = []
    var ranks: Set<Int> = []
    for index in node.inputs.indices {
      let (id, rank) = try value(index, node)
      inputs.append(id)
      ranks.insert(rank)
    }
    guard ranks.count == 1, let rank = ranks.first, rank > 0 else {
      throw .invalidNode(node.label, "its inputs have \(ranks.sorted()) axes")
    }
    guard node.has("axis") else { throw .invalidNode(node.label, "it has no axis") }
    let axis = try node.axis("axis", default: 0, rank: rank)
    try append(.concatenate(axis: axis), node, inputs: inputs, rank: rank)
  }

  /// The joined values where all inputs are constant vectors of int64, as in computed shapes.
  private func constantVectors(_ node: NodeSource) throws(ONNXProblem) -> [Int]? {
    var values: [Int] = []
    for index in node.inputs.indices {
      guard case .stored(let tensor)? = try constant(index, node), tensor.type == .int64,
        tensor.shape.count == 1, let part = tensor.integers
      else { return nil }
      values += part
    }
    return values
  }

  mutating func readFlatten(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(1...1)
    if let constant = try constant(0, node), let output = node.output(0) {
      let shape = constant.shape
      let axis = try flattenAxis(node, rank: shape.count)
      let target = [Array(shape[..<axis]).product, Array(shape[axis...]).product]
      return try bindConstant(output, constant.reshaped(to: target))
    }
    let (x, rank) = try value(0, node)
    try append(.flatten(axis: try flattenAxis(node, rank: rank)), node, inputs: [x], rank: 2)
  }

  private func flattenAxis(_ node: NodeSource, rank: Int) throws(ONNXProblem) -> Int {
    let axis = try node.integer("axis", default: 1)
    guard (-rank...rank).contains(axis) else {
      throw .invalidNode(node.label, "its axis is \(axis), its input has \(rank) axes")
    }
    return axis < 0 ? axis + rank : axis
  }

  mutating func readReshape(_ node: NodeSource) throws(ONNXProblem) {
    let target: [Int]?
    if node.opset < 5 {
      try node.checkInputs(1...1)
      target = try node.integers("shape")
    } else {
      try node.checkInputs(2...2)
      if case .probed(let open) = try operand(1, node) {
        target = openTarget(open, of: try value(0, node).id)
      } else {
        target = try integers(1, "target shape", node)
      }
    }
    guard let target, target.allSatisfy((-1...attributeLimit).contains),
      target.count(where: { $0 == -1 }) <= 1
    else {
      throw .invalidNode(node.label, "its target shape is \(target?.description ?? "missing")")
    }
    let reshape = Reshape(target: target, allowsZero: try node.flag("allowzero"))
    if let constant = try constant(0, node), let output = node.output(0) {
      let shape: [Int]
      do throws(ShapeProblem) {
        shape = try reshape.resolved(input: constant.shape)
      } catch {
        throw .invalidNode(node.label, "with a constant: \(error.text)")
      }
      return try bindConstant(output, constant.reshaped(to: shape))
    }
    let (x, _) = try value(0, node)
    try append(.reshape(reshape), node, inputs: [x], rank: target.count)
  }

  mutating func readTranspose(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(1...1)
    if let constant = try constant(0, node), let output = node.output(0) {
      let order = try permutation(node, rank: constant.shape.count)
      return try bindConstant(output, constant.transposed(order))
    }
    let (x, rank) = try value(0, node)
    let order = try permutation(node, rank: rank)
    try append(.transpose(permutation: order), node, inputs: [x], rank: rank)
  }

  private func permutation(_ node: NodeSource, rank: Int) throws(ONNXProblem) -> [Int] {
    guard let order = try node.integers("perm") else { return (0..<rank).reversed() }
    guard order.sorted() == Array(0..<rank) else {
      throw .invalidNode(node.label, "its perm \(order) does not permute \(rank) axes")
    }
    return order
  }

  mutating func readSlice(_ node: NodeSource) throws(ONNXProblem) {
    let (x, rank) = try value(0, node)
    let starts: [Int]?
    let ends: [Int]?
    let axes: [Int]?
    var steps: [Int]?
    if node.opset < 10 {
      try node.checkInputs(1...1)
      starts = try node.integers("starts")
      ends = try node.integers("ends")
      axes = try node.integers("axes")
    } else {
      try node.checkInputs(3...5)
      starts = try integers(1, "starts", node)
      ends = try integers(2, "ends", node)
      axes = try integers(3, "axes", node)
      steps = try integers(4, "steps", node)
    }
    let count = starts?.count ?? 0
    guard let starts, let ends, ends.count == count, axes?.count ?? count == count,
      steps?.count ?? count == count, !(steps?.contains(0) ?? false)
    else {
      throw .invalidNode(
        node.label, "its starts, ends, axes and steps do not fit each other, or a step is 0")
    }
    let order = try node.axes(axes ?? Array(0..<count), rank: rank)
    let slices = order.indices.map { index in
      SliceAxis(
        axis: order[index], start: starts[index], end: ends[index], step: steps?[index] ?? 1)
    }
    try append(.slice(slices), node, inputs: [x], rank: rank)
  }

  mutating func readPad(_ node: NodeSource) throws(ONNXProblem) {
    let (x, rank) = try value(0, node)
    var pads: [Int]?
    var fill: Float?
    var axes: [Int]?
    if node.opset < 11 {
      try node.checkInputs(1...1)
      pads = try node.integers(node.opset < 2 ? "paddings" : "pads")
      fill = try node.float("value")
    } else {
      try node.checkInputs(2...4)
      pads = try integers(1, "pads", node)
      fill = try scalar(2, "fill value", node)
      axes = try integers(3, "axes", node)
    }
    let order = try node.axes(axes ?? Array(0..<rank), rank: rank)
    guard let pads, pads.count == 2 * order.count,
      pads.allSatisfy((-attributeLimit...attributeLimit).contains)
    else {
      throw .invalidNode(
        node.label, "its pads are \(pads?.description ?? "missing") for \(order.count) axes")
    }
    var padding = Padding(
      before: Array(repeating: 0, count: rank), after: Array(repeating: 0, count: rank),
      mode: try node.paddingMode(fill: fill ?? 0))
    for (index, axis) in order.enumerated() {
      padding.before[axis] = pads[index]
      padding.after[axis] = pads[order.count + index]
    }
    try append(.pad(padding), node, inputs: [x], rank: rank)
  }
}

extension NodeSource {
  /// An axis attribute, counted from the start.
  func axis(_ name: String, default value: Int, rank: Int) throws(ONNXProblem) -> Int {
    try axes([try integer(name, default: value)], rank: rank)[0]
  }

  /// Different axes, counted from the start.
  func axes(_ axes: [Int], rank: Int) throws(ONNXProblem) -> [Int] {
    guard axes.allSatisfy((-rank..<rank).contains) else {
      throw .invalidNode(label, "it names axis \(axes) of an input with \(rank) axes")
    }
    let order = axes.map { $0 < 0 ? $0 + rank : $0 }
    guard Set(order).count == order.count else {
      throw .invalidNode(label, "it names an axis twice: \(axes)")
    }
    return order
  }

  fileprivate func paddingMode(fill: Float) throws(ONNXProblem) -> Padding.Mode {
    switch try string("mode") ?? "constant" {
    case "constant": return .constant(fill)
    case "reflect": return .reflect
    case "edge": return .edge
    case "wrap": return .wrap
    case let other:
      throw .invalidNode(label, "its mode is '\(other)'; known are constant, reflect, edge, wrap")
    }
  }
}
