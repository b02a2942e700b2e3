extension FineTuningSettings {
  /// Images of one task at most: it names a piece of the data for each, and the header that does
  /// has room for some 1,600.
  package static let largestTask = 1_024

  /// What is wrong with the settings; nil when nothing is. Settings from outside must have none.
  package var objection: String? {
    let sizes = 1...1 << 20
    guard sizes.contains(epochs) else { return "\(epochs) epochs are none, or too many" }
    guard sizes.contains(shards), sizes.contains(shardSize) else {
      return "a batch of \(shards) shards of \(shardSize) images cannot be"
    }
    guard shardSize <= Self.largestTask else {
      return "a shard of \(shardSize) images is more than a task can name; make it "
        + "\(Self.largestTask) at most, with more shards"
    }
    // Written so that NaN is refused.
    let rates = [("rate", weightRate), ("scale rate", scaleRate), ("decay", decay)]
    for (name, rate) in rates where !(rate >= 0 && rate <= 1_000) {
      return "\(name) \(rate) is not within 0 … 1000"
    }
    guard warmUp >= 0 && warmUp <= 1 else { return "warm-up \(warmUp) is not within 0 … 1" }
    guard temperature > 0 && temperature <= 1_000 else {
      return "temperature \(temperature) is not above 0 and at most 1000"
    }
    guard labelWeight >= 0 && labelWeight <= 1_000 else {
      return "label weight \(labelWeight) is not within 0 … 1000"
    }
    guard features >= 0 && features <= 1_000 else {
      return "weight of features \(features) is not within 0 … 1000"
    }
    guard mixing >= 0 && mixing <= 1 else { return "mix \(mixing) is not within 0 … 1" }
    guard mixing == 0 || labelWeight == 0 else {
      return "a mixture of two images has no label: set mix to 0, or learn without labels"
    }
    guard (0...1 << 16).contains(shift) else { return "a shift by \(shift) pixels cannot be" }
    guard (0...1 << 24).contains(statistics) else {
      return "statistics over \(statistics) images cannot be"
    }
    guard mode == .admm else { return nil }
    return splitting.objection(rate: weightRate, isScaled: optimizer == .adam)
  }
}
