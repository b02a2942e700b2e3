internal import Glibc
package import Network
internal import Tensors

/// How fast a network is evaluated and gone back through.
package struct TrainingThroughput: Sendable, Equatable {
  /// Rows per second of processor time, from the median batch.
  package let rowsPerSecond: Double
  /// The evaluator's memory.
  package let activationBytes: Int
}

/// Times forward passes with pullbacks on made-up inputs on one thread, after two batches that are
/// not counted: gradients of all floating-point weights and biases and of all code steps.
package func measureTraining(
  network: Network, batchSize: Int, seconds: Double
) throws(ExecutionError) -> TrainingThroughput {
  var parameters: [ValueID] = []
  var steps: [ValueID] = []
  for node in network.nodes {
    switch node.operation {
    case .convolution, .gemm, .matMul:
      for case let operand? in node.inputs.dropFirst() where network.constants[operand] != nil {
        if !parameters.contains(operand) { parameters.append(operand) }
      }
    case .quantize: steps.append(node.outputs[0])
    default: break
    }
  }
  let evaluator = try TrainingEvaluator(
    network: network, batchSize: batchSize, parameters: parameters, learnedSteps: steps)
  var stepValues: [Float] = []
  for node in network.nodes {
    if case .quantize(let quantizer) = node.operation { stepValues.append(quantizer.step) }
  }
  let values = parameters.map { network.constants[$0]!.tensor }
  let inputs = evaluator.inputShapes.map { madeUpTensor(shape: $0, seed: 1) }
  let seeds = evaluator.outputShapes.map { madeUpTensor(shape: $0, seed: 2) }
  var times: [Double] = []
  let begin = processSeconds()
  while times.count < 5 || processSeconds() - begin < seconds {
    let start = processSeconds()
    try evaluator.set(parameters: values, steps: stepValues)
    _ = try evaluator.forward(inputs)
    _ = try evaluator.pullBack(seeds)
    times.append(processSeconds() - start)
  }
  let counted = times.dropFirst(2).sorted()
  return TrainingThroughput(
    rowsPerSecond: Double(batchSize) / counted[counted.count / 2],
    activationBytes: evaluator.activationBytes)
}

private func processSeconds() -> Double {
  var now = timespec()
  unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}
