internal import COneDNN
internal import Network
internal import Tensors

extension PlanBuilder {
  /// Slice, Pad and Transpose, as many in a row as nothing else reads, in one copy that works on
  /// blocked layouts too.
  func appendGather(_ node: Node) throws(PrimitiveFailure) {
    let x = node.inputs[0]!
    var output = node.outputs[0]
    var map = node.operation.indexMap(input: shape(x))!
    while !kept.contains(output), let readers = consumers[output], readers.count == 1,
      let next = network.nodes[readers[0]].operation.indexMap(input: shape(output)),
      let composed = map.followed(by: next)
    {
      map = composed
      output = network.nodes[readers[0]].outputs[0]
      markFused(readers[0])
    }
    let source = try view(of: x)
    let target = allocate(source.layout.resized(to: shape(output)))
    append(.gather(Gather(map, from: source.layout, to: target.layout), from: source, to: target))
    try define(output, target)
  }

  func appendConcatenation(axis: Int, _ node: Node) throws(PrimitiveFailure) {
    let output = node.outputs[0]
    let along = normalizedAxis(axis, rank: shape(output).count)!
    let parts = node.inputs.compactMap { $0 }.filter { shape($0).product > 0 }
    var sources: [View] = []
    for part in parts { sources.append(try view(of: part)) }
    // Blocked layouts are joined as they are if all are whole blocks of the same kind.
    let common = sources[0].layout
    let allAlike = sources.allSatisfy {
      !$0.layout.hasPadding && common.resized(to: $0.layout.shape) == $0.layout
    }
    if !allAlike {
      sources = []
      for part in parts { sources.append(try plainView(of: part)) }
    }
    let choice = try PrimitiveChoice(
      concatenating: sources.map(\.layout), axis: along, engine)
    let target = allocate(choice.destination)
    var arguments = [(index: Argument.destination, view: target)]
    for (position, source) in sources.enumerated() {
      arguments.append((Argument.multipleSource(position), source))
    }
    try run(choice, arguments)
    try define(output, target)
  }
}
