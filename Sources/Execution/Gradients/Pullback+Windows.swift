internal import COneDNN
internal import Network
internal import Tensors

extension PlanBuilder {
  /// The layouts of input and output in which a convolution goes back fastest, or nil where the
  /// library has no such code; no layout for an input whose channels fill no block, for which
  /// there is faster code forward.
  func layoutsForTraining(
    _ shapes: ConvolutionShapes
  ) throws(PrimitiveFailure) -> (source: Layout?, target: Layout)? {
    do throws(PrimitiveFailure) {
      let choice = try shapes.inputPullback(engine, hint: try shapes.forward(engine))
      // The layouts must have forward code too.
      let source = choice.sourceGradient.hasPadding ? nil : choice.sourceGradient
      _ = try shapes.forward(engine, source: source, target: choice.destinationGradient)
      return (source, choice.destinationGradient)
    } catch {
      guard error.isUnimplemented else { throw error }
      return nil
    }
  }

  /// ∂x = wᵀ ∗ ∂y; ∂w and ∂b from x and ∂y.
  func pullBackConvolution(
    _ convolution: Convolution, _ node: Node, _ dy: TrainingState.Cotangent
  ) throws(PrimitiveFailure) {
    let (x, weights) = (node.inputs[0]!, node.inputs[1]!)
    let bias = node.inputs.count > 2 ? node.inputs[2] : nil
    let shapes = ConvolutionShapes(
      input: shape(x), output: shape(node.outputs[0]), weights: shape(weights),
      groups: convolution.groups, geometry: convolution.geometry(input: shape(x)))
    let hint = try shapes.forward(engine)
    if isWanted(weights) || isWanted(bias) {
      let choice = try shapes.weightPullback(engine, hint: hint)
      let gradient = allocate(choice.weightGradient)
      let offsets = allocate(shapes.plainBias)
      try run(
        choice,
        [
          (Argument.source, try view(of: x, as: choice.source)),
          (
            Argument.destinationGradient,
            try reordered(dy.view, as: choice.destinationGradient)
          ),
          (Argument.weightGradient, gradient), (Argument.biasGradient, offsets),
        ])
      if isWanted(weights) {
        let plain = try reordered(gradient, as: shapes.plainWeights)
        try contribute(
          View(storage: plain.storage, layout: Layout(plain: shape(weights))), to: weights)
      }
      if let bias { try contribute(offsets, to: bias) }
    }
    guard isWanted(x) else { return }
    let choice = try shapes.inputPullback(engine, hint: hint)
    let gradient = allocate(choice.sourceGradient)
    try run(
      choice,
      [
        (Argument.destinationGradient, try reordered(dy.view, as: choice.destinationGradient)),
        (
          Argument.weights,
          try view(of: weights, reading: shapes.plainWeights, as: choice.weights)
        ),
        (Argument.sourceGradient, gradient),
      ])
    try contribute(gradient, to: x)
  }

  /// To the first largest element of a window, or evenly to all that were averaged.
  func pullBackPooling(
    _ pooling: Pooling, _ kind: PlainPooling.Kind, _ node: Node, _ dy: TrainingState.Cotangent
  ) throws(PrimitiveFailure) {
    let x = node.inputs[0]!
    guard let pool = training!.pools[node.outputs[0]] else {
      let plain = PlainPooling(
        pooling.geometry(input: shape(x)), kind, planes: shape(x)[0] * shape(x)[1])
      let gradient = allocate(Layout(plain: shape(x)))
      let given = try cotangent(dy, as: Layout(plain: dy.view.layout.shape))
      append(.kernel(.poolPullback(plain), [try plainView(of: x), given.view, gradient]))
      return try contribute(gradient, to: x)
    }
    var (from, to) = (pool.source.descriptor, pool.target.descriptor)
    var operation = dnnl_pooling_v2_desc_t()
    let geometry = pool.geometry
    try check(
      unsafe dnnl_pooling_v2_backward_desc_init(
        &operation, pool.algorithm, &from, &to, geometry.strides.wide, geometry.kernel.wide,
        geometry.dilations.map { $0 - 1 }.wide, geometry.before.wide,
        geometry.reachedAfter.wide), "pooling pullback")
    let choice = try PrimitiveChoice(
      "pooling pullback", operation, try Attributes(), engine, hint: pool.choice)
    let gradient = allocate(pool.source)
    var arguments = [
      (
        index: Argument.destinationGradient, view: try reordered(dy.view, as: pool.target)
      ),
      (index: Argument.sourceGradient, view: gradient),
    ]
    if let workspace = pool.workspace { arguments.append((Argument.workspace, workspace)) }
    try run(choice, arguments)
    try contribute(gradient, to: x)
  }
}
