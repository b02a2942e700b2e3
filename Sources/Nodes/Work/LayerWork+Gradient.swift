internal import Coordination
internal import FineTuning
internal import Network
internal import Tensors
internal import Wire

/// What the shards of a fine-tune share, kept from one to the next.
struct LearnerCache {
  /// A fine-tune as a worker sees it.
  struct Entry {
    let plan: FineTuningPlan
    let trained: TrainedNetwork
    let order: ImageOrder
    let learner: ShardLearner
  }

  private var kept: (key: [Digest], entry: Entry)?
  private var parameters: (blob: Digest, arrays: ParameterArrays)?

  /// The fine-tune of these blobs: full-precision network, network to be trained, plan.
  mutating func entry(_ blobs: [Blob], networks: inout NetworkCache) throws -> Entry {
    let key = blobs.map(\.digest)
    if let kept, kept.key == key { return kept.entry }
    kept = nil
    parameters = nil
    let plan = try FineTuningPlan(decoding: blobs[2].bytes)
    let trained = try plan.trained(try networks.network(blobs[1]))
    let entry = Entry(
      plan: plan, trained: trained,
      order: try ImageOrder(count: plan.imageCount, settings: plan.settings),
      learner: try ShardLearner(
        trained, reference: try networks.network(blobs[0]), shardSize: plan.settings.shardSize,
        loss: plan.loss, features: plan.settings.features))
    kept = (key, entry)
    return entry
  }

  /// The parameters of a blob; all shards of a step have the same.
  ///
  /// - Throws: `WireError`, or a failure where they are none of this network.
  mutating func parameters(_ blob: Blob, of trained: TrainedNetwork) throws -> ParameterArrays {
    if let parameters, parameters.blob == blob.digest { return parameters.arrays }
    let arrays = ParameterArrays(
      arrays: try TensorBundle(decoding: blob.bytes).arrays("parameters"))
    guard trained.fits(arrays) else {
      throw TaskFailure(.corruptInput, "the parameters are those of another network")
    }
    if let layer = trained.outOfRange(arrays) {
      throw TaskFailure(.numeric, "the parameters of '\(layer)' are out of range")
    }
    parameters = (blob.digest, arrays)
    return arrays
  }

  /// Frees everything: other tasks need the memory.
  mutating func forget() {
    kept = nil
    parameters = nil
  }
}

extension LayerWork {
  /// The gradient of neighbouring shards of a mini-batch, summed as all of them are.
  func gradient(
    _ parameters: GradientParameters, _ inputs: [Blob], _ step: @escaping Step
  ) throws -> [[UInt8]] {
    FailPoint.workerComputingStep.pass()
    let (entry, values, images, labels) = try shard(parameters, inputs, step)
    let settings = entry.plan.settings
    guard settings.labelWeight == 0 || labels != nil else {
      throw TaskFailure(.corruptInput, "the images have no labels")
    }
    var sum = GradientSum()
    for start in stride(from: 0, to: parameters.images.count, by: settings.shardSize) {
      let place = start..<start + settings.shardSize
      let moved = entry.order.augmented(
        images.rows(place), numbers: Array(parameters.images[place]), epoch: parameters.epoch)
      sum.append(
        try entry.learner.gradient(
          values, images: moved,
          labels: settings.labelWeight > 0 ? labels.map { Array($0[place]) } : nil,
          observer: learningStep(step)))
    }
    let gradient = sum.total()
    var bundle = TensorBundle()
    bundle.append(gradient)
    return [bundle.encoded()]
  }

  /// Mean and variance of normalized layers on one shard of images, as they are.
  func moments(
    _ parameters: GradientParameters, _ inputs: [Blob], _ step: Step,
    _ measure: (ShardLearner, ParameterArrays, Tensor) throws -> ShardMoments
  ) throws -> [[UInt8]] {
    let (entry, values, images, _) = try shard(parameters, inputs, step)
    let moments = try measure(entry.learner, values, images)
    try step()
    var bundle = TensorBundle()
    bundle.append(moments)
    return [bundle.encoded()]
  }

  /// Tells of a step inside a computation of `FineTuning`.
  func learningStep(
    _ step: @escaping Step
  ) -> () throws(FineTuningError) -> Void {
    { () throws(FineTuningError) in
      do throws(TaskFailure) { try step() } catch { throw .cancelled }
    }
  }

  /// What a task on a shard works with: its fine-tune, the parameters, images and labels.
  private func shard(
    _ parameters: GradientParameters, _ inputs: [Blob], _ step: Step
  ) throws -> (LearnerCache.Entry, ParameterArrays, images: Tensor, labels: [Int]?) {
    try require(inputs, atLeast: 5)
    let entry = try learners.entry(Array(inputs[..<3]), networks: &networks)
    guard parameters.images.count % entry.plan.settings.shardSize == 0,
      parameters.images.allSatisfy({ $0 < entry.plan.imageCount })
    else {
      throw TaskFailure(.corruptInput, "the images are no shard of this fine-tune")
    }
    let values = try learners.parameters(inputs[3], of: entry.trained)
    try step()
    let chunks = try inputs[4...].map { (blob) throws(WireError) in
      try ImageChunk(decoding: blob.bytes)
    }
    let (images, labels) = try Self.images(parameters.images, of: chunks)
    return (entry, values, images, labels)
  }

  /// The images with these numbers, and their labels where all have one.
  private static func images(
    _ numbers: [Int], of chunks: [ImageChunk]
  ) throws(TaskFailure) -> (images: Tensor, labels: [Int]?) {
    let shape = chunks[0].shape
    let size = shape.product
    var values = [Float](repeating: 0, count: numbers.count * size)
    var labels: [Int] = []
    for (place, number) in numbers.enumerated() {
      guard
        let chunk = chunks.first(where: { $0.first <= number && number < $0.first + $0.count }),
        chunk.shape == shape
      else { throw TaskFailure(.corruptInput, "image \(number) is not among the inputs") }
      chunk.copy(image: number, into: &values, at: place * size)
      if let label = chunk.labels?[number - chunk.first] { labels.append(Int(label)) }
    }
    return (
      Tensor(shape: [numbers.count] + shape, values: values),
      labels.count == numbers.count ? labels : nil
    )
  }
}
