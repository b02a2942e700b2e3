package import Network

/// Why a network could not be prepared or run.
package enum ExecutionError: Error, Equatable {
  /// The network itself is at fault: shapes, or values that nothing provides.
  case network(NetworkError)
  /// oneDNN refused to create or run a primitive.
  case primitive(node: String, primitive: String, reason: String)
  /// Nothing here can compute this node.
  case unsupported(node: String, operation: String, reason: String)
  /// Nothing here can go back through this node.
  case noGradient(node: String, operation: String, reason: String)
  case wrongInputCount(expected: Int, found: Int)
  case wrongInputShape(input: String, expected: [Int], found: [Int])
  /// Rows cannot be evaluated in batches: this value has no row per input row.
  case notBatched(value: String, shape: [Int], batch: Int)
}

extension ExecutionError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .network(let error):
      return error.description
    case .primitive(let node, let primitive, let reason):
      return "node '\(node)': oneDNN's \(primitive) failed: \(reason)"
    case .unsupported(let node, let operation, let reason):
      return "node '\(node)' (\(operation)) cannot be computed: \(reason)"
    case .noGradient(let node, let operation, let reason):
      return "node '\(node)' (\(operation)) has no gradient: \(reason)"
    case .wrongInputCount(let expected, let found):
      return "the network has \(expected) inputs, but \(found) tensors were given"
    case .wrongInputShape(let input, let expected, let found):
      return
        "input '\(input)' was planned for shape \(expected), but a tensor of \(found) was given"
    case .notBatched(let value, let shape, let batch):
      return "'\(value)' of shape \(shape) has no row per image of a batch of \(batch), so the "
        + "network cannot be evaluated in batches"
    }
  }
}
