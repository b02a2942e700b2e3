import Network
import Planning
import Tensors
import TestSupport
import Testing

@Suite struct `Layers` {
  private var random = SplitMix64(seed: 1)

  private mutating func gemm(
    alpha: Float = 1, beta: Float = 1, transposesA: Bool = false, transposesB: Bool = true,
    bias: [Int]? = [4]
  ) -> [Layer] {
    var network = Network(name: "gemm")
    let x = network.input("x", [3])
    let w = network.constant("w", random.tensor(transposesB ? [4, 3] : [3, 4]))
    let b = bias.map { network.constant("b", random.tensor($0)) }
    let operation = Gemm(
      alpha: alpha, beta: beta, transposesA: transposesA, transposesB: transposesB)
    network.outputs = [network.node("fc", .gemm(operation), [x, w, b])]
    return network.layers
  }

  @Test(arguments: [true, false])
  mutating func `A Gemm is a linear layer, either way its weights are stored`(transposesB: Bool) {
    let found = gemm(transposesB: transposesB)
    #expect(found.count == 1)
    #expect(found.first?.kind == .linear(storedTransposed: !transposesB))
    #expect(found.first?.outputs == 4)
    #expect(found.first?.inputs == 3)
    #expect(found.first?.groups == 1)
  }

  @Test mutating func `A Gemm that does more than a regression covers is left alone`() {
    #expect(gemm(alpha: 2).isEmpty)
    #expect(gemm(beta: 0.5).isEmpty)
    #expect(gemm(transposesA: true).isEmpty)
    #expect(gemm(bias: [2, 4]).isEmpty)
    // Without a bias, β scales nothing.
    #expect(gemm(beta: 0.5, bias: nil).count == 1)
  }

  @Test(
    arguments: [
      ([4], 1), ([1, 4], 1), ([1], 1), ([], 1), (nil, 1), ([4], 0.5), (nil, 0.5),
    ] as [([Int]?, Float)])
  mutating func `The factors of a Gemm go into its weights and bias`(
    bias: [Int]?, beta: Float
  ) throws {
    var network = Network(name: "gemm")
    let x = network.input("x", [3])
    let w = network.constant("w", random.tensor([4, 3]))
    let b = bias.map { network.constant("b", random.tensor($0)) }
    let operation = Gemm(alpha: 0.25, beta: beta, transposesA: false, transposesB: true)
    network.outputs = [network.node("fc", .gemm(operation), [x, w, b])]
    let folded = network.foldingFactors()
    #expect(folded.uncoveredLayers.isEmpty)
    let layer = try #require(folded.layers.first)
    #expect(folded.weightRows(of: layer).values == random(network, w).map { 0.25 * $0 })
    let expected = b.map { random(network, $0).map { beta * $0 } } ?? [0]
    #expect(
      folded.biasValues(of: layer)
        == (expected.count == 4 ? expected : [Float](repeating: expected[0], count: 4)))
    // α and β are powers of two here, so nothing is rounded otherwise.
    let images = random.tensor([5, 3])
    #expect(
      try evaluateInBatches(folded, inputs: [images])
        == evaluateInBatches(network, inputs: [images]))
  }

  private func random(_ network: Network, _ value: ValueID) -> [Float] {
    network.constants[value]?.tensor.values ?? []
  }

  @Test mutating func `A Gemm whose rows have biases of their own stays as it is`() {
    var network = Network(name: "gemm")
    let x = network.input("x", [3])
    let w = network.constant("w", random.tensor([3, 4]))
    let b = network.constant("b", random.tensor([2, 4]))
    let operation = Gemm(alpha: 2, beta: 1, transposesA: false, transposesB: false)
    network.outputs = [network.node("fc", .gemm(operation), [x, w, b])]
    let folded = network.foldingFactors()
    #expect(folded.nodes[0].operation == .gemm(operation))
    #expect(
      folded.uncoveredLayers.map(\.reason)
        == ["its bias of shape [2, 4] is not one value per output (4)"])
  }

  @Test mutating func `A MatMul is a layer when its second operand is a constant matrix`() {
    var network = Network(name: "products")
    let x = network.input("x", [5, 3])
    let matrix = network.constant("w", random.tensor([3, 4]))
    let stack = network.constant("stack", random.tensor([5, 4, 2]))
    let y = network.node("first", .matMul, [x, matrix])
    let z = network.node("second", .matMul, [y, stack])
    let w = network.node("third", .matMul, [z, z])
    let v = network.node("fourth", .matMul, [matrix, w])
    network.outputs = [v]
    let found = network.layers
    #expect(found.map(\.name) == ["first"])
    #expect(network.uncoveredLayers.map(\.name) == ["second", "fourth"])
    #expect(
      network.uncoveredLayers.map(\.reason) == [
        "its weights of shape [5, 4, 2] are no matrix", "its first operand holds the weights",
      ])
    #expect(found.first?.kind == .linear(storedTransposed: true))
    #expect(found.first?.outputs == 4)
    #expect(found.first?.inputs == 3)
  }

  @Test mutating func `Weights or biases that are computed make no layer`() {
    var network = Network(name: "computed")
    let x = network.input("x", [3, 8, 8])
    let w = network.constant("w", random.tensor([4, 3, 3, 3]))
    let computed = network.node("computed", .identity, [w])
    let b = network.constant("b", random.tensor([4]))
    let bias = network.node("bias", .identity, [b])
    let y = network.node("weights", .convolution(.square(3)), [x, computed, b])
    let z = network.node("biased", .convolution(.square(3)), [x, w, bias])
    network.outputs = [y, z]
    #expect(network.layers.isEmpty)
    #expect(network.uncoveredLayers.map(\.name) == ["biased"])
    #expect(network.uncoveredLayers.map(\.reason) == ["its bias is computed"])
  }

  @Test mutating func `Convolutions are layers over one or two axes, in groups or depthwise`() {
    var network = Network(name: "convolutions")
    let x = network.input("x", [8, 6, 6])
    let a = network.convolution("grouped", x, 8, to: 12, groups: 4)
    let b = network.convolution("depthwise", x, 8, to: 16, groups: 8)
    let line = network.input("line", [6, 20])
    let w = network.constant("w", random.tensor([5, 6, 3]))
    let one = Convolution(
      kernel: [3], strides: [1], dilations: [1], padding: .sameUpper, groups: 1)
    let c = network.node("line", .convolution(one), [line, w])
    let volume = network.input("volume", [2, 4, 4, 4])
    let cube = network.constant("cube", random.tensor([3, 2, 1, 1, 1]))
    let three = Convolution(
      kernel: [1, 1, 1], strides: [1, 1, 1], dilations: [1, 1, 1], padding: .sameUpper, groups: 1)
    let d = network.node("volume", .convolution(three), [volume, cube])
    network.outputs = [a, b, c, d]
    let found = network.layers
    #expect(found.map(\.name) == ["grouped", "depthwise", "line"])
    #expect(
      network.uncoveredLayers.map(\.reason) == ["it runs over 3 spatial axes; up to 2 are covered"])
    #expect(found.map(\.groups) == [4, 8, 1])
    #expect(found.map(\.inputs) == [18, 9, 18])
    #expect(found.map(\.rowsPerGroup) == [3, 2, 5])
  }

  @Test mutating func `Weight rows do not depend on how the weights are stored`() {
    let rows = random.tensor([4, 3])
    var turned = [Float](repeating: 0, count: 12)
    for row in 0..<4 {
      for column in 0..<3 { turned[column * 4 + row] = rows.values[row * 3 + column] }
    }
    var network = Network(name: "rows")
    let x = network.input("x", [3])
    let a = network.constant("a", rows)
    let b = network.constant("b", Tensor(shape: [3, 4], values: turned))
    let plain = Gemm(alpha: 1, beta: 1, transposesA: false, transposesB: true)
    network.outputs = [
      network.node("plain", .gemm(plain), [x, a]), network.node("turned", .matMul, [x, b]),
    ]
    for layer in network.layers {
      #expect(network.weightRows(of: layer) == rows)
      #expect(network.biasValues(of: layer) == [0, 0, 0, 0])
    }
    #expect(network.layers.count == 2)
  }
}
