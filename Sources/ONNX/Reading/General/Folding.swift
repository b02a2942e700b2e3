internal import Network
internal import Tensors

/// The most elements that a folded constant may have.
private let foldedLimit = 1 << 24

/// The most elements that folding may read and write in one file.
private let foldedTotal = 1 << 28

/// Operators that change constants without computing, and keep what low-bit weights are.
private let movingOperators: Set<String> = [
  "Constant", "DequantizeLinear", "Dropout", "Flatten", "Identity", "QuantizeLinear", "Reshape",
  "Squeeze", "Transpose", "Unsqueeze",
]

/// Operators whose work may be much more than their operands and result are long; they stay nodes.
private let heavyOperators: Set<String> = [
  "AveragePool", "BatchNormalization", "Col2Im", "ConvInteger", "ConvTranspose", "Det",
  "DynamicQuantizeLinear", "Einsum", "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool",
  "GridSample", "GroupNormalization", "InstanceNormalization", "LRN", "LayerNormalization",
  "LpPool", "MatMul", "MatMulInteger", "MaxPool", "MaxUnpool", "MeanVarianceNormalization",
  "QLinearConv", "QLinearMatMul", "RMSNormalization", "Resize",
]

extension GraphReader {
  /// Computes a node now, if all that it reads is known; gives whether it did.
  mutating func readFolded(_ node: NodeSource) throws(ONNXProblem) -> Bool {
    guard GeneralOperation.knows(generalName(node)), !heavyOperators.contains(node.operatorName),
      !node.outputs.isEmpty
    else { return false }
    // These ran over all axes from one on, and are read as such.
    if node.opset < 13, ["Softmax", "LogSoftmax", "Hardmax"].contains(node.operatorName) {
      return false
    }
    if node.operatorName == "ConstantOfShape", try isPlainConstant(0, node) { return false }
    if ["Shape", "Size"].contains(node.operatorName) { return try foldShape(node) }
    var known: [ProbedTensor?] = []
    var isOpen = false
    for index in node.inputs.indices {
      guard node.input(index) != nil else {
        known.append(nil)
        continue
      }
      switch try operand(index, node) {
      case .constant(let constant): known.append(foldable(constant))
      case .probed(let tensor):
        isOpen = true
        known.append(tensor)
      case .value(let id, _):
        guard let constant = network.constants[id] else { return false }
        known.append(foldable(constant))
      case .codes: return false
      }
    }
    if movingOperators.contains(node.operatorName), !isOpen {
      // Codes of weights stay codes.
      let isDecoding = node.operatorName == "DequantizeLinear"
      if isDecoding || !isInteger(known.first ?? nil) { return false }
    }
    guard let form = try generalForm(node, rank: known.first.flatMap { $0?.first.shape.count })
    else { return false }
    for index in node.outputs.indices where node.output(index) != nil {
      try fold(form, output: index, known, node)
    }
    return true
  }

  private mutating func fold(
    _ form: GeneralForm, output index: Int, _ known: [ProbedTensor?], _ node: NodeSource
  ) throws(ONNXProblem) {
    var operation = form.operation
    operation.output = index
    let added = form.added.map { $0.map(ProbedTensor.init(constant:)) }
    let operands = Array(known.prefix(form.inputCount)) + added
    let first: TypedTensor
    do throws(ShapeProblem) {
      first = try evaluate(operation, operands.map { $0?.first })
    } catch {
      throw .invalidNode(node.label, "with constants: \(error.text)")
    }
    try checkFolded(node)
    guard let name = node.output(index) else { return }
    if operands.allSatisfy({ $0?.isFixed ?? true }) {
      return try bind(name, .constant(.stored(first.stored)))
    }
    var others: [TypedTensor?] = []
    for probe in 1..<probeCount {
      // The network may not take the extents of further probes.
      let values = operands.map { $0?.probe(probe) }
      guard zip(operands, values).allSatisfy({ $0 == nil || $1 != nil }) else {
        others.append(nil)
        continue
      }
      do throws(ShapeProblem) {
        others.append(try evaluate(operation, values))
      } catch {
        guard probe >= neededProbes else {
          throw .invalidNode(node.label, "with constants: \(error.text)")
        }
        others.append(nil)
      }
      try checkFolded(node)
    }
    try bind(
      name,
      ProbedTensor(
        first: first, others: others, forms: operation.forms(operands, result: first)))
  }

  private mutating func evaluate(
    _ operation: GeneralOperation, _ operands: [TypedTensor?]
  ) throws(ShapeProblem) -> TypedTensor {
    let result = try operation.evaluate(operands, limit: foldedLimit)
    foldedElements += operands.reduce(result.count) { $0 + ($1?.count ?? 0) }
    return result
  }

  private func checkFolded(_ node: NodeSource) throws(ONNXProblem) {
    guard foldedElements <= foldedTotal else {
      throw .invalidNode(
        node.label,
        "with what is folded before it, it computes constants from more than "
          + "\(foldedTotal) elements")
    }
  }

  private mutating func bind(_ name: String, _ tensor: ProbedTensor) throws(ONNXProblem) {
    if let constant = tensor.constant {
      try bind(name, .constant(.stored(constant.stored)))
    } else {
      try bind(name, .probed(tensor))
    }
  }

  private func isPlainConstant(_ index: Int, _ node: NodeSource) throws(ONNXProblem) -> Bool {
    if case .probed = try operand(index, node) { return false }
    return true
  }

  private func isInteger(_ tensor: ProbedTensor?) -> Bool {
    tensor.map { !$0.first.type.isReal } ?? false
  }

  private func foldable(_ constant: Constant) -> ProbedTensor {
    let tensor: TypedTensor
    switch constant {
    case .stored(let stored): tensor = TypedTensor(stored)
    case .quantized(let codes): tensor = TypedTensor(shape: codes.shape, codes.dequantized.values)
    }
    return ProbedTensor(constant: tensor)
  }

  /// Shape and Size of what has a known shape.
  private mutating func foldShape(_ node: NodeSource) throws(ONNXProblem) -> Bool {
    guard let output = node.output(0) else { return false }
    let shapes: ProbedShapes
    var isProven = true
    switch try operand(0, node) {
    case .constant(let constant): shapes = ProbedShapes(constant: constant.shape)
    case .probed(let tensor):
      let all = (0..<probeCount).map { tensor.probe($0)?.shape }
      guard let known = ProbedShapes(all) else {
        throw .unsupported(
          node.label, what: "reads the shape of '\(node.inputs[0])', whose axes are open",
          remedy: "declare the extents of the graph's inputs")
      }
      shapes = known
      if case .open = tensor.forms { isProven = false }
    case .codes: return false
    case .value(let id, let rank):
      guard let known = probedShapes(of: id) else {
        throw .unsupported(
          node.label,
          what: "reads the shape of '\(node.inputs[0])', which is not known (\(rank) axes)",
          remedy: "declare the extents of the graph's inputs")
      }
      shapes = known
    }
    guard let form = try generalForm(node, rank: shapes.first.count) else { return false }
    var results: [TypedTensor?] = []
    for shape in shapes.all {
      guard let shape else {
        results.append(nil)
        continue
      }
      do throws(ShapeProblem) {
        results.append(
          try form.operation.evaluate(
            GeneralOperands(shapes: [shape], types: [.float32], constants: [nil])))
      } catch {
        throw .invalidNode(node.label, error.text)
      }
    }
    guard let first = results[0] else { return false }
    var forms: [ElementForm] = []
    for element in 0..<first.count {
      forms.append(
        isProven ? extents.form(results.map { $0?.integers?[element] }) : .open)
    }
    try bind(
      output,
      ProbedTensor(first: first, others: Array(results.dropFirst()), forms: .each(forms)))
    return true
  }
}
