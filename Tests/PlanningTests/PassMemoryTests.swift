import Network
import Planning
import Tensors
import Testing

/// What a network's values take, counted by hand.
@Suite struct `the memory of a pass` {
  @Test func `counts what later nodes still read`() throws {
    var network = Network(name: "fork")
    let image = network.addValue(
      ValueInfo(name: "image", declaredShape: [.symbolic("N"), .fixed(2), .fixed(4), .fixed(4)]))
    network.inputs = [image]
    func node(_ name: String, _ operation: Operation, _ inputs: [ValueID?]) -> ValueID {
      let output = network.addValue(ValueInfo(name: name + ".out"))
      network.nodes.append(
        Node(name: name, operation: operation, inputs: inputs, outputs: [output]))
      return output
    }
    let convolution = Operation.convolution(
      Convolution(
        kernel: [1, 1], strides: [1, 1], dilations: [1, 1],
        padding: .explicit(before: [0, 0], after: [0, 0]), groups: 1))
    func weights(_ outputs: Int, _ inputs: Int) -> ValueID {
      network.addConstant(
        .stored(
          StoredTensor(
            Tensor(
              shape: [outputs, inputs, 1, 1],
              values: [Float](repeating: 1, count: outputs * inputs)))), name: "w\(outputs)")
    }
    let first = node("first", convolution, [image, weights(3, 2)])
    let active = node("relu", .relu, [first])
    let second = node("second", convolution, [active, weights(5, 3)])
    let third = node("third", convolution, [active, weights(7, 3)])
    network.outputs = [second, third]
    let memory = try PassMemory(network, sampleShape: [2, 4, 4])
    // 16 positions of 4 bytes.
    #expect(memory.frontiers == ["first": 2 * 64, "second": 3 * 64, "third": (3 + 5) * 64])
    #expect(memory.outputs == ["first": 3 * 64, "second": 5 * 64, "third": 7 * 64])
    #expect(memory.largest == 7 * 64)
  }
}
