package import Network

/// The residual addition that a layer's output goes into, and nowhere else.
///
/// Its regression then aims at the sum: the target is the full-precision sum minus the value that
/// the shortcut really has in the quantized network (algorithms note B.6, D.3).
package struct Junction: Sendable, Equatable {
  /// Index of the addition.
  package let node: Int
  package let sum: ValueID
  /// The other operand.
  package let shortcut: ValueID
}

extension Network {
  /// The junction of `layer`, if its output only feeds an addition whose other operand does not
  /// depend on layers from `layer` on.
  package func junction(of layer: Layer) -> Junction? {
    let readers = consumers[layer.output] ?? []
    guard readers.count == 1, !outputs.contains(layer.output),
      case .add = nodes[readers[0]].operation
    else { return nil }
    let addition = nodes[readers[0]]
    let operands = addition.inputs.compactMap { $0 }
    guard operands.count == 2, let shortcut = operands.first(where: { $0 != layer.output }),
      valuesOfInputs.contains(shortcut), !depends(shortcut, onLayersFrom: layer.node)
    else { return nil }
    return Junction(node: readers[0], sum: addition.outputs[0], shortcut: shortcut)
  }

  /// Whether computing `value` needs the node at `index` or a later layer.
  private func depends(_ value: ValueID, onLayersFrom index: Int) -> Bool {
    let layerNodes = Set(layers.lazy.map(\.node).filter { $0 >= index })
    let producers = producers
    var pending = [value]
    var seen: Set<Int> = []
    while let next = pending.popLast() {
      guard let producer = producers[next], seen.insert(producer).inserted else { continue }
      if layerNodes.contains(producer) { return true }
      pending.append(contentsOf: nodes[producer].inputs.compactMap { $0 })
    }
    return false
  }

  /// The quantizer through which alone the result of a layer is seen, with the activation between:
  /// the case in which the code error is the right measure (TSQ equation B4).
  ///
  /// nil when some reader sees the value itself, as a shortcut does.
  package func soleQuantizer(after value: ValueID) -> ActivationQuantizer? {
    var value = value
    let consumers = consumers
    while true {
      let readers = consumers[value] ?? []
      guard !outputs.contains(value), let first = readers.first else { return nil }
      switch nodes[first].operation {
      case .relu, .identity:
        guard readers.count == 1 else { return nil }
        value = nodes[first].outputs[0]
      case .quantize(let quantizer):
        // A ReLU before unsigned codes changes nothing, so it may be skipped.
        return readers.count == 1 && quantizer.lowestCode == 0 ? quantizer : nil
      default:
        return nil
      }
    }
  }
}
