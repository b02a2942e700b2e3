internal import COneDNN
internal import Kernels
internal import Network
internal import Tensors

extension PlanBuilder {
  /// Straight through: ∂x = ∂y inside the window of codes, and LSQ's ∂step.
  func pullBackQuantizer(
    _ quantizer: ActivationQuantizer, _ node: Node, _ dy: TrainingState.Cotangent
  ) throws(PrimitiveFailure) {
    let x = node.inputs[0]!
    let source = try quantizerInput(quantizer, node)
    let given = try cotangent(dy, as: source.layout)
    let gradient = target(of: given)
    let byStep = allocate(Layout(plain: [1]))
    var operands = [source, given.view, gradient, try step(of: quantizer, node), byStep]
    // What other readers of x have given is added in the same pass.
    if let other = training!.cotangents[x], other.view.layout == source.layout {
      training!.cotangents[x] = nil
      operands.append(other.view)
    }
    guard let rule = CodeRule(quantizer) else {
      preconditionFailure("a quantizer without pullback was named before")
    }
    append(.kernel(.codesPullback(rule), operands))
    if training!.steps[node.outputs[0]] != nil {
      training!.stepGradients[node.outputs[0]] = byStep
    }
    try contribute(gradient, to: x)
  }

  /// Relu and LeakyRelu, by the signs of a value.
  func pullBackSlope(
    _ slope: Float, signsOf value: ValueID, _ node: Node, _ dy: TrainingState.Cotangent
  ) throws(PrimitiveFailure) {
    let signs = try view(of: value)
    let given = try cotangent(dy, as: signs.layout)
    let gradient = target(of: given)
    append(.kernel(.slopePullback(slope), [signs, given.view, gradient]))
    try contribute(gradient, to: node.inputs[0]!)
  }

  func pullBackClip(
    lower: Float, upper: Float, _ node: Node, _ dy: TrainingState.Cotangent
  ) throws(PrimitiveFailure) {
    let source = try view(of: node.inputs[0]!)
    let given = try cotangent(dy, as: source.layout)
    let gradient = target(of: given)
    append(
      .kernel(.clipPullback(lower: lower, upper: upper), [source, given.view, gradient]))
    try contribute(gradient, to: node.inputs[0]!)
  }

  /// To both operands, summed over the axes along which one was repeated.
  func pullBackAddition(
    _ node: Node, _ dy: TrainingState.Cotangent
  ) throws(PrimitiveFailure) {
    let operands = node.inputs.compactMap { $0 }
    let isShared = dy.isShared || operands.count { isWanted($0) } > 1
    for operand in operands where isWanted(operand) {
      let part = try summed(.init(view: dy.view, isShared: isShared), to: shape(operand))
      try contribute(part.view, to: operand, isShared: part.isShared)
    }
  }

  /// ∂a = ∂y · b and ∂b = ∂y · a.
  func pullBackMultiplication(
    _ node: Node, _ dy: TrainingState.Cotangent
  ) throws(PrimitiveFailure) {
    for position in 0..<2 where isWanted(node.inputs[position]) {
      let (operand, other) = (node.inputs[position]!, node.inputs[1 - position]!)
      let layout = dy.view.layout
      let factor =
        shape(other) == shape(node.outputs[0])
        ? try view(of: other, as: layout)
        : try broadcastView(other, rank: layout.rank)
      let product = allocate(layout)
      var operation = dnnl_binary_desc_t()
      var (a, b, c) = (layout.descriptor, factor.layout.descriptor, layout.descriptor)
      try check(unsafe dnnl_binary_desc_init(&operation, dnnl_binary_mul, &a, &b, &c), "binary")
      try run(
        try PrimitiveChoice("binary", operation, try Attributes(), engine),
        [
          (Argument.source, dy.view), (Argument.secondSource, factor),
          (Argument.destination, product),
        ])
      let part = try summed(.init(view: product, isShared: false), to: shape(operand))
      try contribute(part.view, to: operand, isShared: part.isShared)
    }
  }

  /// The sum over the axes along which a value of `shape` was repeated.
  func summed(
    _ given: TrainingState.Cotangent, to shape: [Int]
  ) throws(PrimitiveFailure) -> TrainingState.Cotangent {
    let layout = given.view.layout
    let ones = [Int](repeating: 1, count: max(0, layout.rank - shape.count)) + shape
    if ones == layout.shape {
      return ones.count == shape.count || shape.isEmpty ? given : try reshaped(given, to: shape)
    }
    let target = allocate(Layout(plain: ones))
    var operation = dnnl_reduction_desc_t()
    var (from, to) = (layout.descriptor, target.layout.descriptor)
    try check(
      unsafe dnnl_reduction_desc_init(&operation, dnnl_reduction_sum, &from, &to, 0, 0),
      "reduction")
    try run(
      try PrimitiveChoice("reduction", operation, try Attributes(), engine),
      [(Argument.source, given.view), (Argument.destination, target)])
    return .init(
      view: View(storage: target.storage, layout: Layout(plain: shape)), isShared: false)
  }
}

extension CodeRule {
  /// Nil for codes so far from zero that fp32 does not round them to integers.
  init?(_ quantizer: ActivationQuantizer) {
    let exact = -(1 << 22) + 1..<1 << 22
    guard exact.contains(quantizer.lowestCode), exact.contains(quantizer.highestCode) else {
      return nil
    }
    self.init(
      step: quantizer.step, lowestCode: quantizer.lowestCode, highestCode: quantizer.highestCode,
      threshold: quantizer.threshold)
  }
}
