import Network
import Nodes
import Planning
import Tensors
import TestSupport
import Wire

extension SplitMix64 {
  /// Normal values.
  mutating func tensor(_ shape: [Int], deviation: Double = 1) -> Tensor {
    Tensor(shape: shape, values: (0..<shape.product).map { _ in Float(normal() * deviation) })
  }
}

/// A residual network with batch normalization, a depthwise and a grouped layer and a classifier
/// that is a MatMul; its weights are random.
struct SmallNetwork {
  private(set) var network = Network(name: "small")
  private var random: SplitMix64

  init(seed: UInt64 = 1) {
    random = SplitMix64(seed: seed)
    let image = network.addValue(
      ValueInfo(
        name: "image", declaredShape: [.symbolic("N"), .fixed(3), .fixed(8), .fixed(8)]))
    network.inputs = [image]
    let a = block("stem", image, 3, to: 6)
    let b = block("depthwise", a, 6, to: 6, groups: 6)
    let c = normalized("pointwise", b, 6, to: 6, kernel: 1)
    let d = node("sum", .add, [c, a])
    let e = node("sum.relu", .relu, [d])
    let f = block("strided", e, 6, to: 8, stride: 2)
    let g = block("grouped", f, 8, to: 8, groups: 2)
    let h = node("pool", .globalAveragePool, [g])
    let i = node("flatten", .flatten(axis: 1), [h])
    let weights = constant("head.weight", random.tensor([8, 5]))
    network.outputs = [node("head", .matMul, [i, weights])]
  }

  /// The layers in order.
  static let layers = ["stem", "depthwise", "pointwise", "strided", "grouped", "head"]

  private mutating func constant(_ name: String, _ tensor: Tensor) -> ValueID {
    network.addConstant(.stored(StoredTensor(tensor)), name: name)
  }

  private mutating func node(
    _ name: String, _ operation: Operation, _ inputs: [ValueID?]
  ) -> ValueID {
    let output = network.addValue(ValueInfo(name: name + ".out"))
    network.nodes.append(
      Node(name: name, operation: operation, inputs: inputs, outputs: [output]))
    return output
  }

  private mutating func block(
    _ name: String, _ input: ValueID, _ channels: Int, to outputs: Int, stride: Int = 1,
    groups: Int = 1
  ) -> ValueID {
    let y = normalized(name, input, channels, to: outputs, stride: stride, groups: groups)
    return node(name + ".relu", .relu, [y])
  }

  /// A convolution with batch normalization behind it.
  private mutating func normalized(
    _ name: String, _ input: ValueID, _ channels: Int, to outputs: Int, kernel: Int = 3,
    stride: Int = 1, groups: Int = 1
  ) -> ValueID {
    let fan = channels / groups * kernel * kernel
    let weights = constant(
      name + ".weight",
      random.tensor(
        [outputs, channels / groups, kernel, kernel], deviation: (2 / Double(fan)).squareRoot()))
    let side = [kernel / 2, kernel / 2]
    let convolution = Convolution(
      kernel: [kernel, kernel], strides: [stride, stride], dilations: [1, 1],
      padding: .explicit(before: side, after: side), groups: groups)
    let y = node(name, .convolution(convolution), [input, weights])
    var parameters: [ValueID] = []
    for (part, centre) in [("scale", 1.0), ("offset", 0.2), ("mean", 0), ("variance", 1)] {
      let values = (0..<outputs).map { _ in Float(centre + 0.3 * random.uniform()) }
      parameters.append(
        constant("\(name).\(part)", Tensor(shape: [outputs], values: values)))
    }
    return node(
      name + ".norm", .batchNormalization(epsilon: 1e-5), [y] + parameters.map { $0 })
  }
}

/// Shards of random images for the network, in a pool.
struct SmallData {
  let calibration: [Digest]
  let validation: [Digest]
  let validationImages: Tensor
  let labels: [Int]

  init(_ pool: LocalPool, seed: UInt64 = 2) throws {
    var random = SplitMix64(seed: seed)
    // More than one batch in some, and an odd rest.
    calibration = try [40, 40, 17].map { count in
      try pool.put(
        TensorBundle(shard: random.tensor([count, 3, 8, 8]), labels: nil).encoded())
    }
    validationImages = random.tensor([60, 3, 8, 8])
    labels = (0..<60).map { _ in random.integer(0...4) }
    let (images, labels) = (validationImages, labels)
    validation = try [0..<33, 33..<60].map { rows in
      try pool.put(
        TensorBundle(shard: images.rows(rows), labels: Array(labels[rows])).encoded())
    }
  }
}

/// What a run of the pipeline gave, in a form that can be compared.
struct SmallRun {
  let pool: LocalPool
  let data: SmallData
  let outcome: PipelineOutcome

  init(
    _ plan: LocalPool.Plan = .single, network: Network = SmallNetwork().network,
    recipe: (inout Recipe) -> Void = { _ in },
    tamper: ((TaskDefinition, [[UInt8]]) -> [[UInt8]])? = nil
  ) throws {
    pool = LocalPool(plan)
    if let tamper { pool.tamper = tamper }
    data = try SmallData(pool)
    var chosen = Recipe()
    recipe(&chosen)
    let pipeline = try QuantizationPipeline(
      pool: pool, recipe: chosen, network: network, calibration: data.calibration,
      validation: data.validation, progress: { _ in })
    outcome = try pipeline.run()
  }

  func layer(_ name: String) -> LayerOutcome? { outcome.layers.first { $0.name == name } }
}
