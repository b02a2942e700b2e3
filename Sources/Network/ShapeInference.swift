internal import Tensors

/// The most elements of a constant that may shape a result; weights have more.
private let shapingLimit = 4096

extension Network {
  /// The extent that the first input fixes for the batch, or nil where the batch is open.
  ///
  /// An extent below 1 fixes nothing: some exporters write 0 for a batch of any size.
  package var fixedBatchSize: Int? {
    guard let input = inputs.first, case .fixed(let extent)? = self[input].declaredShape?.first,
      extent >= 1
    else { return nil }
    return extent
  }

  /// The shape of every input, constant and computed value.
  ///
  /// A symbolic leading extent of an input is bound to `batch`, and so is the same symbol
  /// elsewhere; fixed extents are taken as declared. Shapes in `inputShapes` replace declared ones.
  /// - Throws: `NetworkError` naming the input or the node, its operator and its input shapes.
  /// - Complexity: O(nodes).
  package func inferShapes(
    batch: Int, inputShapes: [ValueID: [Int]]? = nil
  ) throws(NetworkError) -> [ValueID: [Int]] {
    var shapes: [ValueID: [Int]] = [:]
    for (value, constant) in constants { shapes[value] = constant.shape }
    let symbols = batchSymbols
    for input in inputs {
      if let given = inputShapes?[input] {
        shapes[input] = given
      } else if constants[input] == nil {
        shapes[input] = try declaredShape(of: input, batch: batch, batchSymbols: symbols)
      }
    }
    for node in nodes {
      var operands: [[Int]?] = []
      for input in node.inputs {
        guard let input else {
          operands.append(nil)
          continue
        }
        guard let shape = shapes[input] else {
          throw NetworkError.undefinedValue(node: node.name, value: self[input].name)
        }
        operands.append(shape)
      }
      let output = try shape(of: node, operands: operands)
      if let value = node.outputs.first { shapes[value] = output }
    }
    return shapes
  }

  /// The shape of a node's output for these shapes of its inputs.
  package func shape(of node: Node, operands: [[Int]?]) throws(NetworkError) -> [Int] {
    do throws(ShapeProblem) {
      let output =
        if case .general(let operation) = node.operation {
          try operation.result(generalOperands(of: node, shapes: operands)).shape
        } else {
          try node.operation.outputShape(Operands(shapes: operands))
        }
      _ = try elementCount(output)
      return output
    } catch {
      throw NetworkError.incompatibleShapes(
        node: node.name, operation: node.operation.operatorName,
        shapes: operands.compactMap { $0 }, problem: error.text)
    }
  }

  /// What is known of a general operation's inputs, for these shapes.
  package func generalOperands(of node: Node, shapes: [[Int]?]) -> GeneralOperands {
    GeneralOperands(
      shapes: shapes, types: node.inputs.map { $0.map { self[$0].type } },
      constants: node.inputs.map { input in
        guard let input, case .stored(let tensor)? = constants[input],
          tensor.elementCount <= shapingLimit
        else { return nil }
        return TypedTensor(tensor)
      })
  }

  private var batchSymbols: Set<String> {
    var symbols: Set<String> = []
    for input in inputs {
      if case .symbolic(let name)? = self[input].declaredShape?.first { symbols.insert(name) }
    }
    return symbols
  }

  private func declaredShape(
    of input: ValueID, batch: Int, batchSymbols: Set<String>
  ) throws(NetworkError) -> [Int] {
    guard let declared = self[input].declaredShape else {
      throw NetworkError.undeclaredShape(input: self[input].name)
    }
    var shape: [Int] = []
    for (axis, dimension) in declared.enumerated() {
      switch dimension {
      case .fixed(let extent): shape.append(extent)
      case .symbolic(let name) where axis == 0 || batchSymbols.contains(name) && !name.isEmpty:
        shape.append(batch)
      case .symbolic(let name):
        throw NetworkError.unboundDimension(input: self[input].name, axis: axis, symbol: name)
      }
    }
    return shape
  }
}

/// The input shapes of one node; an input left out is nil.
struct Operands {
  let shapes: [[Int]?]

  /// A required input.
  func callAsFunction(_ index: Int) throws(ShapeProblem) -> [Int] {
    guard let shape = optional(index) else { throw ShapeProblem("input \(index) is missing") }
    return shape
  }

  func optional(_ index: Int) -> [Int]? { index < shapes.count ? shapes[index] : nil }

  /// All inputs, none left out.
  func all() throws(ShapeProblem) -> [[Int]] {
    var result: [[Int]] = []
    for index in shapes.indices { result.append(try self(index)) }
    return result
  }
}
