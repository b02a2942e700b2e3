/// Why a network could not be written as ONNX, or why a written file is not what it should be.
package enum ONNXWriteError: Error, Equatable {
  /// A node reads a value that nothing before it provides.
  case undefinedValue(node: String, value: String)
  /// A node's operation has no ONNX form.
  case unwritable(node: String, problem: String)
  /// A constant has no ONNX form.
  case unwritableConstant(name: String, problem: String)
  /// The file would be larger than a protobuf message can be.
  case tooLarge(bytes: Int)
  /// The messages could not be encoded.
  case encoding(String)
  /// A written file failed its own check.
  case selfCheck(where: String, problem: String)
}

extension ONNXWriteError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .undefinedValue(let node, let value):
      return "cannot write node '\(node)': it reads '\(value)', which no input, constant or "
        + "earlier node provides"
    case .unwritable(let node, let problem): return "cannot write node '\(node)': \(problem)"
    case .unwritableConstant(let name, let problem):
      return "cannot write constant '\(name)': \(problem)"
    case .tooLarge(let bytes):
      return "cannot write the network: it needs \(bytes) bytes, and one ONNX file holds at most "
        + "2 GiB; the low-bit form is smaller"
    case .encoding(let reason): return "cannot encode the network as ONNX: \(reason)"
    case .selfCheck(let place, let problem):
      return "the written ONNX model is not the network it was made from: \(place): \(problem); "
        + "please report this"
    }
  }
}
