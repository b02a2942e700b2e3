internal import Network
internal import Tensors

/// Reads a written model as any model is read, and compares what it computes with a network: every
/// operation with all its attributes, what each node reads, inputs and outputs.
///
/// - Throws: `ONNXWriteError.selfCheck` naming the first node, input or output that differs.
/// - Complexity: O(nodes + elements of all constants).
func checkReadingBack(_ bytes: [UInt8], as network: Network) throws(ONNXWriteError) {
  let found: Network
  do throws(ONNXError) {
    found = try readNetwork(bytes: bytes)
  } catch {
    throw mismatch("model", "cannot be read back: \(error.problem)")
  }
  // Readers leave out what no output depends on.
  try Correspondence(found: found, expected: network.removingUnused()).check()
}

/// Two networks that should compute the same, one of them written and read again.
private struct Correspondence {
  private let found: Network
  private let expected: Network
  private let foundConstants: [ValueID: Constant]
  private let expectedConstants: [ValueID: Constant]
  private let names: [ValueID: String]
  /// Shapes for two images, where the network declares enough to know them.
  private let shapes: [ValueID: [Int]]?

  init(found: Network, expected: Network) {
    self.found = found
    self.expected = expected
    foundConstants = found.constantsAndCopies
    expectedConstants = expected.constantsAndCopies
    names = uniqueValueNames(of: expected)
    do throws(NetworkError) {
      shapes = try expected.inferShapes(batch: 2)
    } catch {
      shapes = nil
    }
  }

  func check() throws(ONNXWriteError) {
    let inputs = expected.inputs.filter { expected.constants[$0] == nil }
    guard inputs.map(name) == found.inputs.map({ found[$0].name }) else {
      throw mismatch("model", "has other inputs")
    }
    for (one, other) in zip(found.inputs, inputs) where !isDeclaredAlike(one, other) {
      throw mismatch("graph input '\(name(other))'", "is declared with another shape")
    }
    guard expected.outputs.map(name) == found.outputs.map({ found[$0].name }) else {
      throw mismatch("model", "has other outputs")
    }
    let (ours, theirs) = (expected.computingNodes, found.computingNodes)
    guard ours.count == theirs.count else {
      throw mismatch("model", "is read back with \(theirs.count) nodes, not \(ours.count)")
    }
    for (one, other) in zip(theirs, ours) { try check(one, other) }
  }

  private func check(_ found: Node, _ expected: Node) throws(ONNXWriteError) {
    let place = "node '\(expected.name)' (\(expected.operation.operatorName))"
    guard isSame(found.operation, expected.operation, input: expected.inputs.first ?? nil) else {
      throw mismatch(place, "is read back as \(found.operation), not \(expected.operation)")
    }
    guard found.outputs.map({ self.found[$0].name }) == expected.outputs.map(name) else {
      throw mismatch(place, "computes another value")
    }
    // Inputs left out at the end are not there any more.
    for position in 0..<max(found.inputs.count, expected.inputs.count) {
      let one = found.inputs.indices.contains(position) ? found.inputs[position] : nil
      let other = expected.inputs.indices.contains(position) ? expected.inputs[position] : nil
      guard isSame(one, other) else {
        throw mismatch(place, "reads another value as input \(position)")
      }
    }
  }

  private func isSame(_ found: Operation, _ expected: Operation, input: ValueID?) -> Bool {
    if found == expected { return true }
    // Written as the plain operator where only extents of 1 follow the axis.
    guard case .softmax(let axis, flattensTrailing: false) = found,
      case .softmax(axis, flattensTrailing: true) = expected,
      let input, let shape = shapes?[input], shape.indices.contains(axis)
    else { return false }
    return shape[(axis + 1)...].allSatisfy { $0 == 1 }
  }

  private func isSame(_ found: ValueID?, _ expected: ValueID?) -> Bool {
    guard let found, let expected else { return found == nil && expected == nil }
    switch (foundConstants[found], expectedConstants[expected]) {
    case (nil, nil): return self.found[found].name == name(expected)
    case (let one?, let other?): return one.tensor == other.tensor
    default: return false
    }
  }

  private func isDeclaredAlike(_ found: ValueID, _ expected: ValueID) -> Bool {
    guard let one = self.found[found].declaredShape,
      let other = self.expected[expected].declaredShape
    else { return false }
    return one.count == other.count
      && zip(one, other).allSatisfy { pair in
        switch pair {
        case (.fixed(let left), .fixed(let right)): left == right
        case (.symbolic, .symbolic): true
        default: false
        }
      }
  }

  private func name(_ value: ValueID) -> String { names[value] ?? expected[value].name }
}

extension Network {
  /// Nodes but for copies of constants, whose names readers choose.
  fileprivate var computingNodes: [Node] { nodes.filter { constantCopied(by: $0) == nil } }

  /// The constants, and the values that are copies of one.
  fileprivate var constantsAndCopies: [ValueID: Constant] {
    var result = constants
    for node in nodes {
      guard let constant = constantCopied(by: node) else { continue }
      for output in node.outputs { result[output] = constant }
    }
    return result
  }

  private func constantCopied(by node: Node) -> Constant? {
    guard node.operation == .identity, let input = node.inputs.first ?? nil else { return nil }
    return constants[input]
  }
}
