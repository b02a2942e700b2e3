internal import Network
internal import ONNXSchema
internal import Tensors

extension GraphReader {
  mutating func readIdentity(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(1...1)
    try readPassingThrough(node)
  }

  /// At inference dropout changes nothing.
  mutating func readDropout(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(1...3)
    var trains = false
    if node.opset < 7 {
      trains = try !node.flag("is_test")
    } else if node.opset >= 12, node.input(2) != nil {
      let mode = try scalar(2, "training mode", node) ?? 0
      let ratio = mode == 0 ? 0 : try scalar(1, "ratio", node) ?? 0.5
      trains = mode != 0 && ratio != 0
    }
    guard !trains else {
      throw .unsupported(
        node.label, what: "is in training mode",
        remedy: "export the model for inference (in PyTorch: model.eval())")
    }
    if isUsed(node.output(1)) {
      throw .unsupported(
        node.label, what: "has its mask output used", remedy: "remove what reads the mask")
    }
    try readPassingThrough(node)
  }

  private mutating func readPassingThrough(_ node: NodeSource) throws(ONNXProblem) {
    if let constant = try constant(0, node), let output = node.output(0) {
      return try bindConstant(output, constant)
    }
    let (x, rank) = try value(0, node)
    try append(.identity, node, inputs: [x], rank: rank)
  }

  mutating func readConstant(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(0...0)
    guard let output = node.output(0) else {
      throw .invalidNode(node.label, "its output is left out")
    }
    try bindConstant(output, .stored(try constantValue(node)))
  }

  private mutating func constantValue(_ node: NodeSource) throws(ONNXProblem) -> StoredTensor {
    if var tensor = try node.tensor("value") {
      if tensor.name.isEmpty { tensor.name = node.outputs[0] }
      return try tensors.tensor(tensor)
    }
    if let value = try node.float("value_float") {
      return StoredTensor(Tensor(shape: [], values: [value]))
    }
    if let values = try node.floats("value_floats") {
      return StoredTensor(Tensor(shape: [values.count], values: values))
    }
    if let value = try node.integer("value_int") {
      return StoredTensor(int64: [value], shape: [])
    }
    if let values = try node.integers("value_ints") {
      return StoredTensor(int64: values)
    }
    throw .unsupported(
      node.label, what: "holds no dense tensor of numbers",
      remedy: "strings and sparse tensors are not supported")
  }
}

extension Constant {
  /// The same elements under another shape; low-bit codes are kept where their scales still fit.
  func reshaped(to shape: [Int]) -> Constant {
    switch self {
    case .stored(let tensor):
      return .stored(StoredTensor(type: tensor.type, shape: shape, bytes: tensor.bytes))
    case .quantized(let tensor):
      // Equal scales are one: the writer repeats a single scale in front of a Reshape.
      let scales =
        tensor.scales.allSatisfy { $0 == tensor.scales.first }
        ? Array(tensor.scales.prefix(1)) : tensor.scales
      let keepsAxis =
        tensor.axis < shape.count
        && shape.prefix(tensor.axis + 1)
          == tensor.shape.prefix(
            tensor.axis + 1)
      guard scales.count == 1 || keepsAxis else {
        return .stored(StoredTensor(tensor.dequantized.reshaped(to: shape)))
      }
      return .quantized(
        QuantizedTensor(
          shape: shape, codes: tensor.codes, scales: scales,
          axis: scales.count > 1 ? tensor.axis : 0, storage: tensor.storage))
    }
  }

  /// The constant with its axes in the order `permutation`.
  func transposed(_ permutation: [Int]) -> Constant {
    let shape = permutation.map { self.shape[$0] }
    let sources = sourceIndices(of: self.shape, permutation)
    switch self {
    case .quantized(let tensor):
      return .quantized(
        QuantizedTensor(
          shape: shape, codes: sources.map { tensor.codes[$0] }, scales: tensor.scales,
          axis: permutation.firstIndex(of: tensor.axis) ?? 0, storage: tensor.storage))
    case .stored(let tensor):
      let bytes: [UInt8]
      if tensor.type.bitCount < 8 {
        let codes = (tensor.integers ?? []).map { Int8(truncatingIfNeeded: $0) }
        bytes = packBits(sources.map { codes[$0] }, bits: tensor.type.bitCount)
      } else {
        let width = tensor.type.bitCount / 8
        let old = tensor.bytes
        bytes = sources.flatMap { old[$0 * width..<($0 + 1) * width] }
      }
      return .stored(StoredTensor(type: tensor.type, shape: shape, bytes: bytes))
    }
  }
}

/// For each element of the transposed tensor, in row-major order, its index in the original.
private func sourceIndices(of shape: [Int], _ permutation: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() {
    strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
  }
  guard !shape.contains(0) else { return [] }
  var indices = [0]
  for axis in permutation {
    let steps = (0..<shape[axis]).map { $0 * strides[axis] }
    indices = indices.flatMap { base in steps.map { base + $0 } }
  }
  return indices
}
