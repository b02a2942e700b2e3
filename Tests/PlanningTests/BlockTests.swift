import Network
import Planning
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct `Blocks` {
  @Test func `lie between cuts where one value is alive, with the activation behind`() {
    let network = residualNetwork()
    let blocks = network.blocks
    #expect(
      blocks.map(\.layers) == [
        ["stem"], ["one.a", "one.b"], ["two.a", "two.b", "two.down"], ["head"],
      ])
    #expect(
      blocks.map { network[$0.output].name } == [
        "stem.relu.out", "one.relu.out", "two.relu.out", "head.out",
      ])
    // They cover the network without overlap.
    #expect(blocks.first?.nodes.lowerBound == 0)
    #expect(blocks.last?.nodes.upperBound == network.nodes.count)
    for (left, right) in zip(blocks, blocks.dropFirst()) {
      #expect(left.nodes.upperBound == right.nodes.lowerBound)
    }
  }

  @Test func `have the codes that their layers read, not those of the next block`() throws {
    let network = coded(residualNetwork())
    let block = try #require(network.blocks.first { $0.layers.contains("one.a") })
    #expect(network[block.output].name == "one.relu.out")
    let plan = try #require(
      BlockPlan(block: block, network: network, learned: ["one.a", "one.b"]))
    #expect(plan.sites.count == 2)
    #expect(plan.siteOfLayer == [0, 1])
    // The shortcut and the first codes read one value.
    #expect(plan.given.map { network[$0].name } == ["stem.relu.out"])
  }

  @Test func `start after what does not depend on the learned layers`() throws {
    let network = residualNetwork()
    let block = try #require(network.blocks.first { $0.layers.contains("two.a") })
    let plan = try #require(BlockPlan(block: block, network: network, learned: ["two.b"]))
    #expect(Set(plan.given.map { network[$0].name }) == ["two.a.relu.out", "two.down.out"])
    #expect(plan.nodes.count == 3)
  }

  @Test func `are left alone where a node has no way back`() throws {
    var network = Network(name: "pooled")
    let x = network.input("x", [3, 8, 8])
    let stem = network.convolution("stem", x, 3, to: 4, seed: 1)
    let a = network.convolution("a", stem, 4, to: 4, seed: 2)
    let pooling = Pooling(
      kernel: [3, 3], strides: [1, 1], dilations: [1, 1],
      padding: .explicit(before: [1, 1], after: [1, 1]), ceilMode: false)
    let b = network.node("pool", .maxPool(pooling), [a])
    let c = network.convolution("c", b, 4, to: 4, seed: 3)
    network.outputs = [network.node("sum", .add, [c, stem])]
    let blocks = network.blocks
    #expect(blocks.map(\.layers) == [["stem"], ["a", "c"]])
    #expect(BlockPlan(block: blocks[0], network: network, learned: ["stem"]) != nil)
    #expect(BlockPlan(block: blocks[0], network: network, learned: []) == nil)
    #expect(BlockPlan(block: blocks[1], network: network, learned: ["a", "c"]) == nil)
    // Behind the pooling everything has a way back.
    let plan = try #require(BlockPlan(block: blocks[1], network: network, learned: ["c"]))
    #expect(plan.given.map { network[$0].name } == ["pool.out", "stem.out"])
  }
}

/// A network whose residual blocks read 2-bit codes.
func coded(_ network: Network) -> Network {
  let sites = ["one.a", "one.b", "two.a", "two.b"].compactMap { name -> (CodeSite, Int)? in
    guard let layer = layerNamed(name, in: network) else { return nil }
    return (CodeSite(value: layer.input, bits: 2, consumers: [layer.node]), layer.node)
  }
  return network.insertingCodes(
    sites.map { (site: $0.0, quantizer: ActivationQuantizer(bits: 2, step: 0.75)) })
}
