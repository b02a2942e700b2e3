internal import Execution
internal import Network
internal import Tensors

/// The part of a block that depends on what is learned, ready to be run forward and back on
/// batches of a fixed size.
struct BlockModel {
  /// One operation; numbers are slots of values.
  enum Step {
    /// A learned layer, by its place among them.
    case learned(Int, DifferentiableConvolution, input: Int, output: Int)
    /// A layer of the block that keeps its weights.
    case fixed(
      DifferentiableConvolution, weights: [Float], bias: [Float], input: Int, output: Int)
    case quantize(ActivationQuantizer, site: Int, input: Int, output: Int)
    case clip(lower: Float, upper: Float, input: Int, output: Int)
    case leakyRelu(slope: Float, input: Int, output: Int)
    case add(Int, Int, output: Int)
  }

  let plan: BlockPlan
  let batchSize: Int
  private(set) var steps: [Step] = []
  /// Elements of each slot; those of the given values come first.
  private(set) var sizes: [Int] = []
  private(set) var outputSlot = 0

  /// - Parameters:
  ///   - givenShapes: of one batch, in the order of `plan.given`.
  /// - Throws: `PlanningError` when the library has no code for a layer.
  init(
    plan: BlockPlan, network: Network, givenShapes: [[Int]]
  ) throws(PlanningError) {
    self.plan = plan
    batchSize = givenShapes.first?.first ?? 0
    var slots: [ValueID: Int] = [:]
    var shapes: [[Int]] = givenShapes
    for (index, value) in plan.given.enumerated() { slots[value] = index }
    for index in plan.nodes {
      let node = network.nodes[index]
      let inputs = node.inputs.compactMap { $0.flatMap { slots[$0] } }
      let output = shapes.count
      slots[node.outputs[0]] = output
      if let layer = network.layers.first(where: { $0.node == index }) {
        let convolution = try Self.convolution(layer, inputShape: shapes[inputs[0]])
        shapes.append(
          layer.isConvolution ? convolution.outputShape : Array(convolution.outputShape.prefix(2)))
        if let place = plan.learned.firstIndex(of: layer.name) {
          steps.append(.learned(place, convolution, input: inputs[0], output: output))
        } else {
          steps.append(
            .fixed(
              convolution, weights: network.weightRows(of: layer).values,
              bias: network.biasValues(of: layer), input: inputs[0], output: output))
        }
        continue
      }
      shapes.append(shapes[inputs[0]])
      steps.append(step(node.operation, at: index, inputs: inputs, output: output))
    }
    sizes = shapes.map(\.product)
    outputSlot = slots[plan.output] ?? 0
  }

  private func step(
    _ operation: Operation, at index: Int, inputs: [Int], output: Int
  ) -> Step {
    switch operation {
    case .relu: return .clip(lower: 0, upper: .infinity, input: inputs[0], output: output)
    case .clip(let lower, let upper):
      return .clip(lower: lower, upper: upper, input: inputs[0], output: output)
    case .leakyRelu(let slope):
      return .leakyRelu(slope: slope, input: inputs[0], output: output)
    case .quantize(let quantizer):
      guard let site = plan.sites.firstIndex(of: index) else {
        preconditionFailure("a code site of the block was not planned")
      }
      return .quantize(quantizer, site: site, input: inputs[0], output: output)
    case .add: return .add(inputs[0], inputs[1], output: output)
    default: preconditionFailure("the plan admits no \(operation)")
    }
  }

  /// A layer as a convolution; a linear layer is one over a single position.
  private static func convolution(
    _ layer: Layer, inputShape: [Int]
  ) throws(PlanningError) -> DifferentiableConvolution {
    var shape = inputShape
    var operation = Convolution(
      kernel: [1, 1], strides: [1, 1], dilations: [1, 1],
      padding: .explicit(before: [0, 0], after: [0, 0]), groups: 1)
    if case .convolution(let own) = layer.kind {
      operation = own
    } else {
      shape = [inputShape[0], layer.inputs, 1, 1]
    }
    do throws(ExecutionError) {
      return try DifferentiableConvolution(
        operation, inputShape: shape, outputs: layer.outputs, name: layer.name)
    } catch {
      throw .execution(error)
    }
  }
}
