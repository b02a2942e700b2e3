internal import Network
internal import ONNXSchema

extension Writer {
  /// Inputs that Resize takes as tensors; the region of interest is left out.
  mutating func operands(of resize: Resize) -> [String] {
    if resize.coordinates == .halfPixelSymmetric { graph.version.require(opset: 19) }
    switch resize.target {
    case .scales(let scales): return ["", graph.floats(scales)]
    case .sizes(let sizes):
      if sizes.contains(nil) { graph.version.require(opset: 18) }
      return ["", "", graph.vector(sizes.compactMap { $0 })]
    }
  }

  func attributes(of resize: Resize) -> [Onnx_AttributeProto] {
    var attributes = [
      Onnx_AttributeProto.string(
        "coordinate_transformation_mode", resize.coordinates.rawValue)
    ]
    switch resize.mode {
    case .nearest(let rounding):
      attributes += [.string("mode", "nearest"), .string("nearest_mode", rounding.rawValue)]
    case .linear: attributes.append(.string("mode", "linear"))
    case .cubic(let coefficient, let excludesOutside):
      attributes += [
        .string("mode", "cubic"), .float("cubic_coeff_a", coefficient),
        .int("exclude_outside", excludesOutside ? 1 : 0),
      ]
    }
    if case .sizes(let sizes) = resize.target, sizes.contains(nil) {
      attributes.append(.ints("axes", sizes.indices.filter { sizes[$0] != nil }))
    }
    return attributes
  }

  func attributes(of function: Unary) -> [Onnx_AttributeProto] {
    switch function {
    case .elu(let alpha): [.float("alpha", alpha)]
    case .selu(let alpha, let gamma): [.float("alpha", alpha), .float("gamma", gamma)]
    case .hardSigmoid(let alpha, let beta): [.float("alpha", alpha), .float("beta", beta)]
    case .absolute, .exponential, .hardSwish, .logarithm, .negation, .sigmoid, .softplus,
      .squareRoot, .hyperbolicTangent, .power:
      []
    }
  }

  func attributes(
    of normalization: LocalResponseNormalization
  ) -> [Onnx_AttributeProto] {
    [
      .int("size", normalization.size), .float("alpha", normalization.alpha),
      .float("beta", normalization.beta), .float("bias", normalization.bias),
    ]
  }
}
