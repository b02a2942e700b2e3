import Network
import Tensors

/// Builds small networks for the tests of the writer.
struct NetworkBuilder {
  var network: Network
  private var state: UInt64 = 0x2545_F491_4F6C_DD1D

  init(name: String = "test") { network = Network(name: name) }

  mutating func input(_ name: String, _ shape: [Dimension]) -> ValueID {
    let value = network.addValue(ValueInfo(name: name, declaredShape: shape))
    network.inputs.append(value)
    return value
  }

  /// Adds a node that computes one new value.
  mutating func add(
    _ operation: Operation, _ inputs: ValueID?..., name: String, shape: [Dimension]? = nil
  ) -> ValueID {
    let output = network.addValue(ValueInfo(name: name + "_out", declaredShape: shape))
    network.nodes.append(Node(name: name, operation: operation, inputs: inputs, outputs: [output]))
    return output
  }

  /// A uniform number in 0..<1 (xorshift).
  mutating func random() -> Float {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Float(state >> 40) * 0x1p-24
  }

  mutating func floats(_ name: String, _ shape: [Int]) -> ValueID {
    let values = (0..<shape.product).map { _ in random() - 0.5 }
    return network.addConstant(
      .stored(StoredTensor(Tensor(shape: shape, values: values))), name: name)
  }

  /// Codes of `set` chosen at random, with one scale per index of `axis`.
  mutating func codes(
    _ name: String, _ shape: [Int], of set: [Int8] = [-1, 0, 1], axis: Int = 0,
    perTensor: Bool = false, storage: ElementType = .int2
  ) -> ValueID {
    let codes = (0..<shape.product).map { _ in set[Int(random() * Float(set.count))] }
    let scales = (0..<(perTensor ? 1 : shape[axis])).map { _ in 0.05 + 0.1 * random() }
    return network.addConstant(
      .quantized(
        QuantizedTensor(shape: shape, codes: codes, scales: scales, axis: axis, storage: storage)),
      name: name)
  }
}

func convolution(
  _ size: Int = 3, stride: Int = 1, padding: Int = 1, groups: Int = 1
) -> Operation {
  .convolution(
    Convolution(
      kernel: [size, size], strides: [stride, stride], dilations: [1, 1],
      padding: .explicit(before: [padding, padding], after: [padding, padding]), groups: groups))
}

func maxPool(_ size: Int) -> Operation {
  .maxPool(
    Pooling(
      kernel: [size, size], strides: [size, size], dilations: [1, 1],
      padding: .explicit(before: [0, 0], after: [0, 0]), ceilMode: false))
}

/// A residual network whose code sites are of the given kind: int8 first layer, ternary and shift
/// weights, a site that feeds a pooling, one behind it, a slice-and-pad shortcut, a classifier.
func residualNetwork(
  site quantizer: ActivationQuantizer? = ActivationQuantizer(bits: 2, step: 0.5),
  ternaryStorage: ElementType = .int2
) -> Network {
  var builder = NetworkBuilder(name: "residual")
  func site(_ value: ValueID, _ name: String) -> ValueID {
    guard let quantizer else { return value }
    return builder.add(.quantize(quantizer), value, name: name)
  }
  let image = builder.input("image", [.symbolic("N"), .fixed(3), .fixed(8), .fixed(8)])
  let first = builder.codes("first.w", [4, 3, 3, 3], of: [-90, -3, 0, 5, 127], storage: .int8)
  var value = builder.add(
    convolution(), image, first, builder.floats("first.b", [4]), name: "first")
  value = builder.add(.relu, value, name: "first.relu")
  let trunk = value
  value = site(value, "site1")
  value = builder.add(
    convolution(), value, builder.codes("a.w", [4, 4, 3, 3], storage: ternaryStorage),
    builder.floats("a.b", [4]), name: "a")
  value = builder.add(.add, value, trunk, name: "sum")
  value = builder.add(.relu, value, name: "sum.relu")
  value = site(value, "site2")
  let half = builder.add(
    .slice([
      SliceAxis(axis: 2, start: 0, end: .max, step: 2),
      SliceAxis(axis: 3, start: 0, end: .max, step: 2),
    ]), value, name: "half")
  let shortcut = builder.add(
    .pad(Padding(before: [0, 2, 0, 0], after: [0, 2, 0, 0], mode: .constant(0))), half,
    name: "shortcut")
  value = builder.add(maxPool(2), value, name: "pool")
  value = site(value, "site3")
  value = builder.add(
    convolution(), value,
    builder.codes("b.w", [8, 4, 3, 3], of: [-4, -2, -1, 0, 1, 2, 4], storage: .int4),
    builder.floats("b.b", [8]), name: "b")
  value = builder.add(.add, value, shortcut, name: "sum2")
  value = builder.add(.relu, value, name: "sum2.relu")
  value = site(value, "site4")
  value = builder.add(
    convolution(groups: 8), value, builder.codes("depthwise.w", [8, 1, 3, 3], perTensor: true), nil,
    name: "depthwise")
  value = builder.add(.globalAveragePool, value, name: "mean")
  value = builder.add(.flatten(axis: 1), value, name: "flat")
  value = site(value, "site5")
  value = builder.add(
    .gemm(Gemm(alpha: 1, beta: 1, transposesA: false, transposesB: true)), value,
    builder.codes("classifier.w", [10, 8], of: [-127, -20, 0, 64], storage: .int8),
    builder.floats("classifier.b", [10]), name: "classifier",
    shape: [.symbolic("N"), .fixed(10)])
  builder.network.outputs = [value]
  return builder.network
}

/// A network with every operation and every attribute that changes what is written.
func everyOperation() -> Network {
  var builder = NetworkBuilder(name: "all")
  let image = builder.input("image", [.fixed(2), .fixed(4), .fixed(9), .fixed(9)])
  var value = builder.add(
    .convolution(
      Convolution(
        kernel: [3, 2], strides: [2, 1], dilations: [1, 2],
        padding: .explicit(before: [1, 0], after: [0, 2]), groups: 2)),
    image, builder.floats("w1", [6, 2, 3, 2]), nil, name: "conv")
  value = builder.add(
    .convolution(
      Convolution(
        kernel: [2, 2], strides: [1, 1], dilations: [1, 1], padding: .sameUpper, groups: 1)),
    value, builder.floats("w2", [6, 6, 2, 2]), builder.floats("b2", [6]), name: "same")
  value = addWindowsAndLayout(value, to: &builder)
  value = addProductsAndHead(value, to: &builder)
  builder.network.outputs = [value]
  return builder.network
}

/// Normalization, activations, pooling, padding and slicing.
private func addWindowsAndLayout(_ input: ValueID, to builder: inout NetworkBuilder) -> ValueID {
  var value = builder.add(
    .batchNormalization(epsilon: 0.002), input, builder.floats("scale", [6]),
    builder.floats("offset", [6]), builder.floats("mean", [6]),
    builder.network.addConstant(
      .stored(StoredTensor(Tensor(shape: [6], values: [1, 2, 0.5, 1, 3, 1]))), name: "variance"),
    name: "bn")
  value = builder.add(.leakyRelu(slope: 0.25), value, name: "leaky")
  value = builder.add(.clip(lower: -1, upper: .infinity), value, name: "floor")
  value = builder.add(.clip(lower: -.infinity, upper: 6), value, name: "ceiling")
  value = builder.add(.clip(lower: -0.75, upper: 5), value, name: "both")
  value = builder.add(
    .maxPool(
      Pooling(
        kernel: [2, 2], strides: [1, 1], dilations: [1, 1],
        padding: .explicit(before: [1, 1], after: [0, 0]), ceilMode: false)),
    value, name: "max")
  value = builder.add(
    .averagePool(
      Pooling(
        kernel: [3, 3], strides: [2, 2], dilations: [1, 1],
        padding: .explicit(before: [1, 1], after: [1, 1]), ceilMode: true),
      countsPadding: true), value, name: "average")
  value = builder.add(
    .pad(Padding(before: [0, 0, 1, 1], after: [0, 0, 2, 0], mode: .constant(1.5))), value,
    name: "pad")
  value = builder.add(
    .pad(Padding(before: [0, 0, 1, 1], after: [0, 0, 1, 1], mode: .reflect)), value,
    name: "reflect")
  value = builder.add(
    .pad(Padding(before: [0, 0, 1, 0], after: [0, 0, 0, 1], mode: .edge)), value, name: "edge")
  value = builder.add(
    .slice([
      SliceAxis(axis: 3, start: -1, end: Int.min, step: -1),
      SliceAxis(axis: 2, start: 1, end: 4, step: 1),
    ]), value, name: "slice")
  return value
}

/// Element-wise functions, channel normalization, resampling and axes of extent 1.
private func addFunctions(_ input: ValueID, to builder: inout NetworkBuilder) -> ValueID {
  var value = input
  let functions: [Unary] = [
    .absolute, .exponential, .hardSwish, .negation, .sigmoid, .softplus, .logarithm,
    .hyperbolicTangent, .elu(alpha: 0.5), .selu(alpha: 1.5, gamma: 1.25),
    .hardSigmoid(alpha: 0.25, beta: 0.5), .squareRoot, .power(exponent: 1.5),
  ]
  for (index, function) in functions.enumerated() {
    value = builder.add(.unary(function), value, name: "function\(index)")
  }
  for (index, function) in [Binary.subtract, .divide, .maximum, .minimum, .parametricRelu]
    .enumerated()
  {
    value = builder.add(
      .binary(function), value, builder.floats("operand\(index)", [1, 12, 1, 1]),
      name: "binary\(index)")
  }
  value = builder.add(
    .localResponseNormalization(
      LocalResponseNormalization(size: 3, alpha: 0.5, beta: 0.5, bias: 2)), value, name: "lrn")
  for (index, target) in [
    Resize.Target.scales([1, 1, 2, 1.5]), .sizes([nil, nil, 3, 4]), .sizes([2, 12, 4, 3]),
  ].enumerated() {
    value = builder.add(
      .resize(
        Resize(
          target: target,
          mode: [.nearest(.ceiling), .linear, .cubic(coefficient: -0.5, excludesOutside: true)][
            index], coordinates: .alignCorners)), value, name: "resize\(index)")
  }
  value = builder.add(.unsqueeze(axes: [1, 3]), value, name: "unsqueeze")
  return builder.add(.squeeze(axes: [1, 3]), value, name: "squeeze")
}

/// Products, joins, softmax and a classifier.
private func addProductsAndHead(_ input: ValueID, to builder: inout NetworkBuilder) -> ValueID {
  var value = input
  let turned = builder.add(.transpose(permutation: [0, 1, 3, 2]), value, name: "turn")
  let product = builder.add(.matMul, value, turned, name: "product")
  value = builder.add(.multiply, product, product, name: "square")
  value = builder.add(.add, value, builder.floats("shift", [1, 6, 1, 1]), name: "shifted")
  let joined = builder.add(.concatenate(axis: 1), value, product, name: "join")
  value = builder.add(.softmax(axis: 2, flattensTrailing: true), joined, name: "flatSoftmax")
  value = builder.add(.softmax(axis: 1, flattensTrailing: false), value, name: "softmax")
  value = addFunctions(value, to: &builder)
  value = builder.add(.identity, value, name: "same2")
  value = builder.add(.globalAveragePool, value, name: "global")
  value = builder.add(
    .reshape(Reshape(target: [0, -1], allowsZero: false)), value, name: "reshape")
  value = builder.add(.relu, value, name: "relu")
  value = builder.add(.flatten(axis: 1), value, name: "flatten")
  value = builder.add(
    .gemm(Gemm(alpha: 0.5, beta: 2, transposesA: false, transposesB: false)), value,
    builder.floats("gemm.w", [12, 5]), builder.floats("gemm.b", [5]), name: "gemm",
    shape: [.fixed(2), .fixed(5)])
  return value
}
