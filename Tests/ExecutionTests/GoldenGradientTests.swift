import Execution
import Foundation
import Network
import Tensors
import TestSupport
import Testing

/// A tensor that PyTorch computed.
private func fixture(_ name: String) throws -> Tensor {
  let (shape, text) = try #require(gradientFixtures[name])
  let data = try #require(Data(base64Encoded: text))
  let values = (0..<data.count / 4).map { index in
    Float(
      bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[index * 4 + $1]) << (8 * $1) })
  }
  return Tensor(shape: shape, values: values)
}

/// The network of `scripts/gradient-fixtures`.
private struct GoldenNetwork {
  static let names = [
    "w1", "b1", "gamma", "beta", "w2", "b2", "w3", "w4", "scale", "w5", "b5", "w6",
  ]
  var network = Network(name: "golden")
  var parameters: [String: ValueID] = [:]
  var codes: [ValueID] = []

  private static func pooling(_ kernel: [Int], _ strides: [Int], side: Int) -> Pooling {
    Pooling(
      kernel: kernel, strides: strides, dilations: [1, 1],
      padding: .explicit(before: [side, side], after: [side, side]), ceilMode: false)
  }

  private mutating func convolution(
    _ x: ValueID, _ weights: String, _ bias: String?, kernel: Int = 3, stride: Int = 1,
    dilation: Int = 1, side: Int, groups: Int = 1
  ) -> ValueID {
    let operation = Convolution(
      kernel: [kernel, kernel], strides: [stride, stride], dilations: [dilation, dilation],
      padding: .explicit(before: [side, side], after: [side, side]), groups: groups)
    return network.node(
      .convolution(operation), [x, parameters[weights]!] + (bias.map { [parameters[$0]!] } ?? []))
  }

  private mutating func codes(_ x: ValueID, step: Float) -> ValueID {
    let output = network.node(.quantize(ActivationQuantizer(bits: 2, step: step)), [x])
    codes.append(output)
    return output
  }

  init() throws {
    for name in Self.names { parameters[name] = network.constant(name, try fixture(name)) }
    let x = network.input("x", [4, 3, 8, 8])
    let mean = network.constant("mean", try fixture("mean"))
    let variance = network.constant("variance", try fixture("variance"))
    var h = convolution(x, "w1", "b1", side: 1)
    h = network.node(
      .batchNormalization(epsilon: 1e-3),
      [h, parameters["gamma"]!, parameters["beta"]!, mean, variance])
    h = network.node(.relu, [h])
    let branch = convolution(codes(h, step: 9), "w2", "b2", stride: 2, side: 1, groups: 4)
    let cut = network.node(
      .slice([
        SliceAxis(axis: 1, start: 0, end: 4, step: 1),
        SliceAxis(axis: 2, start: 0, end: 8, step: 2),
        SliceAxis(axis: 3, start: 0, end: 8, step: 2),
      ]), [h])
    let shortcut = network.node(
      .pad(Padding(before: [0, 1, 0, 0], after: [0, 3, 0, 0], mode: .constant(0))), [cut])
    h = network.node(.leakyRelu(slope: 0.1), [network.node(.add, [branch, shortcut])])
    let half = network.node(.slice([SliceAxis(axis: 1, start: 0, end: 4, step: 1)]), [h])
    h = network.node(
      .concatenate(axis: 1), [h, network.node(.clip(lower: -0.5, upper: 0.75), [half])])
    h = convolution(h, "w3", nil, dilation: 2, side: 2, groups: 12)
    h = network.node(
      .add,
      [
        network.node(.maxPool(Self.pooling([3, 3], [1, 1], side: 1)), [h]),
        network.node(
          .averagePool(Self.pooling([3, 3], [1, 1], side: 1), countsPadding: false), [h]),
      ])
    h = convolution(codes(h, step: 9), "w4", nil, kernel: 1, side: 0)
    h = network.node(.multiply, [h, parameters["scale"]!])
    let pooled = network.node(
      .averagePool(Self.pooling([1, 2], [2, 2], side: 0), countsPadding: false), [h])
    let flat = network.node(
      .flatten(axis: 1), [network.node(.transpose(permutation: [0, 2, 1, 3]), [pooled])])
    let first = network.node(.slice([SliceAxis(axis: 1, start: 0, end: 12, step: 1)]), [flat])
    let whole = network.node(
      .reshape(Reshape(target: [0, -1], allowsZero: false)),
      [network.node(.globalAveragePool, [h])])
    let joined = network.node(.concatenate(axis: 1), [first, whole])
    h = network.node(
      .add, [network.node(.softmax(axis: 1, flattensTrailing: false), [joined]), joined])
    h = network.node(
      .gemm(Gemm(alpha: 1, beta: 1, transposesA: false, transposesB: true)),
      [h, parameters["w5"]!, parameters["b5"]!])
    network.outputs = [network.node(.matMul, [h, parameters["w6"]!])]
  }
}

@Suite struct `Gradients beside PyTorch's` {
  @Test func `agree for every operator`() throws {
    let golden = try GoldenNetwork()
    let evaluator = try TrainingEvaluator(
      network: golden.network, batchSize: 4,
      parameters: GoldenNetwork.names.map { golden.parameters[$0]! }, learnedSteps: golden.codes)
    let values = try GoldenNetwork.names.map { try fixture($0) }
    let tolerance = Tolerance(absolute: 2e-4, relative: 2e-4)
    // Steps that are given take the place of those in the network.
    try evaluator.set(parameters: values, steps: [0.4, 0.3])
    for _ in 0..<2 {
      let logits = try evaluator.forward([try fixture("x")])[0]
      #expect(tolerance.accepts(logits.values, expected: try fixture("logits").values))
      let found = try evaluator.pullBack([try fixture("distillation")])
      for (name, gradient) in zip(GoldenNetwork.names, found.parameters) {
        let expected = try fixture("by_" + name)
        #expect(gradient.shape == expected.shape, "\(name)")
        #expect(tolerance.accepts(gradient.values, expected: expected.values), "\(name)")
      }
      #expect(tolerance.accepts(found.steps[0], expected: try fixture("by_s1").values[0]))
      #expect(tolerance.accepts(found.steps[1], expected: try fixture("by_s2").values[0]))
    }
  }
}
