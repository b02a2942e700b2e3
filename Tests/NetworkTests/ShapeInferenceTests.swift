import Network
import Tensors
import Testing

@Suite struct `shape inference` {
  private func shape(_ operation: Operation, _ inputs: [[Int]]) throws -> [Int] {
    var network = Network(name: "one node")
    let values = inputs.enumerated().map { network.input("x\($0)", $1) }
    let output = network.node(operation, values, name: "node")
    return try network.inferShapes(batch: 1)[output]!
  }

  @Test
  func `the leading extent and its symbol are bound to the batch`() throws {
    var network = Network(name: "batch")
    let x = network.input("x", [.symbolic("N"), .fixed(3)])
    let y = network.input("y", [.fixed(3), .symbolic("N")])
    let z = network.node(.matMul, [x, y])
    let shapes = try network.inferShapes(batch: 5)
    #expect(shapes[x] == [5, 3])
    #expect(shapes[y] == [3, 5])
    #expect(shapes[z] == [5, 5])
    #expect(network.fixedBatchSize == nil)
  }

  @Test
  func `another open extent is refused by name until it is given`() throws {
    var network = Network(name: "open")
    let x = network.input("image", [.symbolic("N"), .fixed(3), .symbolic("height"), .fixed(8)])
    let y = network.node(.relu, [x])
    #expect(
      throws: NetworkError.unboundDimension(input: "image", axis: 2, symbol: "height")
    ) { try network.inferShapes(batch: 2) }
    #expect(try network.inferShapes(batch: 2, inputShapes: [x: [2, 3, 9, 8]])[y] == [2, 3, 9, 8])
    network[x].declaredShape = nil
    #expect(throws: NetworkError.undeclaredShape(input: "image")) {
      try network.inferShapes(batch: 2)
    }
  }

  @Test
  func `a fixed batch is taken as declared`() throws {
    var network = Network(name: "fixed")
    let x = network.input("x", [1, 3, 4, 4])
    #expect(try network.inferShapes(batch: 32)[x] == [1, 3, 4, 4])
    #expect(network.fixedBatchSize == 1)
    network[x].declaredShape = [.fixed(0), .fixed(3)]
    #expect(network.fixedBatchSize == nil)
  }

  @Test
  func `pooling over an empty, a huge or a fourth spatial axis is refused`() throws {
    #expect(try shape(.globalAveragePool, [[2, 3, 4, 5]]) == [2, 3, 1, 1])
    for spatial in [[0, 4], [1 << 25, 1], [2, 2, 2, 2]] {
      #expect(throws: NetworkError.self) { try shape(.globalAveragePool, [[1, 1] + spatial]) }
    }
    let ones = [1, 1, 1, 1]
    let zeros = [0, 0, 0, 0]
    let pooling = Pooling(
      kernel: ones, strides: ones, dilations: ones,
      padding: .explicit(before: zeros, after: zeros), ceilMode: false)
    #expect(throws: NetworkError.self) { try shape(.maxPool(pooling), [[1, 1, 2, 2, 2, 2]]) }
  }

  @Test
  func `convolutions follow the formula`() throws {
    // ⌊(32 + 2·1 − 3) / 2⌋ + 1 = 16; with dilation 2 the window covers 5: 32 − 5 + 1 = 28.
    let strided = convolution(3, stride: 2, pad: 1)
    #expect(try shape(strided, [[2, 3, 32, 32], [8, 3, 3, 3], [8]]) == [2, 8, 16, 16])
    let dilated = convolution(3, dilation: 2, groups: 2)
    #expect(try shape(dilated, [[1, 4, 32, 32], [6, 2, 3, 3]]) == [1, 6, 28, 28])
    let same = Convolution(
      kernel: [4], strides: [3], dilations: [1], padding: .sameLower, groups: 1)
    #expect(try shape(.convolution(same), [[1, 1, 10], [1, 1, 4]]) == [1, 1, 4])
    #expect(
      same.geometry(input: [1, 1, 10]).before == [2]
        && same.geometry(input: [1, 1, 10]).after == [1])
  }

  @Test(arguments: [
    // extent, kernel, stride, before, after, ceil mode, output
    (4, 3, 2, 0, 0, false, 1), (4, 3, 2, 0, 0, true, 2), (5, 2, 2, 1, 0, true, 3),
    // The third window would start at 4 = 3 + 1, beyond the input and its padding before.
    (3, 2, 2, 1, 1, true, 2), (1, 1, 2, 0, 2, true, 1),
  ])
  func `ceil mode rounds up but starts no window beyond the input`(
    extent: Int, kernel: Int, stride: Int, before: Int, after: Int, ceilMode: Bool, output: Int
  ) throws {
    let pooling = Pooling(
      kernel: [kernel], strides: [stride], dilations: [1],
      padding: .explicit(before: [before], after: [after]), ceilMode: ceilMode)
    #expect(try shape(.maxPool(pooling), [[1, 1, extent]]) == [1, 1, output])
  }

  @Test
  func `shapes of rearranging operations`() throws {
    let reshape = { (target: [Int], zero: Bool) in
      Operation.reshape(Reshape(target: target, allowsZero: zero))
    }
    #expect(try shape(reshape([0, -1], false), [[2, 3, 4]]) == [2, 12])
    #expect(try shape(reshape([3, 0], true), [[0, 4]]) == [3, 0])
    #expect(try shape(reshape([], false), [[1, 1]]) == [])
    #expect(try shape(.flatten(axis: -1), [[2, 3, 4]]) == [6, 4])
    #expect(try shape(.flatten(axis: 0), [[2, 3, 4]]) == [1, 24])
    #expect(try shape(.transpose(permutation: [2, 0, 1]), [[2, 3, 4]]) == [4, 2, 3])
    #expect(try shape(.concatenate(axis: -1), [[2, 3], [2, 5]]) == [2, 8])
    let pad = Padding(before: [1, -2], after: [0, 1], mode: .edge)
    #expect(try shape(.pad(pad), [[2, 5]]) == [3, 4])
  }

  @Test(arguments: [
    // extent, start, end, step, count
    (10, 0, 10, 3, 4), (10, -3, Int.max, 1, 3), (10, 9, Int.min, -1, 10), (10, -1, -11, -4, 3),
    (10, 20, 0, -1, 9), (10, 5, 5, 1, 0), (10, 8, 2, 1, 0), (10, 2, 8, Int.max, 1),
    (10, 8, 2, Int.min, 1), (0, 0, 5, 1, 0), (0, 0, 5, -1, 0), (10, -100, -100, 2, 0),
  ])
  func `slices are clamped`(extent: Int, start: Int, end: Int, step: Int, count: Int) throws {
    let slice = SliceAxis(axis: -1, start: start, end: end, step: step)
    #expect(try shape(.slice([slice]), [[2, extent]]) == [2, count])
  }

  @Test
  func `products broadcast their batch axes`() throws {
    #expect(try shape(.matMul, [[2, 1, 3, 4], [5, 4, 6]]) == [2, 5, 3, 6])
    #expect(try shape(.matMul, [[4], [4]]) == [])
    #expect(try shape(.matMul, [[4], [2, 4, 6]]) == [2, 6])
    let gemm = Gemm(alpha: 1, beta: 1, transposesA: true, transposesB: true)
    #expect(try shape(.gemm(gemm), [[5, 2], [3, 5], [3]]) == [2, 3])
  }

  static let impossible: [(Operation, [[Int]])] = [
    (.add, [[2, 3], [2, 4]]), (.matMul, [[2, 3], [4, 5]]), (.matMul, [[], [3]]),
    (convolution(3), [[1, 3, 2, 2], [8, 3, 3, 3]]),
    (convolution(3), [[1, 3, 8, 8], [8, 4, 3, 3]]),
    (convolution(3), [[1, 3, 8, 8], [8, 3, 5, 5]]),
    (convolution(3, groups: 2), [[1, 3, 8, 8], [8, 1, 3, 3]]),
    (convolution(3, groups: 0), [[1, 3, 8, 8], [8, 3, 3, 3]]),
    (convolution(3, stride: 0), [[1, 3, 8, 8], [8, 3, 3, 3]]),
    (convolution(3, pad: Int.max), [[1, 3, 8, 8], [8, 3, 3, 3]]),
    (convolution(3), [[1, 3, 8], [8, 3, 3]]),
    (convolution(3, dilation: Int.max), [[1, 3, 8, 8], [8, 3, 3, 3]]),
    (.concatenate(axis: 2), [[2, 3], [2, 3]]), (.concatenate(axis: 0), [[2, 3], [2, 4]]),
    (.concatenate(axis: 0), []), (.flatten(axis: 4), [[2, 3]]), (.relu, []),
    (.reshape(Reshape(target: [-1, -1], allowsZero: false)), [[4]]),
    (.reshape(Reshape(target: [3, -1], allowsZero: false)), [[4]]),
    (.reshape(Reshape(target: [0, -1], allowsZero: true)), [[4]]),
    (.reshape(Reshape(target: [1, 2, 0], allowsZero: false)), [[2, 1]]),
    (.reshape(Reshape(target: [Int.max, 2], allowsZero: false)), [[4]]),
    (.transpose(permutation: [0, 0]), [[2, 3]]), (.transpose(permutation: [0]), [[2, 3]]),
    (.slice([SliceAxis(axis: 2, start: 0, end: 1, step: 1)]), [[2, 3]]),
    (.slice([SliceAxis(axis: 0, start: 0, end: 1, step: 0)]), [[2, 3]]),
    (.pad(Padding(before: [0], after: [0], mode: .edge)), [[2, 3]]),
    (.pad(Padding(before: [-2, 0], after: [-1, 0], mode: .edge)), [[2, 3]]),
    (.pad(Padding(before: [-2, 0], after: [3, 0], mode: .reflect)), [[2, 3]]),
    (.pad(Padding(before: [1 << 40, 0], after: [0, 0], mode: .constant(0))), [[2, 3]]),
    (.softmax(axis: 2, flattensTrailing: false), [[2, 3]]), (.globalAveragePool, [[2, 3]]),
    (.batchNormalization(epsilon: 0), [[2, 3], [3], [3], [3], [2]]),
    (.add, [[1 << 24, 1, 1], [1, 1 << 24, 1 << 24]]),
  ]

  @Test(arguments: impossible)
  func `impossible shapes are refused by node, operator and shapes`(
    operation: Operation, inputs: [[Int]]
  ) throws {
    let error = try #require(throws: NetworkError.self) { try shape(operation, inputs) }
    guard case .incompatibleShapes("node", operation.operatorName, inputs, let problem) = error
    else {
      Issue.record("\(error)")
      return
    }
    #expect(!problem.isEmpty)
    #expect(error.description.contains("'node' (\(operation.operatorName))"))
  }

  @Test
  func `a value that nothing provides is refused by name`() throws {
    var network = Network(name: "gap")
    let x = network.addValue(ValueInfo(name: "nowhere"))
    _ = network.node(.relu, [x], name: "relu")
    #expect(throws: NetworkError.undefinedValue(node: "relu", value: "nowhere")) {
      try network.inferShapes(batch: 1)
    }
  }
}
