import Network
import Planning
import Tensors
import TestSupport
import Testing

@Suite struct `Code sites` {
  private let network = residualNetwork()

  private func quantizer(_ bits: Int = 2) -> ActivationQuantizer {
    ActivationQuantizer(bits: bits, step: 0.5)
  }

  @Test func `A value that two layers read is one site`() throws {
    let sites = network.codeSites(for: try Recipe().policies(for: network))
    let names = sites.map { network[$0.value].name }
    #expect(
      names == [
        "image", "stem.relu.out", "one.a.relu.out", "one.relu.out", "two.a.relu.out",
        "flatten.out",
      ])
    let shared = try #require(sites.first { network[$0.value].name == "one.relu.out" })
    #expect(shared.consumers.map { network.nodes[$0].name } == ["two.a", "two.down"])
    #expect(sites.map(\.bits) == [8, 2, 2, 2, 2, 8])
  }

  @Test func `Layers that want different widths get a site each`() throws {
    var recipe = Recipe()
    recipe.overrides = [
      Recipe.Override(pattern: "two.down", weights: nil, activations: .bits(8))
    ]
    let sites = network.codeSites(for: try recipe.policies(for: network))
    let shared = sites.filter { network[$0.value].name == "one.relu.out" }
    #expect(shared.map(\.bits) == [2, 8])
    #expect(
      shared.map { $0.consumers.map { network.nodes[$0].name } } == [["two.a"], ["two.down"]])

    let codes = network.insertingCodes(sites.map { ($0, quantizer($0.bits)) })
    for (name, bits) in [("two.a", 2), ("two.down", 8), ("head", 8), ("one.b", 2)] {
      let found = try #require(layerNamed(name, in: codes))
      let producer = try #require(codes.producers[found.input])
      guard case .quantize(let quantizer) = codes.nodes[producer].operation else {
        Issue.record("\(name) does not read codes")
        continue
      }
      #expect(quantizer.bits == bits)
    }
  }

  @Test func `A shortcut keeps full precision`() throws {
    let sites = network.codeSites(for: try Recipe().policies(for: network))
    let codes = network.insertingCodes(sites.map { ($0, quantizer($0.bits)) })
    let sum = try #require(codes.nodes.first { $0.name == "one.sum" })
    #expect(sum.inputs.compactMap { $0 }.map { codes[$0].name } == ["one.b.out", "stem.relu.out"])
    #expect(codes.nodes.count == network.nodes.count + 6)
  }

  @Test func `Float layers read no codes`() throws {
    var recipe = Recipe()
    recipe.activations = .float
    #expect(network.codeSites(for: try recipe.policies(for: network)).isEmpty)
  }
}

@Suite struct `Junctions` {
  @Test func `The last layer of a branch aims at the sum`() throws {
    let network = residualNetwork()
    let last = try #require(layerNamed("one.b", in: network))
    let found = try #require(network.junction(of: last))
    #expect(network.nodes[found.node].name == "one.sum")
    #expect(network[found.sum].name == "one.sum.out")
    #expect(network[found.shortcut].name == "stem.relu.out")
    for name in ["stem", "one.a", "two.a", "head"] {
      #expect(network.junction(of: try #require(layerNamed(name, in: network))) == nil)
    }
  }

  @Test func `Of two layers that are added the later one aims at the sum`() throws {
    let network = residualNetwork()
    #expect(network.junction(of: try #require(layerNamed("two.b", in: network))) == nil)
    let later = try #require(layerNamed("two.down", in: network))
    let found = try #require(network.junction(of: later))
    #expect(network[found.shortcut].name == "two.b.out")
  }

  @Test func `There is none where others see the layer's output, or nothing is added`() throws {
    var random = SplitMix64(seed: 3)
    func junction(_ finish: (inout Network, ValueID, ValueID) -> [ValueID]) -> Junction? {
      var network = Network(name: "one")
      let x = network.input("x", [4, 6, 6])
      let y = network.convolution("layer", x, 4, to: 4)
      network.outputs = finish(&network, x, y)
      return network.layers.first.flatMap { network.junction(of: $0) }
    }
    #expect(junction { [$0.node("sum", .add, [$2, $1])] } != nil)
    #expect(junction { [$0.node("sum", .add, [$1, $2])] } != nil)
    #expect(junction { [$0.node("sum", .add, [$2, $1]), $2] } == nil)
    #expect(junction { [$0.node("sum", .add, [$2, $2])] } == nil)
    #expect(junction { [$0.node("product", .multiply, [$2, $1])] } == nil)
    #expect(junction { [$0.node("sum", .add, [$0.node("relu", .relu, [$2]), $1])] } == nil)
    let offset = random.tensor([1, 4, 1, 1])
    #expect(junction { [$0.node("sum", .add, [$2, $0.constant("offset", offset)])] } == nil)
    #expect(
      junction {
        let constant = $0.constant("offset", offset)
        return [$0.node("sum", .add, [$2, $0.node("copy", .identity, [constant])])]
      } == nil, "what does not depend on the image is no shortcut")
  }

  @Test func `A quantizer that alone sees the output is found through its ReLU`() throws {
    let unsigned = ActivationQuantizer(bits: 2, step: 0.5)
    func sole(_ finish: (inout Network, ValueID) -> [ValueID]) -> ActivationQuantizer? {
      var network = Network(name: "one")
      let x = network.input("x", [4, 6, 6])
      let y = network.convolution("layer", x, 4, to: 4)
      network.outputs = finish(&network, y)
      return network.soleQuantizer(after: y)
    }
    #expect(sole { [$0.node("codes", .quantize(unsigned), [$1])] } == unsigned)
    #expect(
      sole { [$0.node("codes", .quantize(unsigned), [$0.node("relu", .relu, [$1])])] } == unsigned)
    let signed = ActivationQuantizer(bits: 2, step: 0.5, lowestCode: -2)
    #expect(sole { [$0.node("codes", .quantize(signed), [$1])] } == nil)
    #expect(sole { [$0.node("codes", .quantize(unsigned), [$1]), $1] } == nil)
    #expect(
      sole {
        let relu = $0.node("relu", .relu, [$1])
        return [$0.node("codes", .quantize(unsigned), [relu]), $0.node("copy", .identity, [relu])]
      } == nil)
    #expect(sole { [$0.node("pool", .globalAveragePool, [$1])] } == nil)
  }
}
