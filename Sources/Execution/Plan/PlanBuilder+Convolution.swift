internal import COneDNN
internal import Network
internal import Tensors

extension WindowGeometry {
  /// The padding after each axis that the windows really reach: less than declared where a
  /// stride leaves a remainder, more in ceil mode.
  var reachedAfter: [Int] {
    input.indices.map { axis in
      let end = (output[axis] - 1) * strides[axis] + reach(axis)
      return max(0, end - input[axis] - before[axis])
    }
  }
}

extension Array where Element == Int {
  var wide: [Int64] { map(Int64.init) }
}

extension PlanBuilder {
  /// Direct convolution; the algorithm is pinned, so that results do not depend on heuristics
  /// that may choose Winograd's.
  func appendConvolution(
    _ convolution: Convolution, _ node: Node
  ) throws(PrimitiveFailure) {
    let (x, weights) = (node.inputs[0]!, node.inputs[1]!)
    let bias = node.inputs.count > 2 ? node.inputs[2] : nil
    let geometry = convolution.geometry(input: shape(x))
    var weightShape = shape(weights)
    if convolution.groups > 1 {
      weightShape[0] /= convolution.groups
      weightShape.insert(convolution.groups, at: 0)
    }
    let trained =
      training == nil
      ? nil
      : try layoutsForTraining(
        ConvolutionShapes(
          input: shape(x), output: shape(node.outputs[0]), weights: shape(weights),
          groups: convolution.groups, geometry: geometry))
    let biasLayout = Layout(plain: [shape(weights)[0]])
    try appendWithTail(node.outputs[0]) { choice throws(PrimitiveFailure) in
      var arguments = [
        (index: Argument.source, view: try view(of: x, as: choice.source)),
        (
          index: Argument.weights,
          view: try view(of: weights, reading: Layout(plain: weightShape), as: choice.weights)
        ),
      ]
      if let bias {
        arguments.append((Argument.bias, try view(of: bias, as: biasLayout)))
      }
      return arguments
    } choose: { attributes, layout throws(PrimitiveFailure) in
      var operation = dnnl_convolution_desc_t()
      var source = (trained?.source ?? Layout(any: shape(x))).descriptor
      var kernel = Layout(any: weightShape).descriptor
      var offset = bias == nil ? dnnl_memory_desc_t() : biasLayout.descriptor
      var target = (layout ?? trained?.target ?? Layout(any: shape(node.outputs[0]))).descriptor
      let status = unsafe dnnl_dilated_convolution_forward_desc_init(
        &operation, training == nil ? dnnl_forward_inference : dnnl_forward_training,
        dnnl_convolution_direct, &source, &kernel, &offset, &target, geometry.strides.wide,
        geometry.dilations.map { $0 - 1 }.wide, geometry.before.wide,
        geometry.reachedAfter.wide)
      try check(status, "convolution")
      return try PrimitiveChoice("convolution", operation, attributes, engine)
    }
  }
}
