import Execution
import Network
import Tensors
import Testing

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Dice {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  mutating func int(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.count))
  }

  mutating func pick<Element>(_ choices: [Element]) -> Element {
    choices[int(0...choices.count - 1)]
  }

  /// In −1..<1.
  mutating func float() -> Float { Float(next() >> 40) * 0x1p-23 - 1 }

  mutating func tensor(_ shape: [Int]) -> Tensor {
    Tensor(shape: shape, values: (0..<shape.product).map { _ in float() })
  }
}

extension Network {
  mutating func input(_ name: String, _ shape: [Int]) -> ValueID {
    let value = addValue(ValueInfo(name: name, declaredShape: shape.map { .fixed($0) }))
    inputs.append(value)
    return value
  }

  mutating func constant(_ name: String, _ tensor: Tensor) -> ValueID {
    addConstant(.stored(StoredTensor(tensor)), name: name)
  }

  mutating func node(_ operation: Operation, _ inputs: [ValueID?]) -> ValueID {
    let name = "\(operation.operatorName)_\(nodes.count)"
    let output = addValue(ValueInfo(name: name + "_output"))
    nodes.append(Node(name: name, operation: operation, inputs: inputs, outputs: [output]))
    return output
  }
}

/// Runs a network of one node whose operands are constants or inputs, and compares with the judge.
///
/// The first operand is always an input; the others are constants in the first run and inputs in
/// the second, which takes other ways through the plan.
func expectJudged(
  _ operation: Operation, _ operands: [Tensor?], tolerance: Double = 1e-5,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  for allInputs in [false, true] {
    var network = Network(name: "one node")
    var given: [Tensor] = []
    let values = operands.enumerated().map { index, tensor -> ValueID? in
      guard let tensor else { return nil }
      if index > 0, !allInputs { return network.constant("c\(index)", tensor) }
      given.append(tensor)
      return network.input("x\(index)", tensor.shape)
    }
    network.outputs = [network.node(operation, values)]
    try expectJudged(network, given, tolerance: tolerance, sourceLocation: sourceLocation)
  }
}

/// Runs a network and compares its outputs and the observed values with the judge's.
func expectJudged(
  _ network: Network, _ inputs: [Tensor], observing: [ValueID] = [], tolerance: Double = 1e-5,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let executor = try Executor(network: network, batchSize: 1, observing: observing)
  let expected = evaluateNaively(network, inputs)
  // Twice, since a run must leave nothing behind for the next.
  for round in 0..<2 {
    let found = try executor.run(inputs)
    for (value, tensor) in zip(network.outputs + observing, found) {
      expectClose(
        tensor, expected[value]!, tolerance, "\(network[value].name), round \(round)",
        sourceLocation)
    }
  }
}

func expectClose(
  _ found: Tensor, _ expected: Naive, _ tolerance: Double, _ what: String,
  _ sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
  guard found.shape == expected.shape else { return }
  let scale = expected.values.reduce(1) { max($0, $1.magnitude) }
  let wrong = found.values.indices.filter {
    !(abs(Double(found.values[$0]) - expected.values[$0]) <= tolerance * scale)
  }
  #expect(
    wrong.isEmpty,
    """
    \(what): \(wrong.count) of \(found.values.count) differ, first at \(wrong.first ?? -1): \
    \(wrong.first.map { found.values[$0] } ?? 0) not \(wrong.first.map { expected.values[$0] } ?? 0)
    """, sourceLocation: sourceLocation)
}
