extension Network {
  /// The part of the network that computes `targets` from `sources`, over the same value table.
  ///
  /// Inputs become `sources` and outputs `targets`; constants that nothing reads are dropped. A
  /// target that needs an original input which is not among the sources keeps it as an input,
  /// after the sources.
  package func extracting(from sources: [ValueID], to targets: [ValueID]) -> Network {
    let given = Set(sources)
    let producers = producers
    var needed: Set<Int> = []
    var open: [ValueID] = targets.filter { !given.contains($0) }
    var read = Set(open)
    while let value = open.popLast() {
      guard let producer = producers[value], needed.insert(producer).inserted else { continue }
      for case let input? in nodes[producer].inputs where !given.contains(input) {
        if read.insert(input).inserted { open.append(input) }
      }
    }
    var result = self
    result.nodes = nodes.indices.filter(needed.contains).map { nodes[$0] }
    result.inputs = sources + inputs.filter { !given.contains($0) && read.contains($0) }
    result.outputs = targets
    result.constants = constants.filter { read.contains($0.key) && !given.contains($0.key) }
    return result
  }

  /// The network without nodes and constants that no output needs, its inputs unchanged.
  package func removingUnused() -> Network {
    var result = extracting(from: [], to: outputs)
    result.inputs = inputs
    return result
  }

  /// The network without constants that no node reads and no output is.
  package func removingUnusedConstants() -> Network {
    var read = Set(outputs)
    for node in nodes { for case let input? in node.inputs { read.insert(input) } }
    var result = self
    result.constants = constants.filter { read.contains($0.key) }
    return result
  }

  /// The network without identity nodes: readers of a copy read the original.
  ///
  /// Where the copy is an output, the node that computes the original writes the output's value
  /// instead; an identity stays only from a network input or constant, or between two outputs.
  package func removingIdentities() -> Network {
    var result = self
    var renamed: [ValueID: ValueID] = [:]
    let outputs = Set(outputs)
    let producers = producers
    var removed: Set<Int> = []
    for (index, node) in nodes.enumerated() where node.operation == .identity {
      guard let input = node.inputs[0] else { continue }
      let source = renamed[input] ?? input
      if !outputs.contains(node.outputs[0]) {
        renamed[node.outputs[0]] = source
        removed.insert(index)
      } else if let producer = producers[source], !outputs.contains(source), !given(source) {
        result.nodes[producer].outputs = result.nodes[producer].outputs.map {
          $0 == source ? node.outputs[0] : $0
        }
        for (copy, original) in renamed where original == source { renamed[copy] = node.outputs[0] }
        renamed[source] = node.outputs[0]
        removed.insert(index)
      }
    }
    result.nodes = result.nodes.indices.filter { !removed.contains($0) }.map {
      var node = result.nodes[$0]
      node.inputs = node.inputs.map { $0.map { renamed[$0] ?? $0 } }
      return node
    }
    return result
  }

  private func given(_ value: ValueID) -> Bool {
    inputs.contains(value) || constants[value] != nil
  }
}
