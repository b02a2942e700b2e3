extension Network {
  /// The network in which some readers of `value` read its quantized form instead.
  ///
  /// The quantizer is one new node, placed just before the first of these readers (so that
  /// indices of nodes from there on grow by one), writing a new value named `<value>_quantized`.
  /// - Precondition: every index in `consumers` is a node that reads `value`.
  package func insertingQuantizer(
    _ quantizer: ActivationQuantizer, on value: ValueID, forConsumers consumers: Set<Int>
  ) -> Network {
    guard let position = consumers.min() else { return self }
    for consumer in consumers {
      precondition(
        nodes.indices.contains(consumer) && nodes[consumer].inputs.contains(value),
        "node \(consumer) does not read '\(self[value].name)'")
    }
    var result = self
    let info = self[value]
    let name = unusedName(info.name + "_quantized")
    let quantized = result.addValue(
      ValueInfo(name: name, type: info.type, declaredShape: info.declaredShape))
    for consumer in consumers {
      result.nodes[consumer].inputs = nodes[consumer].inputs.map { $0 == value ? quantized : $0 }
    }
    result.nodes.insert(
      Node(name: name, operation: .quantize(quantizer), inputs: [value], outputs: [quantized]),
      at: position)
    return result
  }

  /// `name`, or `name` with the smallest number that no value has yet.
  package func unusedName(_ name: String) -> String {
    let taken = Set(values.map(\.name))
    var candidate = name
    var number = 1
    while taken.contains(candidate) {
      number += 1
      candidate = "\(name)_\(number)"
    }
    return candidate
  }
}
