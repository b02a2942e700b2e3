internal import Network
internal import Tensors

extension GraphReader {
  mutating func readConvolution(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(2...3)
    let (x, rank) = try value(0, node)
    guard let weights = try parameter(1, "weights", node) else { return }
    let shape = weights.shape
    guard rank >= 3, shape.count == rank, !shape.contains(0) else {
      throw .invalidNode(
        node.label, "weights of shape \(shape) do not fit an input with \(rank) axes")
    }
    let kernel = Array(shape[2...])
    if let declared = try node.integers("kernel_shape"), declared != kernel {
      throw .invalidNode(
        node.label, "its kernel_shape is \(declared), its weights have shape \(shape)")
    }
    let groups = try node.integer("group", default: 1)
    guard groups > 0, shape[0] % groups == 0 else {
      throw .invalidNode(
        node.label, "\(shape[0]) output channels cannot be divided into \(groups) groups")
    }
    if let bias = try parameter(2, "bias", node), bias.shape != [shape[0]] {
      throw .invalidNode(
        node.label, "its bias has shape \(bias.shape) instead of [\(shape[0])]")
    }
    let window = try node.window(axes: kernel.count)
    let operation = Operation.convolution(
      Convolution(
        kernel: kernel, strides: window.strides, dilations: window.dilations,
        padding: window.padding, groups: groups))
    var inputs: [ValueID?] = [x, try value(1, node).id]
    if node.input(2) != nil { inputs.append(try value(2, node).id) }
    try append(operation, node, inputs: inputs, rank: rank)
  }

  mutating func readMaxPool(_ node: NodeSource) throws(ONNXProblem) {
    try readPool(node) { .maxPool($0) }
  }

  mutating func readAveragePool(_ node: NodeSource) throws(ONNXProblem) {
    let countsPadding = try node.flag("count_include_pad")
    try readPool(node) { .averagePool($0, countsPadding: countsPadding) }
  }

  private mutating func readPool(
    _ node: NodeSource, _ operation: (Pooling) -> Operation
  ) throws(ONNXProblem) {
    try node.checkInputs(1...1)
    let (x, rank) = try value(0, node)
    guard let kernel = try node.integers("kernel_shape"), rank >= 3, kernel.count == rank - 2,
      kernel.allSatisfy((1...attributeLimit).contains)
    else {
      throw .invalidNode(
        node.label, "its kernel_shape does not fit an input with \(rank) axes")
    }
    let window = try node.window(axes: kernel.count)
    let pooling = Pooling(
      kernel: kernel, strides: window.strides, dilations: window.dilations,
      padding: window.padding, ceilMode: try node.flag("ceil_mode"))
    try append(operation(pooling), node, inputs: [x], rank: rank)
  }

  mutating func readGlobalAveragePool(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(1...1)
    let (x, rank) = try value(0, node)
    guard rank >= 3 else {
      throw .invalidNode(node.label, "its input has \(rank) axes and so no spatial one")
    }
    try append(.globalAveragePool, node, inputs: [x], rank: rank)
  }
}

extension NodeSource {
  /// The attributes that convolutions and poolings share.
  fileprivate func window(
    axes: Int
  ) throws(ONNXProblem) -> (strides: [Int], dilations: [Int], padding: SpatialPadding) {
    (
      try extents("strides", axes: axes), try extents("dilations", axes: axes),
      try spatialPadding(axes: axes)
    )
  }

  private func extents(_ name: String, axes: Int) throws(ONNXProblem) -> [Int] {
    let values = try integers(name) ?? Array(repeating: 1, count: axes)
    guard values.count == axes, values.allSatisfy((1...attributeLimit).contains) else {
      throw .invalidNode(label, "its \(name) are \(values) for \(axes) spatial axes")
    }
    return values
  }

  private func spatialPadding(axes: Int) throws(ONNXProblem) -> SpatialPadding {
    switch try string("auto_pad") ?? "NOTSET" {
    case "NOTSET", "":
      let pads = try integers("pads") ?? Array(repeating: 0, count: 2 * axes)
      guard pads.count == 2 * axes, pads.allSatisfy((0...attributeLimit).contains) else {
        throw .invalidNode(label, "its pads are \(pads) for \(axes) spatial axes")
      }
      return .explicit(before: Array(pads[..<axes]), after: Array(pads[axes...]))
    case "VALID":
      let zeros = Array(repeating: 0, count: axes)
      return .explicit(before: zeros, after: zeros)
    case "SAME_UPPER": return .sameUpper
    case "SAME_LOWER": return .sameLower
    case let other:
      throw .invalidNode(
        label, "its auto_pad is '\(other)'; known are NOTSET, VALID, SAME_UPPER and SAME_LOWER")
    }
  }
}
