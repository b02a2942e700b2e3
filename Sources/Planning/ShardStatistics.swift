package import Network
package import Quantization
internal import Tensors

/// What one data shard says about one layer: per group the regression's statistics, and a sample
/// of columns for the non-linear stage.
package struct ShardStatistics: Sendable, Equatable {
  /// One entry per group; its rows are that group's outputs.
  package var groups: [LayerStatistics]
  /// One entry per group, or none when no sample was asked for.
  package var samples: [ColumnSample]
}

/// Some columns of a layer group's regression: inputs as codes, outputs before the next quantizer.
package struct ColumnSample: Sendable, Equatable {
  package var columns: Int
  /// Input codes `[inputs, columns]`.
  package var codes: [Int8]
  /// Targets `[outputs, columns]`: what the layer should give.
  package var targets: [Float]
}

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
  ///   - sampleColumns: columns to keep; 0 for none.
  package func callAsFunction(
    inputs: Frontier, targets: Frontier, sampleColumns: Int
  ) throws(PlanningError) -> ShardStatistics {
    let junction = network.junction(of: layer)
    let wanted = [layer.input] + (junction.map { [$0.shortcut] } ?? [])
    let found = try inputs.values(wanted, in: network)
    let targetName = network[junction?.sum ?? layer.output].name
    guard let targetValue = reference.value(named: targetName) else {
      throw .unknownLayer(layer.name)
    }
    var target = try targets.values([targetValue], in: reference)[0]
    if junction != nil { target.subtract(found[1]) }
    return statistics(input: found[0], target: target, sampleColumns: sampleColumns)
  }

  /// The quantizer whose codes the layer reads, if it reads codes.
  private var quantizer: ActivationQuantizer? {
    guard let producer = network.producers[layer.input],
      case .quantize(let quantizer) = network.nodes[producer].operation
    else { return nil }
    return quantizer
  }

  private func statistics(
    input: Tensor, target: Tensor, sampleColumns: Int
  ) -> ShardStatistics {
    // The channel axis of a linear layer is its last one.
    let input = isConvolution ? input : rowsFlattened(input)
    let target = isConvolution ? target : rowsFlattened(target)
    let geometry = PatchGeometry(layer: layer, inputShape: input.shape)
    let quantizer = quantizer
    let count = input.shape[0]
    let positions = geometry.positionsPerImage
    var groups = (0..<layer.groups).map { _ in
      LayerStatistics(
        inputs: layer.inputs, outputs: layer.rowsPerGroup, codeStep: quantizer?.step)
    }
    var samples = (0..<(sampleColumns > 0 && quantizer != nil ? layer.groups : 0)).map { _ in
      ColumnSampler(
        inputs: layer.inputs, outputs: layer.rowsPerGroup, available: count * positions,
        wanted: sampleColumns)
    }
    // Few enough columns at a time that a chunk of patches stays small.
    let imagesPerChunk = max(1, min(count, 16_384 / positions))
    for start in stride(from: 0, to: count, by: imagesPerChunk) {
      let range = start..<min(start + imagesPerChunk, count)
      let part = input.rows(range)
      let columns = range.count * positions
      for group in 0..<layer.groups {
        let rows = targetRows(target, images: range, group: group, positions: positions)
        if let quantizer {
          if quantizer.highestCode > 127 {
            let codes = geometry.matrix(
              of: quantizer.unsignedCodes(part.values), imageCount: range.count, group: group)
            groups[group].add(codes: codes.span, targets: rows.span, columns: columns)
          } else {
            let codes = geometry.matrix(
              of: quantizer.signedCodes(part.values), imageCount: range.count, group: group)
            groups[group].add(codes: codes.span, targets: rows.span, columns: columns)
            if !samples.isEmpty {
              samples[group].take(
                codes: codes, targets: rows, columns: columns, first: start * positions)
            }
          }
        } else {
          let values = geometry.matrix(of: part.values, imageCount: range.count, group: group)
          groups[group].add(values: values.span, targets: rows.span, columns: columns)
        }
      }
    }
    return ShardStatistics(groups: groups, samples: samples.map(\.sample))
  }

  private var isConvolution: Bool {
    if case .convolution = layer.kind { true } else { false }
  }

  private func rowsFlattened(_ tensor: Tensor) -> Tensor {
    let width = tensor.shape.last ?? 1
    return tensor.reshaped(to: [tensor.values.count / width, width])
  }

  /// Targets of one group as rows `[outputs, images · positions]`.
  private func targetRows(
    _ target: Tensor, images: Range<Int>, group: Int, positions: Int
  ) -> [Float] {
    let rows = layer.rowsPerGroup
    let columns = images.count * positions
    let stride = layer.outputs * positions
    var result = [Float](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      let channel = group * rows + row
      for (index, image) in images.enumerated() {
        let source = image * stride + channel * positions
        let destination = row * columns + index * positions
        for position in 0..<positions {
          result[destination + position] = target.values[source + position]
        }
      }
    }
    return result
  }
}

extension Tensor {
  /// Subtracts a tensor of the same shape.
  fileprivate mutating func subtract(_ other: Tensor) {
    precondition(shape == other.shape, "a shortcut has the shape of the sum")
    for index in values.indices { values[index] -= other.values[index] }
  }
}

extension ActivationQuantizer {
  /// The codes of values that are already multiples of the step.
  fileprivate func signedCodes(_ values: [Float]) -> [Int8] {
    let inverse = 1 / step
    return values.map { Int8(($0 * inverse).rounded()) }
  }

  fileprivate func unsignedCodes(_ values: [Float]) -> [UInt8] {
    let inverse = 1 / step
    return values.map { UInt8(($0 * inverse).rounded()) }
  }
}
