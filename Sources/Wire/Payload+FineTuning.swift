/// Parameters, gradients and checkpoints of a fine-tune: lists of arrays by name.
extension TensorBundle {
  /// Appends a list of arrays.
  package mutating func append(_ name: String, arrays: [[Float]]) {
    append(name, .int64([Int64(arrays.count)]))
    for (index, values) in arrays.enumerated() { append("\(name) \(index)", .float32(values)) }
  }

  /// - Throws: `WireError` when the list or an array of it is missing.
  package func arrays(_ name: String) throws(WireError) -> [[Float]] {
    let count = try int64(name, shape: [1])[0]
    guard (0...Int64(TensorBundle.entryLimit)).contains(count) else {
      throw WireError(name, .malformed("a list of \(count) arrays"))
    }
    var result: [[Float]] = []
    for index in 0..<Int(count) { result.append(try float32("\(name) \(index)")) }
    return result
  }
}
