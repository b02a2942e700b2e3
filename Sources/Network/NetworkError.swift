/// Why a network cannot be understood or rewritten.
package enum NetworkError: Error, Equatable {
  /// An input's extent is a name that nothing binds.
  case unboundDimension(input: String, axis: Int, symbol: String)
  /// An input came without a declared shape.
  case undeclaredShape(input: String)
  /// A node reads a value that no input, constant or earlier node provides.
  case undefinedValue(node: String, value: String)
  /// An operation cannot take the shapes it is given.
  case incompatibleShapes(node: String, operation: String, shapes: [[Int]], problem: String)
}

extension NetworkError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unboundDimension(let input, let axis, let symbol):
      return "axis \(axis) of input '\(input)' has the open extent '\(symbol)'; only the leading "
        + "axis is bound to the batch: give this input a fixed shape"
    case .undeclaredShape(let input):
      return "input '\(input)' has no declared shape; give it a fixed shape"
    case .undefinedValue(let node, let value):
      return "node '\(node)' reads '\(value)', which no input, constant or earlier node provides"
    case .incompatibleShapes(let node, let operation, let shapes, let problem):
      let inputs = shapes.map(\.description).joined(separator: ", ")
      return "node '\(node)' (\(operation)) with input shapes \(inputs): \(problem)"
    }
  }
}
