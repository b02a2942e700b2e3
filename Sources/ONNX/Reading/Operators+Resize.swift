internal import Network
internal import Tensors

extension GraphReader {
  mutating func readUpsample(_ node: NodeSource) throws(ONNXProblem) {
    guard node.opset < 10 else {
      throw .unsupported(
        node.label, what: "is no operator of operator set \(node.opset)",
        remedy: "convert the model (onnx.version_converter), which makes it a Resize")
    }
    var scales: [Float]?
    if node.opset < 9 {
      try node.checkInputs(1...1)
      scales = try node.floats("scales")
    } else {
      try node.checkInputs(2...2)
      scales = try parameter(1, "scales", node)?.floats
    }
    try appendAsymmetric(scales, node)
  }

  mutating func readResize(_ node: NodeSource) throws(ONNXProblem) {
    guard node.opset > 10 else {
      try node.checkInputs(2...2)
      return try appendAsymmetric(try parameter(1, "scales", node)?.floats, node)
    }
    try node.checkInputs(1...4)
    guard try !node.flag("antialias") else {
      throw .unsupported(
        node.label, what: "filters before it scales down (antialias)",
        remedy: "resize the images before the network")
    }
    if let policy = try node.string("keep_aspect_ratio_policy"), policy != "stretch" {
      throw .unsupported(
        node.label, what: "keeps the aspect ratio (\(policy))",
        remedy: "give the sizes that result (keep_aspect_ratio_policy = stretch)")
    }
    let coordinates = try coordinates(node)
    let mode = try mode(node)
    let (x, rank) = try value(0, node)
    let target = try target(node, of: x, rank: rank)
    try append(
      .resize(Resize(target: target, mode: mode, coordinates: coordinates)), node, inputs: [x],
      rank: rank)
  }

  private func coordinates(_ node: NodeSource) throws(ONNXProblem) -> Resize.Coordinates {
    let name = try node.string("coordinate_transformation_mode") ?? "half_pixel"
    guard let coordinates = Resize.Coordinates(rawValue: name) else {
      throw .unsupported(
        node.label, what: "has the coordinate transformation '\(name)'",
        remedy: "supported are half_pixel, half_pixel_symmetric, pytorch_half_pixel, "
          + "align_corners and asymmetric")
    }
    return coordinates
  }

  private func mode(_ node: NodeSource) throws(ONNXProblem) -> Resize.Mode {
    switch try node.string("mode") ?? "nearest" {
    case "nearest":
      let name = try node.string("nearest_mode") ?? Resize.Rounding.preferFloor.rawValue
      guard let rounding = Resize.Rounding(rawValue: name) else {
        throw .invalidNode(node.label, "its nearest_mode is '\(name)'")
      }
      return .nearest(rounding)
    case "linear": return .linear
    case "cubic":
      return .cubic(
        coefficient: try node.finite("cubic_coeff_a", default: -0.75),
        excludesOutside: try node.flag("exclude_outside"))
    case let other:
      throw .invalidNode(node.label, "its mode is '\(other)'; known are nearest, linear, cubic")
    }
  }

  /// Scales or sizes for every axis, of which the file may give some only.
  private mutating func target(
    _ node: NodeSource, of value: ValueID, rank: Int
  ) throws(ONNXProblem) -> Resize.Target {
    let axes = try node.axes(try node.integers("axes") ?? Array(0..<rank), rank: rank)
    if node.input(3) != nil, case .probed(let open) = try operand(3, node),
      let sizes = openSizes(open, of: value, axes: axes, rank: rank)
    {
      return .sizes(sizes)
    }
    if let sizes = try integers(3, "sizes", node), !sizes.isEmpty {
      guard sizes.count == axes.count, sizes.allSatisfy((1...attributeLimit).contains) else {
        throw .invalidNode(node.label, "its sizes are \(sizes) for \(axes.count) axes")
      }
      var all = [Int?](repeating: nil, count: rank)
      for (size, axis) in zip(sizes, axes) { all[axis] = size }
      return .sizes(all)
    }
    let scales = try checkedScales(
      try parameter(2, "scales", node)?.floats, count: axes.count, node)
    var all = [Float](repeating: 1, count: rank)
    for (scale, axis) in zip(scales, axes) { all[axis] = scale }
    return .scales(all)
  }

  /// Sizes of which those that depend on what is open are the input's own; nil where they are not.
  private mutating func openSizes(
    _ sizes: ProbedTensor, of value: ValueID, axes: [Int], rank: Int
  ) -> [Int?]? {
    guard let shapes = probedShapes(of: value), let first = sizes.first.integers,
      first.count == axes.count
    else { return nil }
    if case .open = sizes.forms { return nil }
    var all = [Int?](repeating: nil, count: rank)
    for (index, axis) in axes.enumerated() {
      if isExtent(index, of: sizes, along: axis, of: shapes) { continue }
      guard sizes.form(index) == .fixed, (1...attributeLimit).contains(first[index]) else {
        return nil
      }
      all[axis] = first[index]
    }
    return all
  }

  private func checkedScales(
    _ scales: [Float]?, count: Int, _ node: NodeSource
  ) throws(ONNXProblem) -> [Float] {
    guard let scales, scales.count == count,
      scales.allSatisfy({ $0 > 0 && $0 <= Float(attributeLimit) })
    else {
      throw .invalidNode(
        node.label, "its scales are \(scales?.description ?? "missing") for \(count) axes")
    }
    return scales
  }

  /// Before operator set 11 there was one way to lay out coordinates.
  private mutating func appendAsymmetric(
    _ scales: [Float]?, _ node: NodeSource
  ) throws(ONNXProblem) {
    let mode: Resize.Mode
    switch try node.string("mode") ?? "nearest" {
    case "nearest": mode = .nearest(.floor)
    case "linear", "bilinear": mode = .linear
    case let other: throw .invalidNode(node.label, "its mode is '\(other)'")
    }
    let (x, rank) = try value(0, node)
    let checked = try checkedScales(scales, count: rank, node)
    try append(
      .resize(Resize(target: .scales(checked), mode: mode, coordinates: .asymmetric)), node,
      inputs: [x], rank: rank)
  }
}
