import Execution
import Network
import Tensors
import TestSupport
import Testing

/// A convolution's shape as a test case.
private struct Shape: Sendable, CustomTestStringConvertible {
  var kernel: [Int]
  var stride = 1
  var dilation = 1
  var groups = 1
  var channels = 5
  var outputs = 7
  var extents = [9, 6]

  var testDescription: String { "\(self)" }

  var convolution: Convolution {
    let side = kernel.map { ($0 - 1) * dilation / 2 }
    return Convolution(
      kernel: kernel, strides: kernel.map { _ in stride }, dilations: kernel.map { _ in dilation },
      padding: .explicit(before: side, after: side), groups: groups)
  }

  static let all = [
    Shape(kernel: [3, 3]), Shape(kernel: [3, 3], stride: 2), Shape(kernel: [1, 1], stride: 2),
    Shape(kernel: [3, 3], dilation: 2), Shape(kernel: [3, 3], channels: 32, outputs: 16),
    Shape(kernel: [3, 3], groups: 6, channels: 6, outputs: 6),
    Shape(kernel: [3, 1], groups: 2, channels: 4, outputs: 6),
    Shape(kernel: [1, 1], channels: 10, outputs: 3, extents: [1, 1]),
    Shape(kernel: [3], channels: 4, outputs: 5, extents: [11]),
  ]
}

@Suite struct `Convolutions with pullbacks` {
  /// ⟨∂y, w ∗ x⟩ is linear in x and in w, so its pullbacks are its derivatives exactly.
  @Test(arguments: Shape.all)
  private func `go back by the adjoint of their forward pass`(shape: Shape) throws {
    var random = SplitMix64(seed: 3)
    func values(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
    let inputShape = [3, shape.channels] + shape.extents
    let layer = try DifferentiableConvolution(
      shape.convolution, inputShape: inputShape, outputs: shape.outputs, name: "layer")
    let x = values(inputShape.product)
    let w = values(layer.weightShape.product)
    let b = values(shape.outputs)
    let gradient = values(layer.outputShape.product)
    var y = [Float](repeating: .nan, count: gradient.count)
    try layer.forward(x, weights: w, bias: b, into: &y)
    var (atX, atW, atB) = (x, w, b)
    try layer.pullBackToInput(gradient, weights: w, into: &atX)
    try layer.pullBackToWeights(gradient, input: x, into: &atW, bias: &atB)
    let whole = dot(gradient, y)
    let tolerance = Tolerance(absolute: 1e-3, relative: 1e-5)
    #expect(tolerance.accepts(dot(atX, x) + dot(atB, b), expected: whole))
    #expect(tolerance.accepts(dot(atW, w) + dot(atB, b), expected: whole))
    // In a direction of its own too: one number alone could be right by scaling.
    let other = values(x.count)
    var moved = y
    try layer.forward(other, weights: w, bias: [Float](repeating: 0, count: b.count), into: &moved)
    #expect(tolerance.accepts(dot(atX, other), expected: dot(gradient, moved)))
    let turned = values(w.count)
    try layer.forward(x, weights: turned, bias: [Float](repeating: 0, count: b.count), into: &moved)
    #expect(tolerance.accepts(dot(atW, turned), expected: dot(gradient, moved)))
  }

  @Test(arguments: Shape.all)
  private func `give what the executor gives`(shape: Shape) throws {
    var random = SplitMix64(seed: 4)
    func tensor(_ shape: [Int]) -> Tensor {
      Tensor(shape: shape, values: (0..<shape.product).map { _ in Float(random.normal()) })
    }
    let x = tensor([2, shape.channels] + shape.extents)
    let layer = try DifferentiableConvolution(
      shape.convolution, inputShape: x.shape, outputs: shape.outputs, name: "layer")
    let (w, b) = (tensor(layer.weightShape), tensor([shape.outputs]))
    var network = Network(name: "one")
    let input = network.addValue(
      ValueInfo(name: "x", declaredShape: x.shape.map { .fixed($0) }))
    network.inputs = [input]
    let weights = network.addConstant(.stored(StoredTensor(w)), name: "w")
    let bias = network.addConstant(.stored(StoredTensor(b)), name: "b")
    let output = network.addValue(ValueInfo(name: "y"))
    network.nodes = [
      Node(
        name: "layer", operation: .convolution(shape.convolution),
        inputs: [input, weights, bias], outputs: [output])
    ]
    network.outputs = [output]
    let expected = try Executor(network: network, batchSize: 2).run([x])[0]
    #expect(expected.shape == layer.outputShape)
    var y = [Float](repeating: .nan, count: expected.values.count)
    try layer.forward(x.values, weights: w.values, bias: b.values, into: &y)
    #expect(Tolerance(absolute: 1e-4, relative: 1e-5).accepts(y, expected: expected.values))
  }

  private func dot(_ left: [Float], _ right: [Float]) -> Double {
    zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
}
