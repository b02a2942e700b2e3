internal import Glibc
package import Network
package import Planning
package import Quantization
internal import Tensors

extension TrainedNetwork {
  /// The code steps that the parameters stand for, each as short as its site's own.
  package func steps(_ parameters: ParameterArrays) -> [Float] {
    zip(parameters.logSteps, quantizers).map { logStep, quantizer in
      roundedToSignificantBits(
        exp(logStep), bits: StepFit.significantBits(bits: quantizer.bits))
    }
  }

  /// The low-bit layers that the parameters stand for, as they are deployed.
  package func solutions(_ parameters: ParameterArrays) -> [LayerSolution] {
    let steps = Dictionary(uniqueKeysWithValues: zip(sites, self.steps(parameters)))
    return layers.enumerated().compactMap { index, learned in
      guard let set = learned.set else { return nil }
      let rows = deployedRows(index, parameters)
      let zeros = [Float](repeating: 0, count: learned.layer.outputs)
      let state = RefinementState.LayerState(
        name: learned.layer.name, weights: set, latent: rows.levels,
        logScales: rows.scales.map { log($0) }, offsets: learned.bias == nil ? zeros : rows.offsets,
        scaleBits: learned.scaleBits, centres: centres(index, parameters))
      return state.solution(
        quantizer: network.quantizer(before: learned.layer.name),
        inputStep: steps[learned.layer.input])
    }
  }

  /// The network with the parameters in place, as it is deployed.
  package func applying(_ parameters: ParameterArrays) throws(PlanningError) -> Network {
    var result = network
    // Also of codes that no low-bit layer reads.
    for (site, step) in zip(sites, steps(parameters)) {
      guard let producer = result.producers[site],
        case .quantize(var quantizer) = result.nodes[producer].operation
      else { preconditionFailure("a site is the output of a quantizer") }
      quantizer.step = step
      result.nodes[producer].operation = .quantize(quantizer)
    }
    let withoutBias = Set(layers.filter { $0.bias == nil }.map(\.layer.name))
    for solution in solutions(parameters) {
      result = try result.applying(
        solution, keepsBias: withoutBias.contains(solution.layer))
    }
    for (index, learned) in layers.enumerated() where learned.set == nil {
      let rows = deployedRows(index, parameters)
      let weights = scaled(rows.levels, by: rows.scales, learned.layer)
      result.constants[learned.layer.weights] = .stored(StoredTensor(weights))
      guard let bias = learned.bias else { continue }
      result.constants[bias] = .stored(
        StoredTensor(Tensor(shape: [rows.offsets.count], values: rows.offsets)))
    }
    return result
  }

  /// A layer without its batch normalization: levels, scales and offsets of its rows.
  func deployedRows(
    _ index: Int, _ parameters: ParameterArrays
  ) -> (levels: [Float], scales: [Float], offsets: [Float]) {
    let learned = layers[index]
    var (levels, scales) = rows(
      learned, latent: parameters[.latent, index], logScales: parameters[.logScale, index])
    var offsets = parameters[.offset, index]
    guard learned.gain != nil else { return (levels, scales, offsets) }
    let (means, variances) = (parameters[.mean, index], parameters[.variance, index])
    for row in offsets.indices {
      let deviation = (variances[row] + Network.normalizationEpsilon).squareRoot()
      var scale = exp(parameters[.logScale, index][row]) / deviation
      if let bits = learned.scaleBits { scale = roundedToSignificantBits(scale, bits: bits) }
      // A row that is one number whatever it reads is its offset: its levels, of no use, would be
      // very loud.
      if variances[row] <= 0 {
        let place = row * learned.layer.inputs..<(row + 1) * learned.layer.inputs
        for entry in place { levels[entry] = 0 }
        scales[row] = learned.set?.includesZero ?? true ? scale : Self.silentScale
      } else {
        scales[row] = scale
        offsets[row] -= means[row] * scale
      }
    }
    return (levels, scales, offsets)
  }

  /// Means of levels · input of a normalized layer's rows; none of others.
  private func centres(_ index: Int, _ parameters: ParameterArrays) -> [Float] {
    guard layers[index].gain != nil else { return [] }
    return zip(parameters[.mean, index], parameters[.variance, index]).map { mean, variance in
      // Rows that are one number have no levels left.
      variance <= 0 ? 0 : mean
    }
  }

  /// For rows whose levels count for nothing, of sets without zero.
  private static let silentScale: Float = 0x1p-60
}
