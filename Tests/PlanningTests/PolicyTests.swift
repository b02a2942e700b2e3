import Network
import Planning
import Quantization
import Tensors
import Testing

@Suite struct `Policies` {
  private let network = residualNetwork()

  private func policies(_ change: (inout Recipe) -> Void) throws -> [String: LayerPolicy] {
    var recipe = Recipe()
    change(&recipe)
    return Dictionary(
      uniqueKeysWithValues: try recipe.policies(for: network).map { ($0.layer.name, $0) })
  }

  @Test func `Every layer gets the recipe's weights and codes, and the ends 8 bits`() throws {
    let found = try policies { _ in }
    #expect(found.count == 7)
    for name in ["one.a", "one.b", "two.a", "two.b", "two.down"] {
      #expect(found[name]?.weights == .set(.ternary))
      #expect(found[name]?.activations == .bits(2))
    }
    #expect(found["stem"]?.weights == .set(.int8))
    #expect(found["stem"]?.activations == .bits(8))
    #expect(found["head"]?.weights == .set(.int8))
    #expect(found["head"]?.activations == .bits(8))
  }

  @Test func `The ends may stay float, or be as all others`() throws {
    let float = try policies { $0.endLayers = .float }
    #expect(float["stem"]?.weights == .float)
    #expect(float["head"]?.weights == .float)
    #expect(float["head"]?.activations == .float)
    let same = try policies { $0.endLayers = .same }
    #expect(same["stem"]?.weights == .set(.ternary))
    #expect(same["stem"]?.activations == .float)
    #expect(same["head"]?.weights == .set(.ternary))
    #expect(same["head"]?.activations == .bits(2))
  }

  @Test func `Float codes leave the last layer's input float too`() throws {
    let found = try policies { $0.activations = .float }
    #expect(found.values.allSatisfy { $0.activations == .float })
    #expect(found["head"]?.weights == .set(.int8))
  }

  @Test(arguments: [SolverMethod.admm, .gptq, .twn, .bwn, .round])
  func `A layer that only samples fit is refused to methods that need more`(
    method: SolverMethod
  ) throws {
    let error = #expect(throws: PlanningError.self) {
      try policies {
        $0.solver.memory = 0
        $0.method = method
      }
    }
    let text = try #require(error?.description)
    #expect(text.contains("'stem'") && text.contains("'\(method.rawValue)'"))
    for method in [SolverMethod.tsq, .descent, .projection] {
      let found = try policies {
        $0.solver.memory = 0
        $0.method = method
      }
      #expect(found.count == 7)
    }
    // Layers that stay float need no memory.
    _ = try policies {
      $0.solver.memory = 0
      $0.method = method
      $0.endLayers = .same
      $0.overrides = [Recipe.Override(pattern: "*", weights: .float, activations: nil)]
    }
  }

  @Test func `One scale for a layer that only samples fit is refused`() {
    let error = #expect(throws: PlanningError.self) {
      try policies {
        $0.solver.memory = 0
        $0.scale = .layer
      }
    }
    #expect(error?.description.contains("one scale for the whole layer") == true)
  }

  @Test(arguments: [(10_000, false), (25_088, true), (600_000, true)])
  func `Layers whose sums do not fit are solved from samples`(
    inputs: Int, isSampled: Bool
  ) throws {
    let network = linearNetwork(inputs: inputs)
    let layer = try #require(try Recipe().policies(for: network).first?.layer)
    #expect(layer.inputs == inputs)
    #expect(Recipe().solvesFromSamples(layer) == isSampled)
  }

  @Test func `A layer of which too few samples fit is refused with its inputs`() {
    let network = linearNetwork(inputs: 800_000)
    let error = #expect(throws: PlanningError.self) { try Recipe().policies(for: network) }
    #expect(error?.description.contains("'wide' has 800000 inputs") == true)
    #expect(error?.description.contains("256 samples of it") == true)
  }

  private func linearNetwork(inputs: Int) -> Network {
    var network = Network(name: "linear")
    let x = network.input("x", [inputs])
    let weights = network.constant(
      "wide.weight",
      Tensor(shape: [inputs, 1], values: [Float](repeating: 1, count: inputs)))
    network.outputs = [network.node("wide", .matMul, [x, weights])]
    return network
  }

  @Test func `Every stem and every head is an end`() throws {
    var network = Network(name: "two ends")
    let x = network.input("x", [3, 8, 8])
    let a = network.convolution("stem one", x, 3, to: 4)
    let b = network.convolution("stem two", x, 3, to: 4)
    let sum = network.node("sum", .add, [a, b])
    let c = network.convolution("middle", sum, 4, to: 4)
    network.outputs = [
      network.convolution("head one", c, 4, to: 4), network.convolution("head two", c, 4, to: 4),
    ]
    let found = try Recipe().policies(for: network)
    let ends = found.filter { $0.weights == .set(.int8) }
    #expect(ends.map(\.layer.name) == ["stem one", "stem two", "head one", "head two"])
    #expect(found.filter { $0.activations == .bits(8) } == ends)
  }

  @Test func `An end that no regression covers leaves the others as they are`() throws {
    var network = residualNetwork()
    let head = try #require(network.layers.last)
    let bias = network.addValue(ValueInfo(name: "computed"))
    network.nodes.insert(
      Node(name: "computed", operation: .relu, inputs: [head.bias], outputs: [bias]),
      at: head.node)
    network.nodes[head.node + 1].inputs[2] = bias
    #expect(network.uncoveredLayers.map(\.name) == ["head"])
    let found = try Recipe().policies(for: network)
    #expect(found.last?.weights == .set(.ternary))
    #expect(found.last?.activations == .bits(2))
    #expect(found.first?.weights == .set(.int8))
  }

  @Test func `A network of one layer is its end`() throws {
    var network = Network(name: "one")
    let x = network.input("x", [3, 8, 8])
    network.outputs = [network.convolution("only", x, 3, to: 4)]
    let found = try Recipe().policies(for: network)
    #expect(found.map(\.weights) == [.set(.int8)])
    #expect(found.map(\.activations) == [.bits(8)])
  }

  @Test func `Overrides apply last and in order`() throws {
    let found = try policies {
      $0.overrides = [
        Recipe.Override(pattern: "two.*", weights: .set(.shift2), activations: nil),
        Recipe.Override(pattern: "*.b", weights: .float, activations: .bits(4)),
        Recipe.Override(pattern: "stem", weights: nil, activations: .bits(8)),
      ]
    }
    #expect(found["two.a"]?.weights == .set(.shift2))
    #expect(found["two.a"]?.activations == .bits(2))
    #expect(found["two.b"]?.weights == .float)
    #expect(found["two.b"]?.activations == .bits(4))
    #expect(found["one.b"]?.weights == .float)
    #expect(found["stem"]?.weights == .set(.int8))
    #expect(found["stem"]?.activations == .bits(8))
  }

  @Test func `A pattern that no layer matches is an error that names the layers`() {
    let error = #expect(throws: PlanningError.self) {
      try policies {
        $0.overrides = [Recipe.Override(pattern: "three.*", weights: .float, activations: nil)]
      }
    }
    #expect(error?.description.contains("three.*") == true)
    #expect(error?.description.contains("two.down") == true)
  }

  @Test func `A network without layers is an error`() {
    var network = Network(name: "bare")
    let x = network.input("x", [3])
    network.outputs = [network.node("relu", .relu, [x])]
    #expect(throws: PlanningError.self) { try Recipe().policies(for: network) }
  }

  @Test(arguments: [
    ("one.b", true), ("*", true), ("one*", true), ("*b", true), ("o*.b", true), ("*n*b*", true),
    ("**", true), ("one.b*", true), ("one", false), ("*a", false), ("b*", false), ("", false),
    ("one.b.*", false), ("*one.bb", false), ("o*ne.*c", false),
  ])
  func `A star stands for any characters`(pattern: String, matches: Bool) throws {
    var recipe = Recipe()
    recipe.overrides = [Recipe.Override(pattern: pattern, weights: .float, activations: nil)]
    var network = Network(name: "named")
    let x = network.input("x", [3, 8, 8])
    network.outputs = [network.convolution("one.b", x, 3, to: 4)]
    if matches {
      #expect(try recipe.policies(for: network).map(\.weights) == [.float])
    } else {
      #expect(throws: PlanningError.self) { try recipe.policies(for: network) }
    }
  }

  @Test func `Choices are read by the names they print`() {
    for set in WeightSet.allCases {
      #expect(WeightChoice(name: set.rawValue) == .set(set))
      #expect(WeightChoice.set(set).name == set.rawValue)
    }
    #expect(WeightChoice(name: "float") == .float)
    #expect(WeightChoice(name: "quaternary") == nil)
    for bits in ActivationChoice.widths {
      #expect(ActivationChoice(name: "\(bits)") == .bits(bits))
      #expect(ActivationChoice.bits(bits).name == "\(bits)")
    }
    #expect(ActivationChoice(name: "float") == .float)
    #expect(ActivationChoice(name: "5") == nil)
  }
}
