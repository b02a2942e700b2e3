internal import COneDNN
internal import Network
internal import Tensors

extension PlanBuilder {
  /// y = γ · (x − μ) / √(σ² + ε) + β per channel, with μ and σ² as given or, where training asks
  /// for it, those of the batch.
  func appendBatchNormalization(epsilon: Float, _ node: Node) throws(PrimitiveFailure) {
    let x = node.inputs[0]!
    let source = try view(of: x)
    let target = destination(replacing: x, source)
    let form = NormalizationForm(
      layout: source.layout, epsilon: epsilon, measures: measures(node.outputs[0]))
    let choice = try form.forward(engine, training: form.measures)
    var arguments = [
      (index: Argument.source, view: source), (index: Argument.destination, view: target),
      (index: Argument.scale, view: try plainView(of: node.inputs[1]!)),
      (index: Argument.shift, view: try plainView(of: node.inputs[2]!)),
    ]
    let moments = try moments(of: node)
    arguments.append((Argument.mean, moments.mean))
    arguments.append((Argument.variance, moments.variance))
    try run(choice, arguments)
    try define(node.outputs[0], target)
  }

  /// Back through the statistics too where they are those of the batch (Ioffe and Szegedy, 2015);
  /// else ∂x = ∂y · γ / √(σ² + ε). In both ∂γ = Σ ∂y · x̂ and ∂β = Σ ∂y.
  func pullBackBatchNormalization(
    _ epsilon: Float, _ node: Node, _ dy: TrainingState.Cotangent
  ) throws(PrimitiveFailure) {
    let x = node.inputs[0]!
    let source = try view(of: x)
    let form = NormalizationForm(
      layout: source.layout, epsilon: epsilon, measures: measures(node.outputs[0]))
    let gradient = allocate(source.layout)
    let channels = Layout(plain: [shape(x)[1]])
    let (byScale, byShift) = (allocate(channels), allocate(channels))
    let moments = try moments(of: node)
    try run(
      try form.backward(engine),
      [
        (Argument.source, source), (Argument.scale, try plainView(of: node.inputs[1]!)),
        (Argument.shift, try plainView(of: node.inputs[2]!)),
        (Argument.mean, moments.mean), (Argument.variance, moments.variance),
        (Argument.destinationGradient, try cotangent(dy, as: source.layout).view),
        (Argument.sourceGradient, gradient), (Argument.scaleGradient, byScale),
        (Argument.shiftGradient, byShift),
      ])
    try contribute(gradient, to: x)
    try contribute(byScale, to: node.inputs[1]!)
    try contribute(byShift, to: node.inputs[2]!)
  }

  /// Whether the normalization that gives `value` measures its batch.
  private func measures(_ value: ValueID) -> Bool {
    training?.measured.contains(value) ?? false
  }

  /// Mean and variance per channel: as given, or where the forward pass leaves those it measures.
  private func moments(
    of node: Node
  ) throws(PrimitiveFailure) -> (mean: View, variance: View) {
    let output = node.outputs[0]
    guard measures(output) else {
      return (try plainView(of: node.inputs[3]!), try plainView(of: node.inputs[4]!))
    }
    if let known = training!.moments[output] { return known }
    let channels = Layout(plain: [shape(node.inputs[0]!)[1]])
    let found = (mean: allocate(channels), variance: allocate(channels))
    training!.moments[output] = found
    return found
  }
}

/// A batch normalization as the library knows it.
private struct NormalizationForm {
  let layout: Layout
  let epsilon: Float
  /// Whether mean and variance are those of the batch, and are results.
  let measures: Bool

  private var flags: UInt32 {
    let parameters = dnnl_use_scale.rawValue | dnnl_use_shift.rawValue
    return measures ? parameters : parameters | dnnl_use_global_stats.rawValue
  }

  func forward(_ engine: Engine, training: Bool) throws(PrimitiveFailure) -> PrimitiveChoice {
    var operation = dnnl_batch_normalization_desc_t()
    var descriptor = layout.descriptor
    try check(
      unsafe dnnl_batch_normalization_forward_desc_init(
        &operation, training ? dnnl_forward_training : dnnl_forward_inference, &descriptor,
        epsilon, flags), "batch normalization")
    return try PrimitiveChoice("batch normalization", operation, try Attributes(), engine)
  }

  func backward(_ engine: Engine) throws(PrimitiveFailure) -> PrimitiveChoice {
    var operation = dnnl_batch_normalization_desc_t()
    var descriptor = layout.descriptor
    try check(
      unsafe dnnl_batch_normalization_backward_desc_init(
        &operation, dnnl_backward, &descriptor, &descriptor, epsilon, flags),
      "batch normalization pullback")
    return try PrimitiveChoice(
      "batch normalization pullback", operation, try Attributes(), engine,
      hint: try forward(engine, training: true))
  }
}
