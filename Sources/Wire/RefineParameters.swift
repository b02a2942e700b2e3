package import Quantization
internal import SwiftProtobuf
internal import WireSchema

/// What a `refine` task is asked: one round of learning a block on some shards.
package struct RefineParameters: Sendable, Equatable {
  /// The block's learned layers, in order; at least one.
  package var layers: [String]
  /// Shards among the inputs; at least one.
  package var shardCount: Int
  /// From 0, below the settings' rounds.
  package var round: Int
  /// Decides the order of the images.
  package var seed: UInt64
  package var settings: RefinementSettings

  package init(
    layers: [String], shardCount: Int, round: Int, seed: UInt64, settings: RefinementSettings
  ) {
    self.layers = layers
    self.shardCount = shardCount
    self.round = round
    self.seed = seed
    self.settings = settings
  }
}

/// What a `compare` task is asked: the error of some states of a block on some shards.
package struct CompareParameters: Sendable, Equatable {
  package var layers: [String]
  package var shardCount: Int
  package var stateCount: Int
  /// Images evaluated at once.
  package var batchSize: Int

  package init(layers: [String], shardCount: Int, stateCount: Int, batchSize: Int) {
    self.layers = layers
    self.shardCount = shardCount
    self.stateCount = stateCount
    self.batchSize = batchSize
  }
}

extension RefineParameters {
  var message: Tsq_Tasks_Refine {
    .with {
      $0.layers = layers
      $0.shardCount = UInt32(shardCount)
      $0.round = UInt32(round)
      $0.seed = seed
      $0.epochs = UInt32(settings.epochs)
      $0.rounds = UInt32(settings.rounds)
      $0.batchSize = UInt32(settings.batchSize)
      $0.weightRate = settings.weightRate
      $0.scaleRate = settings.scaleRate
      $0.stepRate = settings.stepRate
      $0.offsetRate = settings.offsetRate
      $0.damping = settings.damping
      $0.dropping = settings.dropping
    }
  }

  init(_ message: Tsq_Tasks_Refine) throws(WireError) {
    func require(_ holds: Bool, _ field: String) throws(WireError) {
      guard holds else {
        throw WireError("parameters of 'refine'", .malformed("field '\(field)' is out of range"))
      }
    }
    let small: ClosedRange<UInt32> = 1...65_536
    try require(!message.layers.isEmpty, "layers")
    try require(small.contains(message.shardCount), "shard_count")
    try require(small.contains(message.epochs), "epochs")
    try require(small.contains(message.rounds), "rounds")
    try require(message.round < message.rounds, "round")
    try require(small.contains(message.batchSize), "batch_size")
    let rates = [
      message.weightRate, message.scaleRate, message.stepRate, message.offsetRate,
      message.damping, message.dropping,
    ]
    // Written so that NaN is refused.
    try require(rates.allSatisfy { $0 >= 0 && $0 <= 1 }, "rates")
    self.init(
      layers: message.layers, shardCount: Int(message.shardCount), round: Int(message.round),
      seed: message.seed,
      settings: RefinementSettings(
        epochs: Int(message.epochs), rounds: Int(message.rounds),
        batchSize: Int(message.batchSize), weightRate: message.weightRate,
        scaleRate: message.scaleRate, stepRate: message.stepRate,
        offsetRate: message.offsetRate, damping: message.damping, dropping: message.dropping))
  }
}

extension CompareParameters {
  var message: Tsq_Tasks_Compare {
    .with {
      $0.layers = layers
      $0.shardCount = UInt32(shardCount)
      $0.stateCount = UInt32(stateCount)
      $0.batchSize = UInt32(batchSize)
    }
  }

  init(_ message: Tsq_Tasks_Compare) throws(WireError) {
    let small: ClosedRange<UInt32> = 1...65_536
    guard !message.layers.isEmpty, small.contains(message.shardCount),
      small.contains(message.stateCount), small.contains(message.batchSize)
    else {
      throw WireError("parameters of 'compare'", .malformed("a number is out of range"))
    }
    self.init(
      layers: message.layers, shardCount: Int(message.shardCount),
      stateCount: Int(message.stateCount), batchSize: Int(message.batchSize))
  }
}
