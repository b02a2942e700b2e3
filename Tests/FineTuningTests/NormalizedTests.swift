import Execution
import Foundation
import FineTuning
import Network
import Planning
import Quantization
import Tensors
import TestSupport
import Testing

/// Layers behind which batch normalizations stand while they learn.
@Suite struct `Normalized layers` {
  private let example: FineTuningExample
  private let trained: TrainedNetwork
  private let images: Tensor

  init() throws {
    example = try FineTuningExample()
    trained = try TrainedNetwork(
      example.lowBit, sets: example.sets, projects: false, normalizes: true)
    images = example.images(32, seed: 7)
  }

  private func logits(_ network: Network) throws -> [Float] {
    try BatchedEvaluator(network: network, batchSize: 8).run([images])[0].values
  }

  /// Relative to the largest logit.
  private func distance(_ a: [Float], _ b: [Float]) -> Float {
    let largest = b.reduce(0) { max($0, abs($1)) }
    return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / largest
  }

  @Test func `begin as the network that was solved`() throws {
    let start = try trained.start(reference: example.reference, images: images)
    let deployed = try trained.applying(start)
    for layer in example.lowBit.layers {
      guard case .quantized(let before)? = example.lowBit.constants[layer.weights],
        case .quantized(let after)? = deployed.constants[layer.weights]
      else {
        Issue.record("'\(layer.name)' is not low-bit")
        continue
      }
      #expect(before.codes == after.codes, "\(layer.name)")
    }
    // Scales on codes have six bits.
    #expect(try distance(logits(deployed), logits(example.lowBit)) < 0.03)
  }

  @Test func `are deployed as what they are with their running statistics`() throws {
    let settings = FineTuningSettings(
      epochs: 1, shards: 1, shardSize: 32, weightRate: 0.02, scaleRate: 0.02, warmUp: 0)
    var state = FineTune(
      try trained.start(reference: example.reference, images: images), totalSteps: 200,
      settings: settings)
    let learner = try ShardLearner(
      trained, reference: example.reference, shardSize: 32,
      loss: LogitLoss(temperature: 1, labelWeight: 0))
    for _ in 0..<60 {
      let shard = try learner.gradient(state.parameters, images: images, labels: nil)
      _ = try state.take([shard], layers: trained.layers.map(\.layer.name))
    }
    // The graph that learned, with its running statistics in place of the batch's.
    var graph = trained.graph
    var acting = trained.acting(state.parameters)[...]
    var layer = 0
    for learned in trained.layers {
      graph.constants[learned.layer.weights] = .stored(StoredTensor(acting.removeFirst()))
      if let gain = learned.gain {
        graph.constants[gain] = .stored(StoredTensor(acting.removeFirst()))
        let node = graph.nodes.first { $0.outputs == [learned.layer.output] }!
        for (input, role) in [(3, 3), (4, 4)] {
          let values = state.parameters.arrays[layer * 5 + role]
          graph.constants[node.inputs[input]!] = .stored(
            StoredTensor(Tensor(shape: [values.count], values: values)))
        }
      }
      graph.constants[learned.bias!] = .stored(StoredTensor(acting.removeFirst()))
      layer += 1
    }
    let quantizer = trained.sites[0]
    let place = graph.nodes.firstIndex { $0.outputs == [quantizer] }!
    graph.nodes[place].operation = .quantize(
      ActivationQuantizer(bits: 2, step: trained.steps(state.parameters)[0]))
    let deployed = try trained.applying(state.parameters)
    #expect(try distance(logits(deployed), logits(graph)) < 0.05)
    // The statistics have moved, so that leaving them as they were would be seen.
    #expect(try distance(logits(deployed), logits(example.lowBit)) > 0.2)
  }

  @Test func `are deployed with the statistics of images`() throws {
    let settings = FineTuningSettings(
      epochs: 1, shards: 1, shardSize: 32, weightRate: 0.05, scaleRate: 0.02, warmUp: 0)
    var state = FineTune(
      try trained.start(reference: example.reference, images: images), totalSteps: 40,
      settings: settings)
    let learner = try ShardLearner(
      trained, reference: example.reference, shardSize: 32,
      loss: LogitLoss(temperature: 1, labelWeight: 0))
    for _ in 0..<12 {
      _ = try state.take(
        [try learner.gradient(state.parameters, images: images, labels: nil)],
        layers: trained.layers.map(\.layer.name))
    }
    let shards = try [7, 8, 9].map { seed in
      try learner.moments(state.parameters, images: example.images(32, seed: seed))
    }
    let found = trained.measured(state.parameters, by: shards)
    // By their definition, from the values of the graph whose weights act as they are.
    var graph = trained.graph
    for (source, tensor) in zip(
      trained.layers.flatMap { [$0.layer.weights, $0.gain, $0.bias].compactMap(\.self) },
      trained.acting(state.parameters))
    { graph.constants[source] = .stored(StoredTensor(tensor)) }
    let first = graph.nodes.first { $0.name == "first" }!.outputs[0]
    graph.outputs = [first]
    let evaluator = try BatchedEvaluator(
      network: graph.extracting(from: graph.inputs, to: [first]), batchSize: 32)
    let values = try [7, 8, 9].flatMap { seed in
      try evaluator.run([example.images(32, seed: seed)])[0].values
    }
    for row in 0..<8 {
      let own = values.indices.filter { $0 / 64 % 8 == row }.map { Double(values[$0]) }
      let mean = own.reduce(0, +) / Double(own.count)
      let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count)
      #expect(abs(Double(found.arrays[3][row]) - mean) < 1e-3 * (1 + variance.squareRoot()))
      #expect(abs(Double(found.arrays[4][row]) - variance) < 1e-3 * (1 + variance))
    }
    // Nothing else changes; the running ones are others.
    #expect(found.arrays[0...2] == state.parameters.arrays[0...2])
    #expect(found.arrays[4] != state.parameters.arrays[4])
    #expect(trained.measured(state.parameters, by: []) == state.parameters)
    #expect(shards.allSatisfy { trained.fits($0) } && shards[0].images == 32)
    var damaged = shards[0]
    damaged.sums.arrays[0][0] = .nan
    #expect(!trained.fits(damaged))
  }

  @Test func `measured as deployed have gain and shift as deviation and mean`() throws {
    let learner = try ShardLearner(
      trained, reference: example.reference, shardSize: 32,
      loss: LogitLoss(temperature: 1, labelWeight: 0))
    var parameters = try trained.start(reference: example.reference, images: images)
    // Far from what they are.
    for place in [3, 8] { parameters.arrays[place] = parameters.arrays[place].map { $0 + 1 } }
    let other = example.images(32, seed: 11)
    // Of the second layer only once the first is right.
    for _ in 0..<2 {
      parameters = trained.measured(
        parameters,
        by: try [images, other].map { try learner.deployedMoments(parameters, images: $0) })
    }
    var deployed = try trained.applying(parameters)
    deployed.outputs = deployed.layers.prefix(2).map(\.output)
    let evaluator = try BatchedEvaluator(
      network: deployed.extracting(from: deployed.inputs, to: deployed.outputs), batchSize: 32)
    let found = try [images, other].map { try evaluator.run([$0]) }
    for layer in 0..<2 {
      for row in 0..<8 {
        let values = found.flatMap { tensors in
          tensors[layer].values.indices.filter { $0 / 64 % 8 == row }
            .map { Double(tensors[layer].values[$0]) }
        }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance =
          values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        let gain = exp(Double(parameters.arrays[5 * layer + 1][row]))
        // Scales on codes have six bits, and offsets are whole numbers of units.
        #expect(abs(variance.squareRoot() - gain) < 0.03 * gain, "layer \(layer), row \(row)")
        #expect(
          abs(mean - Double(parameters.arrays[5 * layer + 2][row])) < 0.08 * gain,
          "layer \(layer), row \(row)")
      }
    }
  }

  @Test func `measure the same whoever computes a shard`() throws {
    let start = try trained.start(reference: example.reference, images: images)
    let found = try (0..<2).map { _ in
      try ShardLearner(
        trained, reference: example.reference, shardSize: 32,
        loss: LogitLoss(temperature: 1, labelWeight: 0)
      ).gradient(start, images: images, labels: nil)
    }
    #expect(found[0] == found[1])
    // Means and second moments over the images that the start was measured on.
    for layer in trained.layers.indices where trained.layers[layer].gain != nil {
      for row in 0..<trained.layers[layer].layer.outputs {
        let mean = found[0].gradients.arrays[layer * 5 + 3][row] / 32
        let expected = start.arrays[layer * 5 + 3][row]
        let deviation = start.arrays[layer * 5 + 4][row].squareRoot()
        #expect(abs(mean - expected) <= 0.02 * deviation + 1e-4, "row \(row) of layer \(layer)")
      }
    }
  }
}
