internal import COneDNN
internal import Kernels
internal import Network
internal import Tensors

extension PlanBuilder {
  func appendEltwise(_ eltwise: Eltwise, _ node: Node) throws(PrimitiveFailure) {
    let x = node.inputs[0]!
    let source = try view(of: x)
    let target = destination(replacing: x, source)
    try appendEltwise(eltwise, from: source, to: target)
    try define(node.outputs[0], target)
  }

  func appendEltwise(
    _ eltwise: Eltwise, from source: View, to target: View
  ) throws(PrimitiveFailure) {
    var operation = dnnl_eltwise_desc_t()
    var layout = source.layout.descriptor
    try check(
      unsafe dnnl_eltwise_forward_desc_init(
        &operation, dnnl_forward_inference, eltwise.algorithm, &layout, eltwise.alpha,
        eltwise.beta), "eltwise")
    let choice = try PrimitiveChoice("eltwise", operation, try Attributes(), engine)
    try run(choice, [(Argument.source, source), (Argument.destination, target)])
  }

  /// code · step, element by element in whatever layout, since zero padding stays zero. The
  /// library has only reference code for it on some instruction sets.
  func appendQuantizer(
    _ quantizer: ActivationQuantizer, _ node: Node
  ) throws(PrimitiveFailure) {
    let source = try quantizerInput(quantizer, node)
    let target = destination(replacing: node.inputs[0]!, source)
    if let rule = CodeRule(quantizer) {
      append(.kernel(.codes(rule), [source, target, try step(of: quantizer, node)]))
    } else {
      append(.kernel(.wideCodes(quantizer), [source, target]))
    }
    try define(node.outputs[0], target)
  }

  /// A quantizer that moves zero would fill the padding of a blocked layout.
  func quantizerInput(
    _ quantizer: ActivationQuantizer, _ node: Node
  ) throws(PrimitiveFailure) -> View {
    let x = node.inputs[0]!
    return quantizer.value(0) == 0 ? try view(of: x) : try plainView(of: x)
  }

  /// δ in memory: a learned one changes from run to run.
  func step(
    of quantizer: ActivationQuantizer, _ node: Node
  ) throws(PrimitiveFailure) -> View {
    if let learned = training?.steps[node.outputs[0]] { return learned }
    return try scalar(quantizer.step, rank: 1)
  }

  /// An operation of two operands with numpy broadcasting; where it `commutes`, the operands may
  /// change places.
  func appendBinary(
    _ algorithm: dnnl_alg_kind_t, commutes: Bool, _ node: Node
  ) throws(PrimitiveFailure) {
    let output = node.outputs[0]
    var (first, second) = (node.inputs[0]!, node.inputs[1]!)
    let full = shape(output)
    if commutes, shape(first) != full, shape(second) == full { swap(&first, &second) }
    let left: View
    var right: View
    if shape(first) != full {
      left = try expanded(first, to: full)
      right = try broadcastView(second, rank: full.count)
    } else if algorithm == dnnl_binary_div {
      // 0 / 0 would fill the padding of a blocked layout.
      left = try plainView(of: first)
      right = try broadcastView(second, rank: full.count)
    } else if shape(second) == full {
      left = try preferredView(first, over: second)
      right = try view(of: second, as: left.layout)
    } else {
      left = try view(of: first)
      right = try broadcastView(second, rank: full.count)
    }
    try appendWithTail(output) { _ throws(PrimitiveFailure) in
      [(Argument.source, left), (Argument.secondSource, right)]
    } choose: { attributes, _ throws(PrimitiveFailure) in
      var operation = dnnl_binary_desc_t()
      var (a, b) = (left.layout.descriptor, right.layout.descriptor)
      var target = left.layout.descriptor
      try check(
        unsafe dnnl_binary_desc_init(&operation, algorithm, &a, &b, &target), "binary")
      return try PrimitiveChoice("binary", operation, attributes, engine)
    }
  }

  /// The first operand, in the second's layout where only that one is blocked.
  private func preferredView(
    _ first: ValueID, over second: ValueID
  ) throws(PrimitiveFailure) -> View {
    let view = try view(of: first)
    guard view.layout.isPlain else { return view }
    let other = try self.view(of: second)
    return other.layout.isPlain ? view : try self.view(of: first, as: other.layout)
  }

  /// A value in plain order with leading axes of extent 1 up to `rank`.
  func broadcastView(_ value: ValueID, rank: Int) throws(PrimitiveFailure) -> View {
    let own = shape(value)
    let shape = [Int](repeating: 1, count: max(0, rank - own.count)) + own
    let plain = try plainView(of: value)
    return View(storage: plain.storage, layout: Layout(plain: shape))
  }

  /// A value repeated to a larger shape.
  func expanded(_ value: ValueID, to shape: [Int]) throws(PrimitiveFailure) -> View {
    let source = try broadcastView(value, rank: shape.count)
    let target = allocate(Layout(plain: shape))
    let map = IndexMap(broadcasting: source.layout.shape, to: shape)
    append(.gather(Gather(map, from: source.layout, to: target.layout), from: source, to: target))
    return target
  }
}
