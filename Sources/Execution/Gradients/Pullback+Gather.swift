internal import Network
internal import Tensors

extension PlanBuilder {
  /// Transpose, Slice and Pad take each element to one place at most, so going back is a copy too.
  func pullBackGather(
    _ node: Node, _ dy: TrainingState.Cotangent
  ) throws(PrimitiveFailure) {
    let x = node.inputs[0]!
    let map = node.operation.indexMap(input: shape(x))!.inverted(to: shape(x))
    let layout = dy.view.layout.resized(to: shape(x))
    let target = allocate(layout)
    append(
      .gather(Gather(map, from: dy.view.layout, to: layout), from: dy.view, to: target))
    try contribute(target, to: x)
  }

  /// Each operand's share of the joined axis.
  func pullBackConcatenation(
    axis: Int, _ node: Node, _ dy: TrainingState.Cotangent
  ) throws(PrimitiveFailure) {
    let along = normalizedAxis(axis, rank: shape(node.outputs[0]).count)!
    var start = 0
    for case let part? in node.inputs {
      let extent = shape(part)[along]
      defer { start += extent }
      guard isWanted(part), shape(part).product > 0 else { continue }
      var map = IndexMap(identity: shape(part))
      map.axes[along].indices = Array(start..<start + extent)
      let target = allocate(dy.view.layout.resized(to: shape(part)))
      append(
        .gather(
          Gather(map, from: dy.view.layout, to: target.layout), from: dy.view, to: target))
      try contribute(target, to: part)
    }
  }
}
