internal import COneDNN
internal import Network
internal import Tensors

extension Unary {
  /// The function as oneDNN's element-wise algorithms, one after the other.
  var eltwises: [Eltwise] {
    let linear = { (alpha: Float, beta: Float) in
      Eltwise(algorithm: dnnl_eltwise_linear, alpha: alpha, beta: beta)
    }
    let plain = { (algorithm: dnnl_alg_kind_t) in
      Eltwise(algorithm: algorithm, alpha: 0, beta: 0)
    }
    let elu = { (alpha: Float) in Eltwise(algorithm: dnnl_eltwise_elu, alpha: alpha, beta: 0) }
    return switch self {
    case .absolute: [plain(dnnl_eltwise_abs)]
    case .exponential: [plain(dnnl_eltwise_exp)]
    case .hardSwish: [plain(dnnl_eltwise_hardswish)]
    case .logarithm: [plain(dnnl_eltwise_log)]
    case .negation: [linear(-1, 0)]
    case .sigmoid: [plain(dnnl_eltwise_logistic)]
    case .softplus: [plain(dnnl_eltwise_soft_relu)]
    case .squareRoot: [plain(dnnl_eltwise_sqrt)]
    case .hyperbolicTangent: [plain(dnnl_eltwise_tanh)]
    case .elu(let alpha): [elu(alpha)]
    case .selu(let alpha, let gamma): [elu(alpha), linear(gamma, 0)]
    case .hardSigmoid(let alpha, let beta):
      [linear(alpha, beta), Eltwise.clip(lower: 0, upper: 1)]
    case .power(let exponent):
      [Eltwise(algorithm: dnnl_eltwise_pow, alpha: 1, beta: exponent)]
    }
  }
}

extension PlanBuilder {
  func appendUnary(_ function: Unary, _ node: Node) throws(PrimitiveFailure) {
    let x = node.inputs[0]!
    var source = try view(of: x)
    let target = destination(replacing: x, source)
    for eltwise in function.eltwises {
      try appendEltwise(eltwise, from: source, to: target)
      source = target
    }
    try define(node.outputs[0], target)
  }

  func appendBinary(_ function: Binary, _ node: Node) throws(PrimitiveFailure) {
    switch function {
    case .subtract: try appendBinary(dnnl_binary_sub, commutes: false, node)
    case .divide: try appendBinary(dnnl_binary_div, commutes: false, node)
    case .maximum: try appendBinary(dnnl_binary_max, commutes: true, node)
    case .minimum: try appendBinary(dnnl_binary_min, commutes: true, node)
    case .parametricRelu:
      let (x, slopes) = (node.inputs[0]!, node.inputs[1]!)
      let source = try view(of: x)
      do throws(PrimitiveFailure) {
        let weights = try broadcastView(slopes, rank: source.layout.rank)
        try appendParametricRelu(source, weights, node)
      } catch  where error.isUnimplemented {
        try appendParametricRelu(
          try plainView(of: x), try expanded(slopes, to: source.layout.shape), node)
      }
    }
  }

  private func appendParametricRelu(
    _ source: View, _ slopes: View, _ node: Node
  ) throws(PrimitiveFailure) {
    var operation = dnnl_prelu_desc_t()
    var (x, weights) = (source.layout.descriptor, slopes.layout.descriptor)
    try check(
      unsafe dnnl_prelu_forward_desc_init(&operation, dnnl_forward_inference, &x, &weights),
      "prelu")
    let choice = try PrimitiveChoice("prelu", operation, try Attributes(), engine)
    let target = allocate(source.layout)
    try run(
      choice,
      [(Argument.source, source), (Argument.weights, slopes), (Argument.destination, target)])
    try define(node.outputs[0], target)
  }

  func appendLocalResponseNormalization(
    _ normalization: LocalResponseNormalization, _ node: Node
  ) throws(PrimitiveFailure) {
    let source = try view(of: node.inputs[0]!)
    var operation = dnnl_lrn_desc_t()
    var layout = source.layout.descriptor
    try check(
      unsafe dnnl_lrn_forward_desc_init(
        &operation, dnnl_forward_inference, dnnl_lrn_across_channels, &layout,
        Int64(normalization.size), normalization.alpha, normalization.beta, normalization.bias),
      "lrn")
    let choice = try PrimitiveChoice("lrn", operation, try Attributes(), engine)
    let target = allocate(source.layout)
    try run(choice, [(Argument.source, source), (Argument.destination, target)])
    try define(node.outputs[0], target)
  }

  /// Nearest elements in one copy, weighted sums axis by axis.
  func appendResize(_ resize: Resize, _ node: Node) throws(PrimitiveFailure) {
    if case .nearest = resize.mode { return try appendGather(node) }
    let output = node.outputs[0]
    var current = try plainView(of: node.inputs[0]!)
    var shape = shape(node.inputs[0]!)
    for axis in shape.indices {
      let places = resize.places(axis: axis, extent: shape[axis])
      guard places != (0..<shape[axis]).map(Double.init) else { continue }
      let resampling = Resampling(resize, axis: axis, shape: shape)
      shape[axis] = resampling.length
      let target = allocate(Layout(plain: shape))
      append(.resample(resampling, from: current, to: target))
      current = target
    }
    try define(output, current)
  }
}
