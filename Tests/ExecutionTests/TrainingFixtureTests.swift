import Execution
import Foundation
import Network
import Tensors
import TestSupport
import Testing

/// The network of `scripts/training-fixtures`.
private struct MeasuringNetwork {
  static let names = [
    "w1", "gain1", "shift1", "w2", "gain2", "shift2", "w3", "scale", "offset", "w4", "b4", "right",
  ]
  var network = Network(name: "measuring")
  var parameters: [String: ValueID] = [:]
  var measured: [ValueID] = []

  static func fixture(_ name: String) throws -> Tensor {
    let (shape, text) = try #require(trainingFixtures[name])
    let data = try #require(Data(base64Encoded: text))
    let values = (0..<data.count / 4).map { index in
      Float(
        bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[index * 4 + $1]) << (8 * $1) })
    }
    return Tensor(shape: shape, values: values)
  }

  private mutating func normalization(_ x: ValueID, _ gain: String, _ shift: String) -> ValueID {
    // Never read: the batch has others.
    let zeros = network.constant("zeros\(measured.count)", Tensor(shape: [6]))
    let output = network.node(
      .batchNormalization(epsilon: 1e-5), [x, parameters[gain]!, parameters[shift]!, zeros, zeros])
    measured.append(output)
    return output
  }

  private mutating func reshaped(_ x: ValueID, _ target: [Int]) -> ValueID {
    network.node(.reshape(Reshape(target: target, allowsZero: false)), [x])
  }

  init() throws {
    for name in Self.names { parameters[name] = network.constant(name, try Self.fixture(name)) }
    var h = network.input("x", [5, 3, 6, 6])
    func convolution(_ before: Int, _ after: Int, stride: Int, groups: Int) -> Convolution {
      Convolution(
        kernel: [3, 3], strides: [stride, stride], dilations: [1, 1],
        padding: .explicit(before: [before, before], after: [after, after]), groups: groups)
    }
    h = network.node(.convolution(convolution(0, 2, stride: 1, groups: 1)), [h, parameters["w1"]!])
    h = network.node(.relu, [normalization(h, "gain1", "shift1")])
    h = network.node(.convolution(convolution(1, 1, stride: 2, groups: 6)), [h, parameters["w2"]!])
    h = normalization(h, "gain2", "shift2")
    h = network.node(
      .averagePool(
        Pooling(
          kernel: [3, 3], strides: [1, 1], dilations: [1, 1],
          padding: .explicit(before: [1, 1], after: [1, 1]), ceilMode: false), countsPadding: true),
      [h])
    h = network.node(.matMul, [reshaped(h, [5, 6, 9]), parameters["w3"]!])
    h = network.node(.multiply, [h, parameters["scale"]!])
    h = network.node(.add, [h, parameters["offset"]!])
    h = reshaped(network.node(.softmax(axis: 2, flattensTrailing: false), [h]), [5, 24])
    h = network.node(
      .gemm(Gemm(alpha: 0.5, beta: 2, transposesA: false, transposesB: true)),
      [h, parameters["w4"]!, parameters["b4"]!])
    h = network.node(.matMul, [reshaped(h, [5, 1, 5]), parameters["right"]!])
    network.outputs = [reshaped(h, [5, 2])]
  }
}

@Suite struct `Gradients of a batch's own statistics beside PyTorch's` {
  @Test func `agree, and so do the statistics`() throws {
    let golden = try MeasuringNetwork()
    let names = MeasuringNetwork.names
    let evaluator = try TrainingEvaluator(
      network: golden.network, batchSize: 5, parameters: names.map { golden.parameters[$0]! },
      measured: golden.measured)
    try evaluator.set(parameters: try names.map { try MeasuringNetwork.fixture($0) })
    let tolerance = Tolerance(absolute: 1e-4, relative: 1e-4)
    let output = try evaluator.forward([try MeasuringNetwork.fixture("x")])[0]
    let expected = try MeasuringNetwork.fixture("output")
    #expect(tolerance.accepts(output.values, expected: expected.values))
    let found = try evaluator.pullBack([try MeasuringNetwork.fixture("seed")])
    for (name, gradient) in zip(names, found.parameters) {
      let expected = try MeasuringNetwork.fixture("by_" + name)
      #expect(gradient.shape == expected.shape, "\(name)")
      #expect(tolerance.accepts(gradient.values, expected: expected.values), "\(name)")
      #expect(expected.values.contains { abs($0) > 0.005 }, "\(name)")
    }
    #expect(found.moments.count == 4)
    for (place, moment) in found.moments.enumerated() {
      let expected = try MeasuringNetwork.fixture("moment\(place)")
      #expect(tolerance.accepts(moment.values, expected: expected.values), "moment \(place)")
    }
  }
}
