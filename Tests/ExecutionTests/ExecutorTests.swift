import Execution
import Network
import Tensors
import Testing

/// A small classifier with an open batch: convolution, activation, shortcut, pooling, Gemm.
private func classifier() -> Network {
  var dice = Dice(seed: 31)
  var network = Network(name: "classifier")
  let x = network.addValue(
    ValueInfo(
      name: "image", declaredShape: [.symbolic("N"), .fixed(3), .fixed(12), .fixed(12)]))
  network.inputs = [x]
  let convolution = Convolution(
    kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padding: .sameUpper, groups: 1)
  let w1 = network.constant("w1", dice.tensor([16, 3, 3, 3]))
  let w2 = network.constant("w2", dice.tensor([16, 16, 3, 3]))
  let w3 = network.constant("w3", dice.tensor([10, 16]))
  let first = network.node(.relu, [network.node(.convolution(convolution), [x, w1])])
  let second = network.node(.convolution(convolution), [first, w2])
  let sum = network.node(.relu, [network.node(.add, [second, first])])
  let mean = network.node(.flatten(axis: 1), [network.node(.globalAveragePool, [sum])])
  let gemm = Gemm(alpha: 1, beta: 1, transposesA: false, transposesB: true)
  network.outputs = [
    network.node(.gemm(gemm), [mean, w3, network.constant("b3", dice.tensor([10]))])
  ]
  return network
}

@Suite struct `executors` {
  @Test(arguments: [1, 2])
  func `runs repeat bit for bit`(threads: Int) throws {
    var dice = Dice(seed: 32)
    let input = dice.tensor([8, 3, 12, 12])
    let executor = try Executor(network: classifier(), batchSize: 8, threads: threads)
    let first = try executor.run([input])
    for _ in 0..<5 { #expect(try executor.run([input]) == first) }
    let other = try Executor(network: classifier(), batchSize: 8, threads: threads)
    #expect(try other.run([input]) == first)
  }

  @Test
  func `shares that begin at multiples of the batch give the bits of the whole`() throws {
    var dice = Dice(seed: 33)
    let rows = dice.tensor([37, 3, 12, 12])
    let evaluator = try BatchedEvaluator(network: classifier(), batchSize: 8)
    let all = try evaluator.run([rows])[0]
    #expect(all.shape == [37, 10])
    for range in [0..<1, 8..<20, 32..<37, 0..<8, 16..<37] {
      #expect(try evaluator.run([rows.rows(range)])[0] == all.rows(range))
    }
    let judged = evaluateNaively(
      classifier().withBatch(5), [rows.rows(0..<5)])[classifier().outputs[0]]!
    expectClose(all.rows(0..<5), judged, 1e-5, "first rows")
  }

  @Test
  func `a value of more axes than can be described is refused by its node`() throws {
    var network = Network(name: "deep")
    let x = network.input("x", [2, 3])
    let shape = [2, 3] + [Int](repeating: 1, count: 11)
    let deep = network.node(.reshape(Reshape(target: shape, allowsZero: false)), [x])
    let value = network.node(.relu, [deep])
    network.outputs = [
      network.node(.reshape(Reshape(target: [2, 3], allowsZero: false)), [value])
    ]
    let error = #expect(throws: ExecutionError.self) {
      try Executor(network: network, batchSize: 2)
    }
    #expect("\(try #require(error))".contains("node 'Reshape_0' (Reshape)"))
    #expect("\(try #require(error))".contains("more than 12 axes"))
    var input = Network(name: "deep input")
    input.outputs = [input.node(.relu, [input.input("image", shape)])]
    #expect(throws: ExecutionError.self) { try Executor(network: input, batchSize: 2) }
  }

  @Test
  func `no rows give no rows`() throws {
    let evaluator = try BatchedEvaluator(network: classifier(), batchSize: 8)
    #expect(try evaluator.run([Tensor(shape: [0, 3, 12, 12])])[0].shape == [0, 10])
  }

  @Test
  func `an executor may move to another thread`() async throws {
    var dice = Dice(seed: 34)
    let input = dice.tensor([4, 3, 12, 12])
    let expected = try Executor(network: classifier(), batchSize: 4).run([input])
    let found = await withTaskGroup(of: [Tensor]?.self) { group in
      for _ in 0..<8 {
        group.addTask {
          do {
            return try Executor(network: classifier(), batchSize: 4).run([input])
          } catch {
            return nil
          }
        }
      }
      var all: [[Tensor]?] = []
      for await result in group { all.append(result) }
      return all
    }
    #expect(found.allSatisfy { $0 == expected })
  }

  @Test
  func `wrong inputs are refused by name`() throws {
    let executor = try Executor(network: classifier(), batchSize: 4)
    #expect(throws: ExecutionError.wrongInputCount(expected: 1, found: 0)) { try executor.run([]) }
    let small = Tensor(shape: [4, 3, 12, 11])
    #expect(
      throws: ExecutionError.wrongInputShape(
        input: "image", expected: [4, 3, 12, 12], found: [4, 3, 12, 11])
    ) { try executor.run([small]) }
  }

  @Test
  func `a network at fault is refused with the node's name`() throws {
    var network = classifier()
    network.nodes[0].inputs[1] = network.inputs[0]
    let error = try #require(throws: ExecutionError.self) {
      try Executor(network: network, batchSize: 4)
    }
    #expect(error.description.contains("Conv_0"))
    var missing = classifier()
    missing.nodes.removeFirst()
    let absent = try #require(throws: ExecutionError.self) {
      try Executor(network: missing, batchSize: 4)
    }
    #expect(absent.description.contains("Conv_0_output"))
  }

  @Test
  func `outputs may be inputs, constants, copies and each other`() throws {
    var dice = Dice(seed: 35)
    var network = Network(name: "plumbing")
    let x = network.input("x", [2, 3])
    let c = network.constant("c", dice.tensor([2, 3]))
    let copy = network.node(.identity, [x])
    let flat = network.node(.reshape(Reshape(target: [-1], allowsZero: false)), [copy])
    let sum = network.node(.add, [flat, flat])
    network.outputs = [x, c, copy, flat, sum, sum]
    try expectJudged(network, [dice.tensor([2, 3])], observing: [x, flat])
  }

  @Test
  func `low-bit weights are run as scale times code`() throws {
    var dice = Dice(seed: 36)
    var network = Network(name: "low-bit")
    let x = network.input("x", [1, 4, 6, 6])
    let weights = QuantizedTensor(
      shape: [3, 4, 3, 3], codes: (0..<108).map { _ in Int8(dice.int(-1...1)) },
      scales: [0.5, 2, 0.1], storage: .int2)
    let w = network.addConstant(.quantized(weights), name: "w")
    let convolution = Convolution(
      kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padding: .sameUpper, groups: 1)
    network.outputs = [network.node(.convolution(convolution), [x, w])]
    try expectJudged(network, [dice.tensor([1, 4, 6, 6])])
  }

  @Test
  func `the kernel id names library and instruction set`() {
    #expect(executionKernelID().split(separator: " ").count == 3)
    #expect(executionKernelID().hasPrefix("oneDNN "))
  }

  @Test
  func `throughput is measured over all lanes`() throws {
    let found = try measureThroughput(
      network: classifier(), batchSize: 2, lanes: 2, threads: 1, seconds: 0)
    #expect(found.batchCount == 2)
    #expect(found.rowsPerSecond > 0)
    #expect(throws: ExecutionError.self) {
      var broken = classifier()
      broken.nodes.removeFirst()
      _ = try measureThroughput(network: broken, batchSize: 2, lanes: 2, seconds: 0)
    }
  }
}

extension Network {
  /// The network with its first input's batch fixed.
  fileprivate func withBatch(_ batch: Int) -> Network {
    var result = self
    result[inputs[0]].declaredShape?[0] = .fixed(batch)
    return result
  }
}
