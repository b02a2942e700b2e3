internal import Execution
internal import Glibc
package import Network
internal import Planning
internal import Quantization
package import Tensors

extension TrainedNetwork {
  /// What is learned, as the network has it now.
  ///
  /// - Parameters:
  ///   - reference: the full-precision network: latent weights lie off their levels towards its
  ///     weights, so that those that are nearly undecided are the first to move.
  ///   - images: `[N, …]`, preprocessed: normalized layers begin with the mean and variance that
  ///     their outputs have on them.
  /// - Throws: `.execution`.
  package func start(
    reference: Network, images: Tensor
  ) throws(FineTuningError) -> ParameterArrays {
    let originals = Dictionary(
      reference.layers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var arrays: [[Float]] = []
    for learned in layers {
      let wanted = originals[learned.layer.name].map { reference.weightRows(of: $0).values }
      arrays += start(learned, reference: wanted) + [[], []]
    }
    arrays.append(quantizers.map { log($0.step) })
    var parameters = ParameterArrays(arrays: arrays)
    do throws(ExecutionError) {
      try normalize(&parameters, images: images)
    } catch {
      throw .execution(error)
    }
    return parameters
  }

  /// Latent weights, logarithms of scales, and offsets of a layer.
  private func start(_ learned: LearnedLayer, reference: [Float]?) -> [[Float]] {
    let layer = learned.layer
    let rows = network.weightRows(of: layer).values
    let offsets = learned.bias == nil ? [] : network.biasValues(of: layer)
    guard let set = learned.set,
      case .quantized(let stored)? = network.constants[layer.weights]
    else {
      let scales = (0..<layer.outputs).map { row in
        let values = rows[row * layer.inputs..<(row + 1) * layer.inputs]
        let mean = values.reduce(0) { $0 + $1 * $1 } / Float(layer.inputs)
        return mean > 0 ? mean.squareRoot() : 1
      }
      return [
        rows.indices.map { rows[$0] / scales[$0 / layer.inputs] }, scales.map { log($0) }, offsets,
      ]
    }
    let scales =
      stored.scales.count == 1
      ? [Float](repeating: stored.scales[0], count: layer.outputs) : stored.scales
    let codes = rows.indices.map { Int8((rows[$0] / scales[$0 / layer.inputs]).rounded()) }
    let state = RefinementState.LayerState(
      LayerSolution(
        layer: layer.name, weights: set, codes: codes, scales: scales,
        offsets: network.biasValues(of: layer)),
      weights: reference?.count == rows.count ? reference! : rows, scaleBits: learned.scaleBits)
    let unit = learned.unit
    return [
      state.latent.map { $0 / unit }, gains(of: state, learned), offsets,
    ]
  }

  /// Logarithms of scales that keep a row's size where its scale is projected.
  private func gains(
    of state: RefinementState.LayerState, _ learned: LearnedLayer
  ) -> [Float] {
    guard isProjected(learned), learned.gain == nil else { return state.logScales }
    let stride = learned.layer.inputs
    return state.logScales.indices.map { row in
      let scale = projected(Array(state.latent[row * stride..<(row + 1) * stride]), learned).scale
      return state.logScales[row] - (scale > 0 ? log(scale) : 0)
    }
  }

  /// Takes scale s and offset b of normalized layers apart, so that the network stays what it is:
  /// of outputs y = s·z + b with mean m and deviation d, γ = d and β = m, and z has the mean
  /// (m − b) / s and the deviation d / s.
  private func normalize(
    _ parameters: inout ParameterArrays, images: Tensor
  ) throws(ExecutionError) {
    let numbers = layers.indices.filter { layers[$0].gain != nil }
    guard !numbers.isEmpty else { return }
    let moments = try Self.outputMoments(
      Self.evaluator(of: numbers.map { layers[$0].layer.output }, in: network), images)
    for (number, (means, variances)) in zip(numbers, moments) {
      let offsets = parameters[.offset, number]
      let scales = parameters[.logScale, number].map { exp($0) }
      for array in [ParameterArrays.Role.mean, .variance] {
        parameters[array, number] = [Float](repeating: 0, count: means.count)
      }
      for row in means.indices {
        let variance = max(variances[row], Self.smallestVariance)
        parameters[.mean, number][row] =
          Float((means[row] - Double(offsets[row])) / Double(scales[row]))
        parameters[.variance, number][row] =
          Float(variances[row] / Double(scales[row] * scales[row]))
        parameters[.logScale, number][row] = Float(0.5 * log(variance))
        parameters[.offset, number][row] = Float(means[row])
      }
    }
  }

  /// Of outputs that never change, so that their gain has a logarithm.
  private static let smallestVariance = 1e-8

  /// What computes some values of a network, as many images at a time as keep these small.
  static func evaluator(
    of values: [ValueID], in network: Network
  ) throws(ExecutionError) -> BatchedEvaluator {
    var cut = network
    cut.outputs = values
    cut = cut.extracting(from: cut.inputs, to: values)
    let shapes: [ValueID: [Int]]
    do throws(NetworkError) { shapes = try cut.inferShapes(batch: 1) } catch {
      throw .network(error)
    }
    let bytes = values.reduce(0) { $0 + 4 * (shapes[$1]?.product ?? 0) }
    return try BatchedEvaluator(
      network: cut,
      batchSize: min(Frontier.batchSize, max(1, largestOutputs / max(1, bytes))))
  }

  /// Bytes of the values whose moments are measured, of all images that are computed at once.
  private static let largestOutputs = 64 << 20

  /// Mean and variance per channel of values `[N, channels, …]` over images.
  static func outputMoments(
    _ evaluator: BatchedEvaluator, _ images: Tensor
  ) throws(ExecutionError) -> [(means: [Double], variances: [Double])] {
    var sums: [ChannelSums] = []
    // Few at a time: all values of a batch are held at once.
    for start in stride(from: 0, to: images.shape[0], by: evaluator.batchSize) {
      let rows = start..<min(start + evaluator.batchSize, images.shape[0])
      for (place, tensor) in try evaluator.run([images.rows(rows)]).enumerated() {
        if place == sums.count { sums.append(ChannelSums(channels: tensor.shape[1])) }
        sums[place].add(tensor)
      }
    }
    return sums.map(\.moments)
  }
}

/// Sums of values `[N, channels, …]` and of their squares per channel.
private struct ChannelSums {
  private var first: [Double]
  private var second: [Double]
  private var count = 0.0

  init(channels: Int) {
    first = [Double](repeating: 0, count: channels)
    second = first
  }

  mutating func add(_ tensor: Tensor) {
    let channels = first.count
    let area = tensor.shape.dropFirst(2).reduce(1, *)
    let values = tensor.values.span
    for plane in 0..<tensor.shape[0] * channels {
      let channel = plane % channels
      var (sum, squares) = (first[channel], second[channel])
      for index in plane * area..<(plane + 1) * area {
        let value = Double(values[index])
        sum += value
        squares += value * value
      }
      (first[channel], second[channel]) = (sum, squares)
    }
    count += Double(tensor.shape[0] * area)
  }

  var moments: (means: [Double], variances: [Double]) {
    let means = first.map { $0 / count }
    return (means, zip(second, means).map { max(0, $0 / count - $1 * $1) })
  }
}
