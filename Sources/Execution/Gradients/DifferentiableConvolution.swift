internal import COneDNN
package import Network

/// A convolution of fixed shapes with its pullbacks, whose weights may change from run to run.
///
///     y = w ∗ x + b,     (∂x, ∂w, ∂b) from ∂y
///
/// Values are row-major outside; inside each primitive has the layout that it wants. Used by one
/// thread at a time.
@safe
package final class DifferentiableConvolution {
  package let inputShape: [Int]
  package let outputShape: [Int]
  /// `[outputs, inputs / groups, kernel…]`.
  package let weightShape: [Int]
  private let engine: Engine
  private let forwardPass: Pass
  private let inputPullback: Pass
  private let weightPullback: Pass

  /// Prepares forward pass and pullbacks.
  ///
  /// - Parameters:
  ///   - inputShape: `[N, channels, spatial…]`, which the convolution accepts.
  ///   - outputs: output channels.
  /// - Throws: `ExecutionError` when the library has no code for the shapes.
  package init(
    _ convolution: Convolution, inputShape: [Int], outputs: Int, name: String
  ) throws(ExecutionError) {
    let geometry = convolution.geometry(input: inputShape)
    self.inputShape = inputShape
    outputShape = [inputShape[0], outputs] + geometry.output
    weightShape = [outputs, inputShape[1] / convolution.groups] + convolution.kernel
    do throws(PrimitiveFailure) {
      engine = try Engine()
      let shapes = ConvolutionShapes(
        input: inputShape, output: outputShape, weights: weightShape, groups: convolution.groups,
        geometry: geometry)
      let forward = try shapes.forward(engine)
      forwardPass = try Pass(
        forward, engine, inputs: shapes.forwardInputs(forward),
        outputs: [(Argument.destination, Layout(plain: outputShape), forward.destination)])
      let toInput = try shapes.inputPullback(engine, hint: forward)
      inputPullback = try Pass(
        toInput, engine, inputs: shapes.inputPullbackInputs(toInput),
        outputs: [
          (Argument.sourceGradient, Layout(plain: inputShape), toInput.sourceGradient)
        ])
      let toWeights = try shapes.weightPullback(engine, hint: forward)
      weightPullback = try Pass(
        toWeights, engine, inputs: shapes.weightPullbackInputs(toWeights),
        outputs: [
          (Argument.weightGradient, shapes.plainWeights, toWeights.weightGradient),
          (Argument.biasGradient, shapes.plainBias, shapes.plainBias),
        ])
    } catch {
      throw error.error(node: name)
    }
  }

  /// Computes y; all arrays are row-major and of the shapes above.
  package func forward(
    _ input: [Float], weights: [Float], bias: [Float], into output: inout [Float]
  ) throws(ExecutionError) {
    try run(forwardPass, [input, weights, bias]) { (pass) in pass.copyOutput(0, to: &output) }
  }

  /// Computes ∂x from ∂y.
  package func pullBackToInput(
    _ gradient: [Float], weights: [Float], into inputGradient: inout [Float]
  ) throws(ExecutionError) {
    try run(inputPullback, [gradient, weights]) { (pass) in
      pass.copyOutput(0, to: &inputGradient)
    }
  }

  /// Computes ∂w and ∂b from ∂y at the input x.
  package func pullBackToWeights(
    _ gradient: [Float], input: [Float], into weightGradient: inout [Float],
    bias biasGradient: inout [Float]
  ) throws(ExecutionError) {
    try run(weightPullback, [input, gradient]) { (pass) in
      pass.copyOutput(0, to: &weightGradient)
      pass.copyOutput(1, to: &biasGradient)
    }
  }

  private func run(
    _ pass: Pass, _ inputs: [[Float]], _ read: (Pass) -> Void
  ) throws(ExecutionError) {
    do throws(PrimitiveFailure) {
      try pass.run(inputs, engine)
    } catch {
      throw error.error(node: "convolution")
    }
    read(pass)
  }
}

/// The shapes of a convolution and the primitives made of them.
struct ConvolutionShapes {
  let input: [Int]
  let output: [Int]
  let weights: [Int]
  let groups: Int
  let geometry: WindowGeometry

  /// oneDNN has an axis of its own for groups.
  private var groupedWeights: [Int] {
    groups == 1 ? weights : [groups, weights[0] / groups] + weights.dropFirst()
  }

  var plainWeights: Layout { Layout(plain: groupedWeights) }
  var plainBias: Layout { Layout(plain: [output[1]]) }

  typealias Port = (index: Int32, outside: Layout, inside: Layout)

  func forwardInputs(_ choice: PrimitiveChoice) -> [Port] {
    [
      (Argument.source, Layout(plain: input), choice.source),
      (Argument.weights, plainWeights, choice.weights), (Argument.bias, plainBias, plainBias),
    ]
  }

  func inputPullbackInputs(_ choice: PrimitiveChoice) -> [Port] {
    [
      (Argument.destinationGradient, Layout(plain: output), choice.destinationGradient),
      (Argument.weights, plainWeights, choice.weights),
    ]
  }

  func weightPullbackInputs(_ choice: PrimitiveChoice) -> [Port] {
    [
      (Argument.source, Layout(plain: input), choice.source),
      (Argument.destinationGradient, Layout(plain: output), choice.destinationGradient),
    ]
  }

  /// - Parameters: layouts that replace the library's choice.
  func forward(
    _ engine: Engine, source given: Layout? = nil, target wanted: Layout? = nil
  ) throws(PrimitiveFailure) -> PrimitiveChoice {
    var operation = dnnl_convolution_desc_t()
    var source = (given ?? Layout(any: input)).descriptor
    var kernel = Layout(any: groupedWeights).descriptor
    var offset = plainBias.descriptor
    var target = (wanted ?? Layout(any: output)).descriptor
    let status = unsafe dnnl_dilated_convolution_forward_desc_init(
      &operation, dnnl_forward_training, dnnl_convolution_direct, &source, &kernel, &offset,
      &target, geometry.strides.wide, geometry.dilations.map { $0 - 1 }.wide,
      geometry.before.wide, geometry.reachedAfter.wide)
    try check(status, "convolution")
    return try PrimitiveChoice("convolution", operation, try Attributes(), engine)
  }

  func inputPullback(
    _ engine: Engine, hint: PrimitiveChoice
  ) throws(PrimitiveFailure) -> PrimitiveChoice {
    var operation = dnnl_convolution_desc_t()
    var source = Layout(any: input).descriptor
    var kernel = Layout(any: groupedWeights).descriptor
    var target = Layout(any: output).descriptor
    let status = unsafe dnnl_dilated_convolution_backward_data_desc_init(
      &operation, dnnl_convolution_direct, &source, &kernel, &target, geometry.strides.wide,
      geometry.dilations.map { $0 - 1 }.wide, geometry.before.wide, geometry.reachedAfter.wide)
    try check(status, "convolution pullback")
    return try PrimitiveChoice(
      "convolution pullback", operation, try Attributes(), engine, hint: hint)
  }

  func weightPullback(
    _ engine: Engine, hint: PrimitiveChoice
  ) throws(PrimitiveFailure) -> PrimitiveChoice {
    var operation = dnnl_convolution_desc_t()
    var source = Layout(any: input).descriptor
    var kernel = Layout(any: groupedWeights).descriptor
    var offset = plainBias.descriptor
    var target = Layout(any: output).descriptor
    let status = unsafe dnnl_dilated_convolution_backward_weights_desc_init(
      &operation, dnnl_convolution_direct, &source, &kernel, &offset, &target,
      geometry.strides.wide, geometry.dilations.map { $0 - 1 }.wide, geometry.before.wide,
      geometry.reachedAfter.wide)
    try check(status, "convolution weight pullback")
    return try PrimitiveChoice(
      "convolution weight pullback", operation, try Attributes(), engine, hint: hint)
  }
}
