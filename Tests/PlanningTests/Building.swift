import Execution
import Network
import Planning
import Tensors
import TestSupport

extension SplitMix64 {
  /// Uniform in −1 ..< 1.
  mutating func tensor(_ shape: [Int]) -> Tensor {
    Tensor(shape: shape, values: (0..<shape.product).map { _ in Float(uniform() * 2 - 1) })
  }
}

extension Network {
  mutating func input(_ name: String, _ shape: [Int]) -> ValueID {
    let value = addValue(
      ValueInfo(name: name, declaredShape: [.symbolic("N")] + shape.map { .fixed($0) }))
    inputs.append(value)
    return value
  }

  mutating func constant(_ name: String, _ tensor: Tensor) -> ValueID {
    addConstant(.stored(StoredTensor(tensor)), name: name)
  }

  @discardableResult
  mutating func node(_ name: String, _ operation: Operation, _ inputs: [ValueID?]) -> ValueID {
    let output = addValue(ValueInfo(name: name + ".out"))
    nodes.append(Node(name: name, operation: operation, inputs: inputs, outputs: [output]))
    return output
  }

  /// A convolution with random weights and bias.
  mutating func convolution(
    _ name: String, _ input: ValueID, _ channels: Int, to outputs: Int, kernel: Int = 3,
    stride: Int = 1, groups: Int = 1, seed: UInt64 = 1
  ) -> ValueID {
    var random = SplitMix64(seed: seed)
    let weights = constant(
      name + ".weight", random.tensor([outputs, channels / groups, kernel, kernel]))
    let bias = constant(name + ".bias", random.tensor([outputs]))
    return node(
      name, .convolution(.square(kernel, stride: stride, groups: groups)), [input, weights, bias])
  }
}

extension Convolution {
  /// Two equal spatial axes, padded so that stride 1 keeps the extents.
  static func square(_ kernel: Int, stride: Int = 1, groups: Int = 1) -> Convolution {
    let side = [kernel / 2, kernel / 2]
    return Convolution(
      kernel: [kernel, kernel], strides: [stride, stride], dilations: [1, 1],
      padding: .explicit(before: side, after: side), groups: groups)
  }
}

/// A small residual network: stem, a block with an identity shortcut, a block with a projection, a
/// classifier. Weights are random.
func residualNetwork(seed: UInt64 = 7) -> Network {
  var network = Network(name: "residual")
  let x = network.input("image", [3, 8, 8])
  let stem = network.convolution("stem", x, 3, to: 8, seed: seed)
  let a = network.node("stem.relu", .relu, [stem])
  let b = network.convolution("one.a", a, 8, to: 8, seed: seed + 1)
  let c = network.node("one.a.relu", .relu, [b])
  let d = network.convolution("one.b", c, 8, to: 8, seed: seed + 2)
  let e = network.node("one.sum", .add, [d, a])
  let f = network.node("one.relu", .relu, [e])
  let g = network.convolution("two.a", f, 8, to: 12, stride: 2, seed: seed + 3)
  let h = network.node("two.a.relu", .relu, [g])
  let i = network.convolution("two.b", h, 12, to: 12, seed: seed + 4)
  let j = network.convolution("two.down", f, 8, to: 12, kernel: 1, stride: 2, seed: seed + 5)
  let k = network.node("two.sum", .add, [i, j])
  let l = network.node("two.relu", .relu, [k])
  let m = network.node("pool", .globalAveragePool, [l])
  let n = network.node("flatten", .flatten(axis: 1), [m])
  var random = SplitMix64(seed: seed + 6)
  let weights = network.constant("head.weight", random.tensor([5, 12]))
  let bias = network.constant("head.bias", random.tensor([5]))
  let head = Gemm(alpha: 1, beta: 1, transposesA: false, transposesB: true)
  network.outputs = [network.node("head", .gemm(head), [n, weights, bias])]
  return network
}

func layerNamed(_ name: String, in network: Network) -> Layer? {
  network.layers.first { $0.name == name }
}

/// The outputs of a network on one batch.
func outputs(of network: Network, _ inputs: [Tensor]) throws -> [Tensor] {
  let shapes = zip(network.inputs, inputs).map { ($0, $1.shape) }
  let executor = try Executor(
    network: network, batchSize: inputs[0].shape[0],
    inputShapes: Dictionary(uniqueKeysWithValues: shapes))
  return try executor.run(inputs)
}
