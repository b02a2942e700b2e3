import Network
import Tensors
import Testing

@Suite struct `folding batch normalization` {
  /// A convolution of 2 channels to 2 with a bias, then normalization, then Relu.
  private func normalized(_ first: Operation, weights: [Int]) -> (Network, ValueID, ValueID) {
    var network = Network(name: "normalized")
    let x = network.input("x", first.operatorName == "Conv" ? [1, 2, 1, 1] : [1, 2])
    let w = network.constant("w", weights, [1, 2, 3, 4])
    let b = network.constant("b", [2], [0.5, -1])
    let y = network.node(first, [x, w, b], name: "first")
    let parameters = [
      network.constant("gamma", [2], [2, 3]), network.constant("beta", [2], [0.25, 1]),
      network.constant("mean", [2], [1, -1]), network.constant("variance", [2], [3, 8]),
    ]
    let z = network.node(.batchNormalization(epsilon: 1), [y] + parameters, name: "norm")
    network.outputs = [network.node(.relu, [z])]
    return (network, y, z)
  }

  @Test
  func `a convolution takes scale and offset`() throws {
    let (network, _, normalizedValue) = normalized(convolution(1), weights: [2, 2, 1, 1])
    let folded = network.foldingBatchNormalization()
    #expect(folded.nodes.map(\.name) == ["first", "Relu_2"])
    #expect(folded.nodes[0].outputs == [normalizedValue])
    // s = (2 / √4, 3 / √9) = (1, 1); b' = s (b − μ) + β = (0.5 − 1 + 0.25, −1 + 1 + 1).
    #expect(folded.constants[folded.nodes[0].inputs[1]!]?.tensor.values == [1, 2, 3, 4])
    #expect(folded.constants[folded.nodes[0].inputs[2]!]?.tensor.values == [-0.25, 1])
    #expect(folded.constants.count == 2)
    #expect(folded[folded.nodes[0].inputs[1]!].name == "w_folded")
    _ = try folded.inferShapes(batch: 1)
  }

  @Test(arguments: [false, true])
  func `a Gemm is scaled along its outputs`(transposes: Bool) throws {
    let gemm = Gemm(alpha: 1, beta: 2, transposesA: false, transposesB: transposes)
    var (network, _, _) = normalized(.gemm(gemm), weights: [2, 2])
    let gamma = network.nodes[1].inputs[1]!
    network.constants[gamma] = .stored(StoredTensor(Tensor(shape: [2], values: [4, 6])))
    let folded = network.foldingBatchNormalization()
    // s = (2, 2): the same for both layouts; b' = 2 (2 b − μ) + β.
    #expect(folded.constants[folded.nodes[0].inputs[1]!]?.tensor.values == [2, 4, 6, 8])
    #expect(folded.constants[folded.nodes[0].inputs[2]!]?.tensor.values == [0.25, -1])
    network.constants[gamma] = .stored(StoredTensor(Tensor(shape: [2], values: [2, 6])))
    let uneven = network.foldingBatchNormalization()
    #expect(
      uneven.constants[uneven.nodes[0].inputs[1]!]?.tensor.values
        == (transposes ? [1, 2, 6, 8] : [1, 4, 3, 8]))
    guard case .gemm(let rewritten) = folded.nodes[0].operation else {
      Issue.record("not a Gemm")
      return
    }
    #expect(rewritten.beta == 1)
  }

  @Test
  func `a value with another reader or outside keeps its normalization`() {
    var (network, between, _) = normalized(convolution(1), weights: [2, 2, 1, 1])
    network.outputs.append(between)
    #expect(network.foldingBatchNormalization().nodes.count == 3)
    network.outputs.removeLast()
    network.outputs.append(network.node(.relu, [between]))
    #expect(network.foldingBatchNormalization().nodes.count == 4)
  }

  @Test
  func `computed parameters keep their normalization`() {
    var (network, _, _) = normalized(convolution(1), weights: [2, 2, 1, 1])
    let gamma = network.nodes[1].inputs[1]!
    network.constants[gamma] = nil
    network.inputs.append(gamma)
    #expect(network.foldingBatchNormalization().nodes.count == 3)
  }
}

@Suite struct `cutting and cleaning` {
  /// x → a → b → c, x → d, e = c + d; weights on a and d.
  private func diamond() -> (Network, [String: ValueID]) {
    var network = Network(name: "diamond")
    let x = network.input("x", [1, 2, 4, 4])
    let unused = network.input("unused", [1])
    let w = network.constant("w", [2, 2, 1, 1])
    let v = network.constant("v", [2, 2, 1, 1])
    let a = network.node(convolution(1), [x, w], name: "a")
    let b = network.node(.relu, [a], name: "b")
    let c = network.node(.identity, [b], name: "c")
    let d = network.node(convolution(1), [x, v], name: "d")
    let e = network.node(.add, [c, d], name: "e")
    _ = network.node(.relu, [a], name: "dead")
    network.outputs = [e]
    let values = [
      "x": x, "unused": unused, "w": w, "v": v, "a": a, "b": b, "c": c, "d": d, "e": e,
    ]
    return (network, values)
  }

  @Test
  func `a part has only the nodes and constants it needs`() throws {
    let (network, value) = diamond()
    let tail = network.extracting(from: [value["b"]!, value["d"]!], to: [value["e"]!])
    #expect(tail.nodes.map(\.name) == ["c", "e"])
    #expect(tail.inputs == [value["b"]!, value["d"]!])
    #expect(tail.constants.isEmpty)
    #expect(tail.values == network.values)
    let head = network.extracting(from: [value["x"]!], to: [value["b"]!])
    #expect(head.nodes.map(\.name) == ["a", "b"])
    #expect(Array(head.constants.keys) == [value["w"]!])
    let mixed = network.extracting(from: [value["c"]!], to: [value["e"]!, value["c"]!])
    #expect(mixed.nodes.map(\.name) == ["d", "e"])
    #expect(mixed.inputs == [value["c"]!, value["x"]!])
    #expect(mixed.outputs == [value["e"]!, value["c"]!])
  }

  @Test
  func `unused nodes go, inputs stay`() {
    let (network, value) = diamond()
    let cleaned = network.removingUnused()
    #expect(cleaned.nodes.map(\.name) == ["a", "b", "c", "d", "e"])
    #expect(cleaned.inputs == [value["x"]!, value["unused"]!])
    #expect(cleaned.constants.count == 2)
  }

  @Test
  func `identities go unless an output needs the copy`() throws {
    let (network, value) = diamond()
    let cleaned = network.removingIdentities()
    #expect(cleaned.nodes.map(\.name) == ["a", "b", "d", "e", "dead"])
    #expect(cleaned.nodes[3].inputs == [value["b"]!, value["d"]!])
    // Where the copy is an output its producer writes it.
    var ending = network
    ending.outputs = [value["c"]!]
    let renamed = ending.removingIdentities()
    #expect(renamed.nodes[1].outputs == [value["c"]!])
    _ = try renamed.inferShapes(batch: 1)
    // A copy of an input, and of another output, stays.
    var plumbing = Network(name: "plumbing")
    let x = plumbing.input("x", [1])
    let y = plumbing.node(.identity, [x])
    plumbing.outputs = [y, plumbing.node(.identity, [y])]
    #expect(plumbing.removingIdentities().nodes.count == 2)
  }

  @Test
  func `chains of identities end at the value they copy`() throws {
    var network = Network(name: "chain")
    let x = network.input("x", [1])
    let relu = network.node(.relu, [x])
    let first = network.node(.identity, [relu])
    let second = network.node(.identity, [first])
    let other = network.node(.relu, [first])
    network.outputs = [second, network.node(.add, [relu, other])]
    let cleaned = network.removingIdentities()
    #expect(cleaned.nodes.map(\.operation) == [.relu, .relu, .add])
    #expect(cleaned.nodes[0].outputs == [second])
    #expect(cleaned.nodes[1].inputs == [second])
    #expect(cleaned.nodes[2].inputs == [second, other])
    _ = try cleaned.inferShapes(batch: 1)
  }

  @Test
  func `a quantizer goes before the readers it is for`() throws {
    let (network, value) = diamond()
    let quantizer = ActivationQuantizer(bits: 2, step: 0.5)
    let coded = network.insertingQuantizer(quantizer, on: value["x"]!, forConsumers: [3])
    #expect(coded.nodes.map(\.name) == ["a", "b", "c", "x_quantized", "d", "e", "dead"])
    #expect(coded.nodes[0].inputs[0] == value["x"]!)
    #expect(coded.nodes[4].inputs[0] == coded.nodes[3].outputs[0])
    #expect(coded.nodes[3].operation == .quantize(quantizer))
    _ = try coded.inferShapes(batch: 1)
    let twice = coded.insertingQuantizer(quantizer, on: value["x"]!, forConsumers: [0])
    #expect(twice[twice.nodes[0].outputs[0]].name == "x_quantized_2")
  }
}
