import Network
import Planning
import Quantization
import Tensors
import TestSupport

/// A small network on images with a residual sum, and its low-bit form by projection.
struct FineTuningExample {
  var reference = Network(name: "small")
  var lowBit: Network
  let sets: [String: WeightSet] = ["first": .int8, "inner": .ternary, "last": .int8]

  private static func tensor(_ shape: [Int], seed: UInt64, scale: Double = 1) -> Tensor {
    var random = SplitMix64(seed: seed)
    return Tensor(
      shape: shape, values: (0..<shape.product).map { _ in Float(random.normal() * scale) })
  }

  init() throws {
    let x = reference.addValue(
      ValueInfo(
        name: "x", declaredShape: [.symbolic("n"), .fixed(3), .fixed(8), .fixed(8)]))
    reference.inputs = [x]
    var network = reference
    func constant(_ name: String, _ shape: [Int], seed: UInt64) -> ValueID {
      let tensor = Self.tensor(shape, seed: seed, scale: shape.count == 1 ? 0.1 : 0.25)
      return network.addConstant(.stored(StoredTensor(tensor)), name: name)
    }
    func node(_ name: String, _ operation: Operation, _ inputs: [ValueID]) -> ValueID {
      let output = network.addValue(ValueInfo(name: name + ".output"))
      network.nodes.append(
        Node(name: name, operation: operation, inputs: inputs, outputs: [output]))
      return output
    }
    let convolution = Operation.convolution(
      Convolution(
        kernel: [3, 3], strides: [1, 1], dilations: [1, 1],
        padding: .explicit(before: [1, 1], after: [1, 1]), groups: 1))
    let first = node(
      "relu1", .relu,
      [
        node(
          "first", convolution,
          [x, constant("w1", [8, 3, 3, 3], seed: 1), constant("b1", [8], seed: 2)])
      ])
    let inner = node(
      "inner", convolution,
      [first, constant("w2", [8, 8, 3, 3], seed: 3), constant("b2", [8], seed: 4)])
    let sum = node("relu2", .relu, [node("add", .add, [inner, first])])
    let pooled = node("flatten", .flatten(axis: 1), [node("pool", .globalAveragePool, [sum])])
    let logits = node(
      "last", .gemm(Gemm(alpha: 1, beta: 1, transposesA: false, transposesB: false)),
      [pooled, constant("w3", [8, 5], seed: 5), constant("b3", [5], seed: 6)])
    network.outputs = [logits]
    reference = network
    lowBit = try Self.projecting(
      network.insertingQuantizer(
        ActivationQuantizer(bits: 2, step: 0.25), on: first,
        forConsumers: [network.layers[1].node]), onto: sets)
  }

  /// The network with every row projected.
  private static func projecting(
    _ network: Network, onto sets: [String: WeightSet]
  ) throws -> Network {
    var lowBit = network
    for layer in lowBit.layers {
      let rows = lowBit.weightRows(of: layer).values
      var codes = [Int8](repeating: 0, count: rows.count)
      var scales: [Float] = []
      for row in 0..<layer.outputs {
        let place = row * layer.inputs..<(row + 1) * layer.inputs
        var found = [Int8](repeating: 0, count: layer.inputs)
        var workspace = ProjectionWorkspace()
        var span = found.mutableSpan
        scales.append(
          Float(
            project(
              Array(rows[place]).span, onto: sets[layer.name]!, codes: &span,
              workspace: &workspace)))
        codes.replaceSubrange(place, with: found)
      }
      lowBit = try lowBit.applying(
        LayerSolution(
          layer: layer.name, weights: sets[layer.name]!, codes: codes, scales: scales,
          offsets: lowBit.biasValues(of: layer)))
    }
    return lowBit
  }

  func images(_ count: Int, seed: UInt64) -> Tensor {
    Self.tensor([count, 3, 8, 8], seed: seed)
  }
}

extension SplitMix64 {
  /// Normally distributed numbers.
  mutating func tensor(_ shape: [Int]) -> Tensor {
    Tensor(shape: shape, values: (0..<shape.product).map { _ in Float(normal()) })
  }
}
