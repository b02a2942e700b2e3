internal import Planning
package import Tensors

/// Which images each step takes and how they are moved: a function of the seed alone.
package struct ImageOrder: Sendable {
  package let count: Int
  private let settings: FineTuningSettings

  /// - Throws: `.tooFewImages` where there is not one batch.
  package init(count: Int, settings: FineTuningSettings) throws(FineTuningError) {
    guard count >= settings.batchSize else {
      throw .tooFewImages(count: count, batchSize: settings.batchSize)
    }
    self.count = count
    self.settings = settings
  }

  /// Steps of an epoch; images that fill no batch wait for the next order.
  package var stepsPerEpoch: Int { count / settings.batchSize }
  package var totalSteps: Int { stepsPerEpoch * settings.epochs }

  /// The images of an epoch in their order.
  package func order(epoch: Int) -> [Int] {
    var random = SeededWords(seed: settings.seed &+ UInt64(epoch) << 40)
    return Array(0..<count).shuffled(using: &random)
  }

  /// The images of each shard of a step, in an order from `order(epoch:)`.
  package func shards(step: Int, order: [Int]) -> [[Int]] {
    let start = step % stepsPerEpoch * settings.batchSize
    return (0..<settings.shards).map { shard in
      let first = start + shard * settings.shardSize
      return Array(order[first..<first + settings.shardSize])
    }
  }

  /// Shards of the images that normalized layers are measured on: a draw of its own, the same
  /// whenever it is asked for, and all images at most; these are not moved.
  package var statisticsShards: [[Int]] {
    guard settings.statistics > 0, settings.normalizes else { return [] }
    let order = order(epoch: settings.epochs)
    let wanted = (settings.statistics + settings.shardSize - 1) / settings.shardSize
    return (0..<min(wanted, count / settings.shardSize)).map { shard in
      Array(order[shard * settings.shardSize..<(shard + 1) * settings.shardSize])
    }
  }

  /// Images `[N, channels, height, width]` moved by up to `shift` pixels, with zeros where there is
  /// nothing, and mirrored, as `epoch` and each image's number decide. Other shapes stay.
  package func augmented(_ images: Tensor, numbers: [Int], epoch: Int) -> Tensor {
    guard images.shape.count == 4, settings.shift > 0 || settings.mirrors else { return images }
    let (channels, height, width) = (images.shape[1], images.shape[2], images.shape[3])
    var result = Tensor(shape: images.shape)
    for (place, number) in numbers.enumerated() {
      var random = SeededWords(
        seed: settings.seed ^ UInt64(epoch + 1) &* 0x9E37_79B9 &+ UInt64(number) << 20)
      let reach = settings.shift
      let (down, right) = (
        Int.random(in: -reach...reach, using: &random),
        Int.random(in: -reach...reach, using: &random)
      )
      let isMirrored = settings.mirrors && random.next() & 1 == 1
      for plane in place * channels..<(place + 1) * channels {
        for y in max(0, -down)..<max(max(0, -down), min(height, height - down)) {
          let to = (plane * height + y) * width
          let from = (plane * height + y + down) * width
          for x in max(0, -right)..<max(max(0, -right), min(width, width - right)) {
            let column = x + right
            result.values[to + x] =
              images.values[from + (isMirrored ? width - 1 - column : column)]
          }
        }
      }
    }
    return result
  }
}
