internal import Network
internal import Tensors

extension GraphReader {
  /// Adds a node that is computed in general: one for each result that is used.
  mutating func readGeneral(_ node: NodeSource) throws(ONNXProblem) {
    var inputs: [ValueID?] = []
    var rank: Int?
    for index in node.inputs.indices {
      guard node.input(index) != nil else {
        inputs.append(nil)
        continue
      }
      let (id, axes) = try generalValue(index, node)
      if index == 0 { rank = axes }
      inputs.append(id)
    }
    guard let form = try generalForm(node, rank: rank) else {
      throw .unsupportedOperators([node.label])
    }
    inputs = Array(inputs.prefix(form.inputCount))
    for tensor in form.added {
      let name = "\(node.label.name)_input\(inputs.count)"
      inputs.append(tensor.map { network.addConstant(.stored($0.stored), name: name) })
    }
    while inputs.last == .some(nil) { inputs.removeLast() }
    if node.operatorName == "GroupNormalization", node.opset < 21 {
      for index in 1...2 where inputs.indices.contains(index) {
        inputs[index] = try perChannel(index, node, inputs)
      }
    }
    if node.operatorName == "Split" { return try appendParts(node, form.operation, inputs) }
    let used = node.outputs.indices.filter { isUsed(node.output($0)) }
    for index in used.isEmpty ? [0] : used {
      guard let output = node.output(index) else { continue }
      // The values of floats are what they are without the places that they come from.
      if index == 0, node.operatorName == "MaxPool", let x = inputs.first ?? nil,
        network[x].type.isReal
      {
        try readMaxPool(node)
        continue
      }
      var operation = form.operation
      operation.output = index
      let suffix = index == 0 ? "" : "_output\(index)"
      try appendGeneral(
        operation, node, inputs: inputs, output: output, named: node.label.name + suffix)
    }
  }

  /// Scale or offset of GroupNormalization, which had one value per group before operator set 21.
  private mutating func perChannel(
    _ index: Int, _ node: NodeSource, _ inputs: [ValueID?]
  ) throws(ONNXProblem) -> ValueID? {
    guard let x = inputs[0], let shape = probedShapes(of: x)?.first, shape.count >= 2,
      let given = inputs[index], let tensor = network.constants[given]?.tensor
    else {
      throw .unsupported(
        node.label, what: "computes its scale or offset per group",
        remedy: "convert the model to operator set 21 (onnx.version_converter)")
    }
    let groups = try node.integer("num_groups", default: 1)
    guard groups > 0, shape[1] % groups == 0, tensor.shape == [groups] else {
      throw .invalidNode(
        node.label, "input \(index) of shape \(tensor.shape) is not one value per group")
    }
    let values = tensor.values.flatMap { [Float](repeating: $0, count: shape[1] / groups) }
    return network.addConstant(
      .stored(StoredTensor(Tensor(shape: [shape[1]], values: values))),
      name: unusedName("\(node.label.name)_input\(index)"))
  }

  /// Split, as one Slice for each part.
  private mutating func appendParts(
    _ node: NodeSource, _ operation: GeneralOperation, _ inputs: [ValueID?]
  ) throws(ONNXProblem) {
    guard let x = inputs.first ?? nil, let rank = probedShapes(of: x)?.first.count else {
      throw .unsupported(
        node.label, what: "splits a value whose extents are not known",
        remedy: "declare the extents of the graph's inputs")
    }
    let axis = try node.axis("axis", default: 0, rank: rank)
    var start = 0
    for index in node.outputs.indices {
      var part = operation
      part.output = index
      let form = try result(part, node, inputs: inputs)
      try checkPart(part, node, inputs, axis: axis, extent: form.shape[axis])
      let slice = SliceAxis(axis: axis, start: start, end: start + form.shape[axis], step: 1)
      start = slice.end
      guard let output = node.output(index), index == 0 || isUsed(output) else { continue }
      let name = node.label.name + (index == 0 ? "" : "_output\(index)")
      if form.type.isReal {
        try append(
          .slice([slice]), as: name, inputs: [x], output: output, rank: rank, type: .float32)
      } else {
        var bounds: [ValueID?] = [x]
        for (role, value) in [("starts", slice.start), ("ends", slice.end), ("axes", axis)] {
          bounds.append(
            network.addConstant(
              .stored(StoredTensor(int64: [value])), name: "\(name)_\(role)"))
        }
        try appendGeneral(
          GeneralOperation(name: "Slice"), node, inputs: bounds, output: output, named: name)
      }
    }
  }

  /// Throws where a part of a Split is longer for other open extents.
  private func checkPart(
    _ part: GeneralOperation, _ node: NodeSource, _ inputs: [ValueID?], axis: Int, extent: Int
  ) throws(ONNXProblem) {
    guard let x = inputs.first ?? nil, let shapes = probedShapes(of: x) else { return }
    for shape in shapes.known.dropFirst() {
      var operands: [[Int]?] = inputs.map { $0.flatMap { probedShapes(of: $0)?.first } }
      operands[0] = shape
      let asked = Node(name: "", operation: .general(part), inputs: inputs, outputs: [])
      let found: ResultForm
      do throws(ShapeProblem) {
        found = try part.result(network.generalOperands(of: asked, shapes: operands))
      } catch {
        // The stated parts fill one extent only, and the network takes no other.
        continue
      }
      guard found.shape[axis] == extent else {
        throw .unsupported(
          node.label, what: "splits an axis of open extent into equal parts",
          remedy: "declare the extents of the graph's inputs")
      }
    }
  }

  /// Appends one general operation.
  mutating func appendGeneral(
    _ operation: GeneralOperation, _ node: NodeSource, inputs: [ValueID?], output: String,
    named name: String
  ) throws(ONNXProblem) {
    let form = try result(operation, node, inputs: inputs)
    // Floats of any width are computed in fp32.
    let isFloatCast =
      ["Cast", "CastLike"].contains(operation.name) && form.type.isReal && form.type != .bfloat16
    var (operation, inputs) = (operation, inputs)
    if isFloatCast, let x = inputs[0] {
      if network[x].type.isReal {
        return try append(
          .identity, as: name, inputs: [x], output: output, rank: form.shape.count, type: .float32)
      }
      operation = GeneralOperation(
        name: "Cast", attributes: ["to": .text(ElementType.float32.rawValue)])
      inputs = [x]
    }
    try append(
      .general(operation), as: name, inputs: inputs, output: output, rank: form.shape.count,
      type: form.type.isReal ? .float32 : form.type)
  }

  /// The type and, for the first probe, the shape of a result.
  private func result(
    _ operation: GeneralOperation, _ node: NodeSource, inputs: [ValueID?]
  ) throws(ONNXProblem) -> ResultForm {
    var operands: [[Int]?] = []
    for input in inputs {
      guard let input else {
        operands.append(nil)
        continue
      }
      guard let shapes = probedShapes(of: input) else {
        throw .unsupported(
          node.label, what: "reads '\(network[input].name)', whose extents are not known",
          remedy: "declare the extents of the graph's inputs")
      }
      operands.append(shapes.first)
    }
    do throws(ShapeProblem) {
      let asked = Node(name: "", operation: .general(operation), inputs: inputs, outputs: [])
      return try operation.result(network.generalOperands(of: asked, shapes: operands))
    } catch {
      if let index = error.needs, let name = node.input(index) {
        throw .notConstant(node.label, value: name, role: "input \(index)")
      }
      let shapes = operands.compactMap { $0?.description }.joined(separator: ", ")
      throw .invalidNode(node.label, "with input shapes \(shapes): \(error.text)")
    }
  }

  /// The value and the number of axes of an input; a constant may hold any number, since masks
  /// hold infinities.
  private mutating func generalValue(
    _ index: Int, _ node: NodeSource
  ) throws(ONNXProblem) -> (id: ValueID, rank: Int) {
    switch try operand(index, node) {
    case .value(let id, let rank): return (id, rank)
    case .constant(let constant):
      let name = node.inputs[index]
      let id = network.addConstant(constant, name: name)
      rebind(name, .value(id, rank: constant.shape.count))
      return (id, constant.shape.count)
    case .probed(let tensor):
      guard let target = try openOperand(tensor, index, node) else { return try value(index, node) }
      let name = unusedName("\(node.inputs[index])_for_\(node.label.name)")
      return (network.addConstant(.stored(StoredTensor(int64: target)), name: name), 1)
    case .codes: return try value(index, node)
    }
  }

  /// Expand's target shape, where what is open in it is the operand's own.
  private mutating func openOperand(
    _ tensor: ProbedTensor, _ index: Int, _ node: NodeSource
  ) throws(ONNXProblem) -> [Int]? {
    guard node.operatorName == "Expand", index == 1,
      case .value(let x, _) = try operand(0, node), let shapes = probedShapes(of: x),
      let first = tensor.first.integers
    else { return nil }
    if case .open = tensor.forms { return nil }
    var target = first
    for axis in first.indices where tensor.form(axis) != .fixed {
      let own = axis - (first.count - shapes.first.count)
      guard isExtent(axis, of: tensor, along: own, of: shapes) else { return nil }
      target[axis] = 1
    }
    return target
  }

  // MARK: Forms of older operator sets

  /// LogSoftmax and Hardmax over all axes from one on, as before operator set 13.
  mutating func readFlattened(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(1...1)
    let (x, rank) = try value(0, node)
    let axis = try node.axis("axis", default: 1, rank: rank)
    var operation = GeneralOperation(name: node.operatorName)
    guard let output = node.output(0) else {
      throw .invalidNode(node.label, "its output is left out")
    }
    if axis == rank - 1 {
      operation.attributes["axis"] = .integer(axis)
      return try appendGeneral(
        operation, node, inputs: [x], output: output, named: node.label.name)
    }
    guard let shapes = probedShapes(of: x), let target = openTarget(shapeTensor(shapes), of: x)
    else {
      throw .unsupported(
        node.label, what: "runs over several axes of open extents",
        remedy: "convert the model to operator set 13 (onnx.version_converter)")
    }
    // The Reshape's own input has two axes, so only an inferred extent may be open.
    let open = target.map { $0 == 0 ? -1 : $0 }
    guard open.count(where: { $0 == -1 }) <= 1 else {
      throw .unsupported(
        node.label, what: "runs over several axes of open extents",
        remedy: "convert the model to operator set 13 (onnx.version_converter)")
    }
    let flat = unusedName("\(output)_flat")
    try append(
      .flatten(axis: axis), as: unusedName("\(node.label.name)_flatten"), inputs: [x],
      output: flat, rank: 2, type: .float32)
    operation.attributes["axis"] = .integer(1)
    let (rows, _) = try boundValue(flat)
    let soft = unusedName("\(output)_rows")
    try appendGeneral(operation, node, inputs: [rows], output: soft, named: node.label.name)
    let (result, _) = try boundValue(soft)
    try append(
      .reshape(Reshape(target: open, allowsZero: false)),
      as: unusedName("\(node.label.name)_reshape"), inputs: [result], output: output, rank: rank,
      type: .float32)
  }

  private func boundValue(_ name: String) throws(ONNXProblem) -> (ValueID, Int) {
    guard case .value(let id, let rank)? = bindings[name] else {
      throw .undefinedValue(name: name, reader: "a node that was added")
    }
    return (id, rank)
  }
}
