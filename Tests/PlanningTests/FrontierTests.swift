import Network
import Planning
import Tensors
import TestSupport
import Testing

@Suite struct `Frontiers` {
  private func codes(_ network: Network) throws -> Network {
    let sites = network.codeSites(for: try Recipe().policies(for: network))
    return network.insertingCodes(
      sites.map { ($0, ActivationQuantizer(bits: $0.bits, step: 0.5)) })
  }

  @Test func `Values after any steps are the bits of those after one`() throws {
    for network in [residualNetwork(), try codes(residualNetwork())] {
      var random = SplitMix64(seed: 21)
      let images = random.tensor([45, 3, 8, 8])
      let starts = network.layers.map(\.node)
      for target in starts {
        var direct = Frontier(network: network, inputs: [images])
        try direct.advance(to: target, in: network)
        for step in 1...3 {
          var stepped = Frontier(network: network, inputs: [images])
          for cut in starts.enumerated().filter({ $0.offset % step == 0 }).map(\.element)
          where cut <= target {
            try stepped.advance(to: cut, in: network)
          }
          try stepped.advance(to: target, in: network)
          #expect(stepped.position == target)
          #expect(stepped.byteCount == direct.byteCount)
          let wanted = network.nodes[target...].flatMap(\.outputs)
          #expect(
            try stepped.values(wanted, in: network) == direct.values(wanted, in: network))
        }
      }
    }
  }

  @Test func `Values from a cut are those of the whole network`() throws {
    let network = residualNetwork()
    var random = SplitMix64(seed: 22)
    let images = random.tensor([33, 3, 8, 8])
    let expected = try outputs(of: network, [images])[0]
    var frontier = Frontier(network: network, inputs: [images])
    for layer in network.layers {
      try frontier.advance(to: layer.node, in: network)
      let found = try frontier.values(network.outputs, in: network)[0]
      #expect(found.shape == expected.shape)
      #expect(Tolerance(absolute: 1e-4).accepts(found.values, expected: expected.values))
    }
    try frontier.advance(to: network.nodes.count, in: network)
    #expect(try frontier.values(network.outputs, in: network)[0].shape == expected.shape)
  }

  @Test func `Only what later nodes read is kept`() throws {
    let network = residualNetwork()
    var random = SplitMix64(seed: 23)
    var frontier = Frontier(network: network, inputs: [random.tensor([2, 3, 8, 8])])
    #expect(frontier.byteCount == 1536)
    let second = try #require(layerNamed("one.b", in: network))
    try frontier.advance(to: second.node, in: network)
    // The branch and the shortcut, of two images.
    let branch = 8 * 64 * 4
    #expect(frontier.byteCount == 4 * branch)
    let head = try #require(layerNamed("head", in: network))
    try frontier.advance(to: head.node, in: network)
    #expect(frontier.byteCount == 96)
  }

  @Test func `What does not depend on the images is computed where it is needed`() throws {
    var network = Network(name: "constant path")
    let x = network.input("x", [4, 6, 6])
    var random = SplitMix64(seed: 24)
    let offset = network.constant("offset", random.tensor([4]))
    let shaped = network.node(
      "shape", .reshape(Reshape(target: [1, 4, 1, 1], allowsZero: false)), [offset])
    let a = network.convolution("first", x, 4, to: 4)
    let sum = network.node("sum", .add, [a, shaped])
    let b = network.convolution("second", sum, 4, to: 4)
    network.outputs = [network.node("again", .add, [b, shaped])]
    let images = random.tensor([40, 4, 6, 6])
    var frontier = Frontier(network: network, inputs: [images])
    try frontier.advance(to: try #require(layerNamed("second", in: network)).node, in: network)
    let found = try frontier.values(network.outputs, in: network)[0]
    let expected = try outputs(of: network, [images])[0]
    #expect(Tolerance(absolute: 1e-4).accepts(found.values, expected: expected.values))
    let constant = try #require(network.value(named: "shape.out"))
    #expect(throws: PlanningError.self) {
      try Frontier(network: network, inputs: [images]).values([constant], in: network)
    }
  }

  @Test func `A value without one row per image is an error that names it`() throws {
    var network = Network(name: "turned")
    let x = network.input("x", [5, 6])
    let turned = network.node("turned", .transpose(permutation: [1, 0, 2]), [x])
    network.outputs = [network.node("relu", .relu, [turned])]
    var random = SplitMix64(seed: 25)
    let images = random.tensor([3, 5, 6])
    let error = #expect(throws: PlanningError.self) {
      try evaluateInBatches(network, inputs: [images])
    }
    #expect(error?.description.contains("relu.out") == true)
    #expect(throws: PlanningError.self) {
      try evaluateInBatches(network, inputs: [Tensor(shape: [0, 5, 6])])
    }
  }

  @Test(arguments: [1, 31, 32, 33, 64, 70])
  func `Any number of rows is evaluated, in order`(count: Int) throws {
    var network = Network(name: "double")
    let x = network.input("x", [2])
    network.outputs = [network.node("sum", .add, [x, x]), x]
    let images = Tensor(shape: [count, 2], values: (0..<2 * count).map { Float($0) })
    let found = try evaluateInBatches(network, inputs: [images])
    #expect(found.map(\.shape) == [[count, 2], [count, 2]])
    #expect(found[0].values == images.values.map { 2 * $0 })
    #expect(found[1] == images)
    var rows: [Int] = []
    try forEachBatch(of: network, inputs: [images]) { range, tensors in
      #expect(tensors[1] == images.rows(range))
      rows += Array(range)
    }
    #expect(rows == Array(0..<count))
  }
}
