package import Network
internal import Tensors

/// Measures a layer on one shard: its inputs in the (partly) quantized network against what
/// full precision gives.
package struct LayerMeasurement {
  package let layer: Layer
  /// The network that the inputs come from, with codes and the weights known so far.
  package let network: Network
  /// Full precision: where the targets come from. Values correspond by name.
  package let reference: Network

  package init(layer: Layer, network: Network, reference: Network) {
    self.layer = layer
    self.network = network
    self.reference = reference
  }

  /// - Parameters:
  ///   - inputs: frontier of `network` at or before the layer.
  ///   - targets: frontier of `reference` at or before the layer.
  ///   - wanted: what is to be measured.
  ///   - observer: called with every chunk of images; throws to end the measurement.
  /// - Throws: `PlanningError` when a value cannot be computed or has no row per image.
  package func callAsFunction(
    inputs: Frontier, targets: Frontier, wanted: Measurand,
    observer: () throws(PlanningError) -> Void = {}
  ) throws(PlanningError) -> ShardStatistics {
    if let junction = network.junction(of: layer) {
      let found = try inputs.values([layer.input, junction.shortcut], in: network)
      var target = try self.target(junction.sum, targets)
      // Otherwise the addition broadcasts, and the sum says little about the layer's own output.
      if target.shape == found[1].shape, target.shape == layer.outputShape(of: found[0].shape) {
        target.subtract(found[1])
        return try statistics(input: found[0], target: target, wanted: wanted, observer)
      }
    }
    let input = try inputs.values([layer.input], in: network)[0]
    return try statistics(
      input: input, target: try target(layer.output, targets), wanted: wanted, observer)
  }

  /// The full-precision value of the same name as `value`.
  private func target(_ value: ValueID, _ targets: Frontier) throws(PlanningError) -> Tensor {
    guard let counterpart = reference.value(named: network[value].name) else {
      throw .unknownLayer(layer.name)
    }
    return try targets.values([counterpart], in: reference)[0]
  }

  /// The quantizer whose codes the layer reads, if it reads codes.
  private var quantizer: ActivationQuantizer? {
    network.quantizer(before: layer.name)
  }

  private func statistics(
    input: Tensor, target: Tensor, wanted: Measurand,
    _ observer: () throws(PlanningError) -> Void
  ) throws(PlanningError) -> ShardStatistics {
    // The channel axis of a linear layer is its last one.
    let input = layer.isConvolution ? input : rowsFlattened(input)
    let target = layer.isConvolution ? target : rowsFlattened(target)
    let geometry = PatchGeometry(layer: layer, inputShape: input.shape)
    let count = input.shape[0]
    let outputs = layer.outputs * geometry.positionsPerImage
    precondition(target.values.count == count * outputs, "targets do not fit the layer's output")
    var tally = ShardTally(
      layer: layer, geometry: geometry, form: CodeForm(quantizer), imageCount: count,
      wanted: wanted)
    for start in stride(from: 0, to: count, by: tally.imagesPerChunk) {
      try observer()
      let end = min(start + tally.imagesPerChunk, count)
      let values = start * geometry.valuesPerImage..<end * geometry.valuesPerImage
      tally.add(
        input.values.span.extracting(values),
        targets: target.values.span.extracting(start * outputs..<end * outputs),
        images: start..<end)
    }
    return tally.statistics
  }

  private func rowsFlattened(_ tensor: Tensor) -> Tensor {
    let width = tensor.shape.last ?? 1
    return tensor.reshaped(to: [tensor.values.count / width, width])
  }
}

extension Layer {
  var isConvolution: Bool {
    if case .convolution = kind { true } else { false }
  }

  /// The shape of the output for an input of a shape that the layer accepts.
  func outputShape(of input: [Int]) -> [Int] {
    switch kind {
    case .convolution(let convolution):
      [input[0], outputs] + convolution.geometry(input: input).output
    case .linear:
      input.dropLast() + [outputs]
    }
  }
}

extension Tensor {
  /// Subtracts a tensor of the same shape.
  fileprivate mutating func subtract(_ other: Tensor) {
    precondition(shape == other.shape, "a shortcut has the shape of the sum")
    let subtrahend = other.values.span
    var difference = values.mutableSpan
    for index in difference.indices { difference[index] -= subtrahend[index] }
  }
}

extension Network {
  /// The quantizer whose codes a layer reads, if it reads codes.
  package func quantizer(before name: String) -> ActivationQuantizer? {
    guard let layer = layers.first(where: { $0.name == name }),
      let producer = producers[layer.input],
      case .quantize(let quantizer) = nodes[producer].operation
    else { return nil }
    return quantizer
  }
}
