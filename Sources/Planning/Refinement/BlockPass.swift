internal import Execution
internal import Glibc
internal import Network

/// What a step of learning sees: the parameters as they act, and the gradients of the loss.
struct BlockParameters {
  /// Per learned layer: scale · level.
  var weights: [[Float]]
  var offsets: [[Float]]
  /// Per site.
  var steps: [Float]
}

/// The gradients of the squared error, in the form of `BlockParameters`.
struct BlockGradients {
  var weights: [[Float]]
  var offsets: [[Float]]
  /// With respect to the steps' logarithms.
  var logSteps: [Double]
}

/// Memory for running a block forward and back.
struct BlockPass {
  let model: BlockModel
  /// By slot; the caller fills those of the given values.
  var values: [[Float]]
  private var gradients: [[Float]]

  init(_ model: BlockModel) {
    self.model = model
    values = model.sizes.map { [Float](repeating: 0, count: $0) }
    gradients = values
  }

  var output: [Float] { values[model.outputSlot] }

  /// Computes every value from the given ones.
  ///
  /// - Parameter dropping: which values keep their full precision where they would become codes.
  mutating func forward(
    _ parameters: BlockParameters, dropping: CodeDropping? = nil
  ) throws(PlanningError) {
    for step in model.steps {
      switch step {
      case .learned(let place, let convolution, let input, let output):
        try run { () throws(ExecutionError) in
          try convolution.forward(
            values[input], weights: parameters.weights[place],
            bias: parameters.offsets[place], into: &values[output])
        }
      case .fixed(let convolution, let weights, let bias, let input, let output):
        try run { () throws(ExecutionError) in
          try convolution.forward(
            values[input], weights: weights, bias: bias, into: &values[output])
        }
      case .quantize(let quantizer, let site, let input, let output):
        values[output] = values[input]
        quantize(&values[output], quantizer, step: parameters.steps[site])
        dropping?.restore(&values[output], from: values[input], stream: site)
      case .clip(let lower, let upper, let input, let output):
        values[output] = values[input]
        mapInPlace(&values[output]) { $0 > lower ? ($0 < upper ? $0 : upper) : lower }
      case .leakyRelu(let slope, let input, let output):
        values[output] = values[input]
        mapInPlace(&values[output]) { $0 > 0 ? $0 : $0 * slope }
      case .add(let first, let second, let output):
        values[output] = values[first]
        addInPlace(&values[output], values[second])
      }
    }
  }

  /// Sets the gradient of the output to 2 (output − target) · weight, and returns Σ (…)² .
  mutating func aim(at target: [Float], weight: Float) -> Double {
    let slot = model.outputSlot
    var sum = 0.0
    precondition(target.count == values[slot].count, "a target per output")
    unsafe gradients[slot].withUnsafeMutableBufferPointer { gradient in
      unsafe values[slot].withUnsafeBufferPointer { found in
        unsafe target.withUnsafeBufferPointer { target in
          // Partial sums in fp32 over short runs, so that the loop stays narrow and exact enough.
          for start in stride(from: 0, to: target.count, by: 256) {
            var part: Float = 0
            for index in start..<min(start + 256, target.count) {
              let difference = unsafe found[index] - target[index]
              part += difference * difference
              unsafe gradient[index] = 2 * weight * difference
            }
            sum += Double(part)
          }
        }
      }
    }
    return sum
  }

  /// Goes back from the output's gradient to the parameters' gradients, added to `sums`' place.
  mutating func backward(
    _ parameters: BlockParameters, into found: inout BlockGradients
  ) throws(PlanningError) {
    for slot in gradients.indices where slot != model.outputSlot {
      mapInPlace(&gradients[slot]) { _ in 0 }
    }
    let givenCount = model.plan.given.count
    for step in model.steps.reversed() {
      switch step {
      case .learned(let place, let convolution, let input, let output):
        try run { () throws(ExecutionError) in
          try convolution.pullBackToWeights(
            gradients[output], input: values[input], into: &found.weights[place],
            bias: &found.offsets[place])
        }
        let weights = parameters.weights[place]
        try addInput(convolution, weights, input, output, givenCount)
      case .fixed(let convolution, let weights, _, let input, let output):
        try addInput(convolution, weights, input, output, givenCount)
      case .quantize(let quantizer, let site, let input, let output):
        found.logSteps[site] += pullBack(
          quantizer, step: parameters.steps[site], input: input, output: output)
      case .clip(let lower, let upper, let input, let output):
        maskGradient(input, output) { $0 > lower && $0 < upper ? 1 : 0 }
      case .leakyRelu(let slope, let input, let output):
        maskGradient(input, output) { $0 > 0 ? 1 : slope }
      case .add(let first, let second, let output):
        addInPlace(&gradients[first], gradients[output])
        addInPlace(&gradients[second], gradients[output])
      }
    }
  }

  private mutating func addInput(
    _ convolution: DifferentiableConvolution, _ weights: [Float], _ input: Int, _ output: Int,
    _ givenCount: Int
  ) throws(PlanningError) {
    // Nothing is learned in front of a given value.
    guard input >= givenCount else { return }
    var gradient = [Float](repeating: 0, count: gradients[input].count)
    try run { () throws(ExecutionError) in
      try convolution.pullBackToInput(gradients[output], weights: weights, into: &gradient)
    }
    addInPlace(&gradients[input], gradient)
  }

  private func run(_ body: () throws(ExecutionError) -> Void) throws(PlanningError) {
    do throws(ExecutionError) { try body() } catch { throw .execution(error) }
  }

  /// Straight through where the value is within the codes; the rest goes to the step
  /// (learned step sizes).
  private mutating func pullBack(
    _ quantizer: ActivationQuantizer, step: Float, input: Int, output: Int
  ) -> Double {
    let (low, high) = (Float(quantizer.lowestCode), Float(quantizer.highestCode))
    let count = values[input].count
    var sum = 0.0
    // A reference of its own: the table is changed meanwhile.
    let source = gradients[output]
    unsafe values[input].withUnsafeBufferPointer { x in
      unsafe values[output].withUnsafeBufferPointer { y in
        unsafe source.withUnsafeBufferPointer { from in
          unsafe gradients[input].withUnsafeMutableBufferPointer { to in
            for start in stride(from: 0, to: count, by: 256) {
              var part: Float = 0
              for index in start..<min(start + 256, count) {
                let (input, value) = unsafe (x[index], y[index])
                let scaled = input / step
                // A value that kept its full precision passes, wherever it is.
                let passes = (scaled > low && scaled < high) || value == input
                let gradient = unsafe from[index]
                // d value / d log step: value − x inside, value outside.
                part += gradient * (passes ? value - input : value)
                unsafe to[index] += passes ? gradient : 0
              }
              sum += Double(part)
            }
          }
        }
      }
    }
    return sum
  }

  @inline(__always)
  private mutating func maskGradient(
    _ input: Int, _ output: Int, _ slope: (Float) -> Float
  ) {
    let count = values[input].count
    let source = gradients[output]
    unsafe values[input].withUnsafeBufferPointer { x in
      unsafe source.withUnsafeBufferPointer { from in
        unsafe gradients[input].withUnsafeMutableBufferPointer { to in
          for index in 0..<count { unsafe to[index] += from[index] * slope(x[index]) }
        }
      }
    }
  }
}
